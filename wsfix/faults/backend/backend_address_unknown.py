"""The proxy dials an address that leads nowhere: an unknown name, a unix socket that is not there, a variable without a value.

Seen as: 502 at once from Caddy and nginx, 500 or 502 with `DNS lookup failure for: NAME` on Apache's page, 503 where no address is left;
and the backend takes the socket when it is asked directly. Often a configuration that was written for containers (`backend:8000`,
`{$UPSTREAM}`) and runs beside none.
Told apart: Apache's page, Caddy's journal or nginx's error log names the name; the socket's path is absent, or nobody listens on it; or Caddy's
upstream holds a variable of the environment, and the answer is Caddy's own. A wrong port is a fault of its own. For the socket
behind nginx see nginx-upstream-unix-socket. nginx and HAProxy do not start with a name that they cannot resolve, but for one in
a variable, which nginx asks a `resolver` for at each request.
Changed: the address that the proxy dials becomes the one of the inventory, which answered. Where a variable stood it is done
with consent: to set it in the unit's environment may be what was meant.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy (upstream addresses), concepts (environment variables); mod_proxy,
ProxyPass; ngx_http_core_module, resolver; unix(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers import caddy
from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.capacity.running_out import complaint
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.nginx_upstream_unix_socket import state, why
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Upstream
from wsfix.model.walk import Reply

FAULT = Fault(
    "WS559",
    "backend-address-unknown",
    Hop.BACKEND,
    Safety.SAFE,
    explained_by=("proxy-answers-itself", "apache-answers-itself", "proxy-websocket-location-missing"),
    covers=(
        "caddy-upstream-unix-socket",
        "caddy-upstream-name-unknown",
        "caddy-upstream-empty",
        "apache-upstream-name-unknown",
        "nginx-resolver-missing",
    ),
)
_READ = frozenset({"nginx", "apache", "caddy"})
_FAILED = frozenset({500, 502, 503, 504})
_BY_CADDY = _FAILED | {301, 302, 307, 308}
_LOOKUP = re.compile(r"DNS lookup failure for: ([\w.-]+)")
_VARIABLE = re.compile(r"\{(?:\$|env\.)([A-Za-z_]\w*)\}")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy's own answer came, and the address that it dials is none."""
    route = seen.proxied if seen.site.proxy.kind != "caddy" else seen.route
    if seen.site.proxy.kind not in _READ or seen.works_through_proxy or not route.named:
        return
    if seen.site.backend is None or not seen.backend_works or route.gates:
        return
    walk = seen.through_proxy
    reply = walk.handshake.reply if walk.handshake else None
    if reply is None or not _by_proxy(seen, reply):
        return
    told = _unset(seen, reply) if route.upstream is None else _nowhere(seen, route.upstream, reply)
    if told is None:
        return
    message, evidence, safety, advice = told
    yield FAULT.finding(
        f"{message}; the backend answers at {seen.backend.address}",
        evidence,
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        safety=safety,
        advice=advice,
    )


_Told = tuple[str, Evidence, Safety, str]


def _by_proxy(seen: Seen, reply: Reply) -> bool:
    said = [value.lower() for key, value in reply.headers if key.lower() == "server"]
    return all(value.startswith(seen.site.proxy.kind) for value in said)


def _unset(seen: Seen, reply: Reply) -> _Told | None:
    """Tell of Caddy's one upstream that is made of a variable."""
    if not isinstance(seen.config, caddy.Config) or reply.status not in _BY_CADDY:
        return None
    node = seen.caddy.reverse_proxy(seen.route)
    found = [_VARIABLE.search(word) for word in (*node.text.split(), *(each.text for each in node.all("to")))]
    names = [match[1] for match in found if match]
    if not names:
        return None
    unit = seen.site.proxy.unit
    advice = f"Set {names[0]} in the environment of {unit} (`systemctl edit {unit}`, `Environment={names[0]}=…`) and restart it."
    message = (
        f"`{node.text}` at {node.position} hangs on the variable {names[0]}, and what it makes leads to no backend"
    )
    return message, seen.at(node.position), Safety.CONFIRM, advice


def _nowhere(seen: Seen, upstream: Upstream, reply: Reply) -> _Told | None:
    """Tell of a socket that is not there, or of a name that nobody knows."""
    word, position = seen.site.proxy.word, upstream.position or seen.route.position
    if reply.status not in _FAILED:
        return None
    if upstream.socket is not None and seen.site.proxy.kind == "nginx":
        return None
    if upstream.socket is not None:
        held = seen.inside.known("unix", seen.inside.unix)
        socket = seen.inside.known("unix", held.get(upstream.socket))
        reason = why(socket)
        place = Evidence(socket.path, f"{state(socket)}; {position}")
        return (f"{word} is to open {upstream.address}, and {reason}", place, Safety.SAFE, "") if reason else None
    line = _lookup(seen, upstream.host, reply)
    if not line:
        return None
    message = f"{word} dials {upstream.address} at {position}, and its host knows no {upstream.host}"
    if seen.site.proxy.kind == "nginx":
        advice = f"Write http://{seen.backend.address} into the proxy_pass at {position}, or name a `resolver` that knows it."
        return message, Evidence("nginx's error log", line), Safety.ADVICE, advice
    return message, Evidence(word, line), Safety.SAFE, ""


def _lookup(seen: Seen, name: str, reply: Reply) -> str:
    """Return the words by which the proxy says that it does not know a name."""
    page = _LOOKUP.search(reply.body.decode("utf-8", "replace"))
    if page is not None and page[1] == name:
        return page[0]
    if seen.site.proxy.kind == "nginx":
        line = complaint(seen, (f"resolver defined to resolve {name}", f"{name} could not be resolved"))
        return line.text if line is not None else ""
    units = seen.inside.known("units", seen.inside.services)
    unit = units.get(seen.site.proxy.unit)
    asked = re.compile(rf"\blookup {re.escape(name)}(?![\w.-])[^\",]*")
    found = [hit[0] for line in (unit.log if unit else ()) if (hit := asked.search(line))]
    return found[-1][:200] if found else ""


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Aim at the backend of the inventory."""
    yield from proxying.retargeted(seen)
