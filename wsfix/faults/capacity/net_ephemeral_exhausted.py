"""The host has no port left for connections from the proxy to the backend.

Seen as: 502 or 503 at once for new sockets, while the backend is well; those that are open go on.
Told apart: `Cannot assign requested address` (EADDRNOTAVAIL) in the proxy's error log, or as many connections to the backend's
port as there are ports. All come from one address to one port, so each needs a port of its own.
Changed: the range of ports is widened at once and for the next boot, with consent, since other services of the host may listen in it.
Source: ip(7), ip_local_port_range; connect(2), EADDRNOTAVAIL.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.capacity.running_out import capacity, complaint, evidence
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS231", "net-ephemeral-exhausted", Hop.TCP, Safety.CONFIRM)
NEARLY = 0.9
WIDE = (10240, 65535)
FILE = "/etc/sysctl.d/90-wsfix-ports.conf"
KERNEL = "/proc/sys/net/ipv4/ip_local_port_range"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where ports ran out, or are about to."""
    port = seen.port
    held = capacity(seen)
    ports = held.ports
    line = complaint(seen, ("Cannot assign requested address",))
    if line is not None and "bind(" in line.text:  # an address that is none of the host's, such as that of proxy_bind
        line = None
    used = held.peers.get(port, 0)
    count = ports[1] - ports[0] + 1 if ports else 0
    full = count > 0 and used >= NEARLY * count
    if not full and (line is None or (ports is not None and ports[0] <= WIDE[0] and ports[1] >= WIDE[1])):
        return
    said = [Evidence("connections to the backend", f"{used} of {count} ports are taken")] if count else []
    said += [evidence(line)] if line else []
    narrow = ports is not None and (ports[0] > WIDE[0] or ports[1] < WIDE[1])
    yield FAULT.finding(
        f"the host has no ports left for connections to port {port}: {count} in all" if count else "no ports are left",
        *said,
        severity=seen.severity if full else Severity.WARNING,
        safety=Safety.CONFIRM if narrow else Safety.ADVICE,
        advice="Let the proxy reach the backend by a unix socket, or by several addresses (127.0.0.1, 127.0.0.2, …).",
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Widen the range."""
    ports = capacity(seen).ports
    if finding.safety is not Safety.CONFIRM or ports is None:
        return
    low, high = min(ports[0], WIDE[0]), max(ports[1], WIDE[1])
    yield Edit(
        path=FILE,
        before=None,
        after=f"# managed by wsfix\nnet.ipv4.ip_local_port_range = {low} {high}\n".encode(),
        faults=(FAULT.code,),
        sha256=None,
    )
    yield Action(
        do=f"echo '{low} {high}' >{KERNEL}",
        undo=f"echo '{ports[0]} {ports[1]}' >{KERNEL}",
        title=f"widen the range of local ports to {low}-{high}",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=20,
    )
