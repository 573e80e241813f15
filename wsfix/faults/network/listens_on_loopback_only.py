"""The proxy listens on loopback alone: on its own host all is well, and nobody else comes in.

Seen as: refused at once from outside, while `curl https://localhost` works on the host. Often left from a time when a tunnel
or another proxy stood before it.
Told apart: the port has listeners, and every one of them at 127.0.0.1 or ::1; from outside no TCP connection comes about.
Where nothing listens at all, the proxy is down.
Changed: nothing. The line that names the address is shown. A reload does not take the port as long as the old socket is
open (bind() fails with EADDRINUSE, and the old configuration goes on), so a restart is needed, which drops open sockets.
Source: ngx_http_core_module, listen; mpm_common, Listen; caddyserver.com/docs/caddyfile/directives/bind; HAProxy
configuration manual, section 4.2, bind; bind(2), EADDRINUSE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.errors import NotObserved
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.route import Position

FAULT = Fault("WS211", "listens-on-loopback-only", Hop.TCP, Safety.ADVICE, explained_by=("dns-wrong-address",))
_LINE = re.compile(
    r"\s*(?:listen|bind|default_bind)\s.*?(?:\b127\.\d+\.\d+\.\d+|\[?::1\b\]?|\blocalhost\b):?(\d*)", re.IGNORECASE
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where no TCP connection comes about from outside, and all listeners of the port are on loopback."""
    walk, port = seen.outside, seen.site.port
    held = seen.listeners(port)
    if walk.sound or walk.wall is not Hop.TCP or not held or any(listener.public for listener in held):
        return
    at = ", ".join(dict.fromkeys(listener.address for listener in held))
    lines = _lines(seen)
    yield FAULT.finding(
        f"port {port} is taken at {at} alone, so that nobody comes in from outside",
        Evidence("listeners", f"{at} port {port}"),
        *(seen.at(line) for line in lines[:2]),
        *(Evidence(f"outside, {c.address} port {c.port}", c.reason) for c in walk.connections[:2]),
        severity=Severity.ERROR,
        advice=_advice(seen, lines),
    )


def _lines(seen: Seen) -> list[Position]:
    """Return the lines of what is loaded that name a loopback address for this port, or for every port."""
    try:
        config = seen.config
    except NotObserved:
        return []
    found = []
    for path, data in config.files.items():
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            told = _LINE.match(line)
            if path in config.loaded and told and told[1] in {"", str(seen.site.port)}:
                found.append(Position(path, number))
    return found


def _advice(seen: Seen, lines: list[Position]) -> str:
    word, unit = seen.site.proxy.word, seen.site.proxy.unit
    where = f"Take the address away at {lines[0]}, then" if lines else "The files name no such address any more:"
    return f"{where} `systemctl restart {unit}`. A reload of {word} cannot take the port while the old socket is open."
