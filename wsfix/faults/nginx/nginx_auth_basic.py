"""nginx asks for a name and a password, and a page's socket can give none.

Seen as: 401 with `WWW-Authenticate: Basic`; browsers have no way to set Authorization on a WebSocket, and some do not send
what they know from the page.
Told apart: by the header, and by `auth_basic` that is in force in the location which takes the URL.
Changed: with consent, since it opens what was closed: `auth_basic off;` in the socket's own location. The application must
then tell by itself who connects, by a token or by its session.
Source: ngx_http_auth_basic_module, auth_basic; WebSocket interface (WHATWG), which takes no headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import by_nginx, in_own_location, reply_of, routed
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS408",
    "nginx-auth-basic",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-wrong-vhost", "nginx-site-not-enabled"),
)
UNAUTHORIZED = 401


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx itself asks for a password."""
    walk = by_nginx(seen, UNAUTHORIZED)
    reply = reply_of(walk)
    asked = (reply.header("www-authenticate") or "") if reply is not None else ""
    if walk is None or not asked.lower().startswith("basic"):
        return
    told = (answer(walk), Evidence("WWW-Authenticate", asked[:80]))
    message = "nginx asks for a password at the handshake, and a browser cannot give one there"
    if seen.observation.inside is None:
        yield FAULT.finding(message, *told, severity=seen.severity, safety=Safety.ADVICE, advice=_ADVICE)
        return
    rules = seen.nginx.in_force(routed(seen), "auth_basic")
    if not rules or rules[-1].args == ("off",):
        return
    own = seen.route.kind is RouteKind.PROXY
    yield FAULT.finding(
        message,
        seen.at(rules[-1].position),
        *told,
        severity=seen.severity,
        safety=Safety.CONFIRM if own else Safety.ADVICE,
        advice=_ADVICE,
    )


_ADVICE = "Write `auth_basic off;` into the location of the socket, and let the application tell who connects."


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Ask for no password in the socket's own location."""
    config = in_own_location(seen, "auth_basic", "off")
    if config is not None:
        yield config
