"""The packet filter tracks as many connections as it may, and drops every new one.

Seen as: connections time out now and then, for all ports alike; sockets that are open go on.
Told apart: nf_conntrack_count stands at nf_conntrack_max, or the kernel's log says `table full, dropping packet` of the last day.
Changed: nothing; the table costs memory. The line is shown.
Source: nf_conntrack-sysctl (kernel documentation), nf_conntrack_max.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.capacity.running_out import capacity, kernel_said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS230", "net-conntrack-table-full", Hop.TCP, Safety.ADVICE)
NEARLY = 0.95


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the table is full, or was today."""
    tracked = capacity(seen).tracked
    said = kernel_said(seen, ("table full, dropping",))
    full = tracked is not None and tracked[1] > 0 and tracked[0] >= NEARLY * tracked[1]
    if not full and said is None:
        return
    evidence = [Evidence("nf_conntrack_count", f"{tracked[0]} of {tracked[1]}")] if tracked else []
    evidence += [Evidence("kernel log", said.text)] if said else []
    most = 2 * tracked[1] if tracked else 262144
    yield FAULT.finding(
        "the packet filter tracks as many connections as it may, and drops new ones",
        *evidence,
        severity=seen.severity if full else Severity.NOTE if seen.works else Severity.WARNING,
        advice=f"`sysctl -w net.netfilter.nf_conntrack_max={most}`, and the same line in /etc/sysctl.d/90-conntrack.conf; or let "
        "loopback pass untracked.",
    )
