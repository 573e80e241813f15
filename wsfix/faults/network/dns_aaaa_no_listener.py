"""The name has an IPv6 address, and the proxy listens for IPv4 alone.

Seen as: some clients are refused or slow, those whose network has IPv6; others never notice.
Told apart: the AAAA record is the host's own address, and no socket of the port takes IPv6. From outside: refused at the
IPv6 address, connected at an IPv4 one.
Changed: with consent `listen [::]:PORT` is added behind the server's own `listen` in nginx, with the same `ssl`; the reload
opens the socket and drops nothing. For Apache the line is shown: a changed Listen needs a stop and a start. Else the AAAA
record is to be taken away.
Source: ngx_http_core_module, listen (ipv6only=on is the default); mpm_common, Listen; RFC 8305 (Happy Eyeballs).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import family, listens, own, tried
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS103", "dns-aaaa-no-listener", Hop.DNS, Safety.CONFIRM, explained_by=("nginx-down", "apache-down", "proxy-down")
)
V6 = 6


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the IPv6 addresses at which nothing listens while IPv4 is served."""
    walk, port = seen.outside, seen.site.port
    sixes = [each for each in walk.addresses if family(each) == V6]
    if not sixes:
        return
    deaf = _deaf(seen, sixes)
    if not deaf:
        return
    evidence = [Evidence(f"DNS, {seen.site.host}", f"AAAA {each}") for each in deaf[:2]]
    evidence += [
        Evidence(f"outside, {c.address} port {port}", c.reason)
        for each in deaf
        if (c := tried(seen, each)) and c.failure
    ]
    if seen.observation.inside is not None:
        here = ", ".join(f"{listener.address}:{listener.port}" for listener in seen.listeners(port))
        evidence.append(Evidence("listeners", here))
    yield FAULT.finding(
        f"{seen.site.host} has the IPv6 address {deaf[0]}, and nothing listens there on port {port}",
        *evidence,
        severity=seen.severity,
        safety=Safety.CONFIRM if _curable(seen) else Safety.ADVICE,
        advice=_advice(seen),
    )


def _deaf(seen: Seen, sixes: list[str]) -> list[str]:
    port = seen.site.port
    if seen.observation.inside is not None:
        held = [each for each in sixes if each in own(seen)]
        served = any(listener.public for listener in seen.listeners(port))
        return [each for each in held if served and not listens(seen, port, each)]
    fours = [c for c in seen.outside.connections if family(c.address) != V6 and c.failure is None]
    refused = [each for each in sixes if (c := tried(seen, each)) and c.failure is Failure.REFUSED]
    return refused if fours else []


def _curable(seen: Seen) -> bool:
    if seen.observation.inside is None or seen.site.proxy.kind != "nginx":
        return False
    return seen.route.kind is not RouteKind.NONE and seen.route.named


def _advice(seen: Seen) -> str:
    port, ssl = seen.site.port, " ssl" if seen.site.tls else ""
    if seen.site.proxy.kind == "apache":
        line = f"write `Listen {port}` instead of the address that it names, and restart Apache"
    else:
        line = f"write `listen [::]:{port}{ssl};` beside the server's own `listen`, and reload nginx"
    return f"Either {line}, or take the AAAA record of {seen.site.host} away."


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Listen on IPv6."""
    yield seen.nginx.listen_on_ipv6(seen.route.server, seen.site.port)
