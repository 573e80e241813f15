"""The proxy may not open the backend's unix socket.

Seen as: 502 at once (Apache: 503), while the backend runs and its socket is there.
Told apart: the proxy dials a unix socket on which somebody listens, and its error log says `Permission denied` about it since
the last load; a socket that is not there is `No such file or directory`.
Changed: nothing; who may use the socket is for those who run the backend. The setting is shown.
Source: unix(7), "Pathname socket ownership and permissions"; gunicorn and uvicorn, --uds; systemd.socket(5), SocketMode=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.capacity.running_out import complaint, evidence, severity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS536", "backend-socket-permission", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy said that it may not connect to the very socket."""
    if seen.works or seen.works_through_proxy:
        return
    upstream = seen.proxied.upstream
    if upstream is None or upstream.socket is None:
        return
    held = seen.inside.unix or {}
    if upstream.socket in held and not held[upstream.socket].listening:
        return  # whoever may open it finds nobody there
    line = complaint(seen, ("Permission denied",))
    if line is None or upstream.socket.rpartition("/")[2] not in line.text:
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} is not allowed to open the backend's socket {upstream.socket}",
        evidence(line),
        seen.at(upstream.position or seen.route.position),
        severity=severity(seen, line),
        advice="Let the socket belong to the proxy's group: `Group=www-data` and `UMask=0007` in the backend's unit (uvicorn, "
        "gunicorn: the socket is made with that), and every folder above it open to that group (`chmod g+x`).",
    )
