"""nginx is told to open a unix socket that is not there, that nobody listens on, or that it may not open.

Seen as: 502 at once; `connect() to unix:… failed (2: No such file or directory)`, `(111: Connection refused)` or `(13: Permission
denied)` in the error log.
Told apart: by the path itself: absent; a socket without a listener, left by a process that is gone; or one that the user of
nginx's workers may not write to.
Changed: where the backend takes the socket at the TCP port of the inventory, the `proxy_pass` (or the `server` of the
upstream) is aimed there. Else the command to run is shown.
Source: ngx_http_proxy_module, proxy_pass (unix:); unix(7), connect(2) (ENOENT, ECONNREFUSED, EACCES).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import UnixSocket

FAULT = Fault(
    "WS429",
    "nginx-upstream-unix-socket",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "nginx-location-regex-steals",
        "nginx-wrong-vhost",
        "nginx-site-not-enabled",
        "backend-not-running",
        "backend-not-listening",
        "backend-crash-loop",
        "backend-socket-permission",
    ),
)
BAD_GATEWAY = 502


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx answers 502 and the path cannot be opened."""
    upstream = seen.proxied.upstream
    if upstream is None or upstream.socket is None or seen.works_through_proxy:
        return
    if seen.through_proxy.status != BAD_GATEWAY:
        return
    held = seen.inside.known("unix", seen.inside.unix)
    socket = seen.inside.known("unix", held.get(upstream.socket))
    reason = why(socket)
    if not reason:
        return
    told = (seen.through_proxy, seen.observation.backend)
    yield FAULT.finding(
        f"nginx is to open {upstream.address}, and {reason}",
        seen.at(upstream.position or seen.route.position),
        Evidence(socket.path, state(socket)),
        *(answer(walk) for walk in told if walk is not None),
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if seen.site.backend is not None and seen.backend_works else Safety.ADVICE,
        advice=_advice(socket),
    )


def why(socket: UnixSocket) -> str:
    """Return why a path cannot be opened; empty where it can."""
    if socket.kind == "absent":
        return "there is no such file"
    if socket.kind != "socket":
        return "that is no socket"
    if socket.opens is False:
        return f"{socket.opener} may not write to it"
    return "" if socket.listening else "nobody listens on it"


def state(socket: UnixSocket) -> str:
    """Return what was seen of a path."""
    if socket.kind == "absent":
        return "absent"
    heard = "listening" if socket.listening else "no listener"
    return f"{socket.kind}, {socket.mode:o} {socket.owner}:{socket.group}, {heard}"


def _advice(socket: UnixSocket) -> str:
    if socket.kind == "socket" and socket.opens is False and socket.group not in {"", "root"}:
        return (
            f"`usermod -aG {socket.group} {socket.opener}`, `chmod g+rw {socket.path}`, and restart nginx; or let the "
            "backend make the socket with mode 660 and that group."
        )
    if socket.kind == "socket" and socket.opens is False:
        return f"Let the backend make {socket.path} with a group that {socket.opener} is in, and mode 660."
    return f"Start the backend that makes {socket.path}, or aim nginx at the port on which the backend listens."


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Aim at the backend of the inventory."""
    yield from proxying.retargeted(seen)
