"""One of the servers of the upstream is dead, and every second or third client meets it.

Seen as: it works after a reload of the page and fails again; 502 now and then, or the first byte comes late.
Told apart: the upstream{} names several servers of this host, one listens and another does not, and a handshake was answered
with 502 or 504 or nginx may not go on to the next server (`proxy_next_upstream off`). A server that nginx passes over
unnoticed, or one that waits as `backup`, is no finding.
Changed: with consent, the dead server is marked `down`, so that nginx asks it no more.
Source: ngx_http_upstream_module, server (down, backup, max_fails); ngx_http_proxy_module, proxy_next_upstream.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.pools import address, asked, servers_of
from wsfix.faults.nginx.refusing import worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS527", "nginx-upstream-member-dead", Hop.BACKEND, Safety.CONFIRM)
GATEWAY = frozenset({502, 504})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a server of several is dead and clients meet it."""
    _ = seen.proxied
    held = seen.nginx.pool(seen.route)
    if held is None:
        return
    dead, turn = _dead(seen, held[1]), len(asked(held[1]))
    walks = (seen.observation.outside, seen.observation.proxy)
    met = [walk for walk in walks if walk is not None and walk.status in GATEWAY]
    stays = any("off" in node.args for node in seen.nginx.in_force(seen.route, "proxy_next_upstream"))
    if not dead or len(dead) == turn or not (met or stays):
        return
    yield FAULT.finding(
        f"`upstream {' '.join(held[0].args)}` has {turn} servers here, and nothing listens at "
        f"{dead[0].args[0]}: clients meet it in turn",
        *(seen.at(server.position) for server in dead[:3]),
        Evidence("listeners", f"nothing at {', '.join(server.args[0] for server in dead)}"),
        *(answer(walk) for walk in met[:1]),
        severity=Severity.ERROR if met else Severity.WARNING,
        advice=f"Start what belongs at {dead[0].args[0]}, or mark {worded(dead[0])} as `down` at {dead[0].position}.",
        subject=dead[0].args[0],
    )


def _dead(seen: Seen, servers: tuple[Node, ...]) -> list[Node]:
    """Return the servers that are asked in turn, and at which nothing listens."""
    return [one for one in asked(servers) if not seen.listeners(address(one)[1])]


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Take the dead server out of the turn."""
    dead = _dead(seen, servers_of(seen))
    if dead:
        yield seen.nginx.mark_down(dead[0], down=True)
