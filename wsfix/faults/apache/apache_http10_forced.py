"""Apache is told to speak HTTP/1.0 to the backend, and an upgrade needs 1.1.

Seen as: 404, 400 or 426 as for a plain request, although `upgrade=websocket` is set and the module is loaded.
Told apart: `force-proxy-request-1.0` is set in the server that takes the URL, by SetEnv, SetEnvIf or BrowserMatch; the backend
takes the socket when it is asked directly. Such lines come from old advice about broken backends.
Changed: nothing, since other paths may count on it; the line to limit or to take away is shown.
Source: mod_proxy, "Environment Variables" (force-proxy-request-1.0, proxy-nokeepalive); RFC 9110 section 7.8 (Upgrade is of 1.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS471", "apache-http10-forced", Hop.PROXY, Safety.ADVICE)
_VARIABLE = "force-proxy-request-1.0"
_SETS = frozenset({"setenv", "setenvif", "setenvifnocase", "browsermatch", "browsermatchnocase"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the variable is set and the handshake is refused for lack of an upgrade."""
    _ = seen.proxied
    if seen.works_through_proxy or not seen.backend_works:
        return
    line = next(_lines(seen), None)
    if line is None:
        return
    yield FAULT.finding(
        f"`{line.name} {' '.join(line.args)}` makes Apache speak HTTP/1.0 to the backend, which cannot be upgraded",
        seen.at(line.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice=f"Take that line away, or limit it to the paths that need it; {seen.site.prefix} must be asked with HTTP/1.1.",
    )


def _lines(seen: Seen) -> Iterator[Node]:
    server = seen.apache.server(seen.route.server)
    for level in server.levels:
        for node in level:
            for each in node.walk():
                if each.name in _SETS and any(word.split("=")[0] == _VARIABLE for word in each.args):
                    yield each
