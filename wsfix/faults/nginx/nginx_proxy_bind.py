"""nginx is told to dial the backend from an address that the host does not have.

Seen as: 500 at once, for every request of the location; `bind(…) failed (99: Cannot assign requested address)` in the error log.
Often left from the server that the configuration was copied from.
Told apart: by `proxy_bind` in force for this URL, whose address is none of the host's; the backend takes the socket when it
is asked directly. An address that comes from a variable is not looked at.
Changed: with consent the line is taken away: the kernel chooses the address then, as it does for everybody else.
Source: ngx_http_proxy_module, proxy_bind; bind(2), EADDRNOTAVAIL.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import own
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS552", "nginx-proxy-bind", Hop.BACKEND, Safety.CONFIRM)
ERROR = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the address is foreign, and nginx answers 500."""
    if seen.works_through_proxy or seen.proxied.upstream is None or seen.through_proxy.status != ERROR:
        return
    node = _line(seen)
    if node is None or not seen.backend_works:
        return
    yield FAULT.finding(
        f"`proxy_bind {' '.join(node.args)}` dials the backend from an address that this host does not have",
        seen.at(node.position),
        Evidence("addresses of the host", ", ".join(sorted(own(seen))[:6])),
        answer(seen.through_proxy),
        severity=seen.severity_at_proxy,
        advice=f"Take the line at {node.position} away.",
    )


def _line(seen: Seen) -> Node | None:
    """Return the line in force, where its address is written out and none of the host's."""
    for node in seen.nginx.in_force(seen.route, "proxy_bind")[-1:]:
        address = node.args[0].strip("[]") if node.args else "off"
        if "$" in address or address == "off" or "transparent" in node.args[1:] or address.startswith("127."):
            return None
        return None if address in own(seen) else node
    return None


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Let the kernel choose."""
    node = _line(seen)
    if node is not None:
        yield seen.nginx.without(node)
