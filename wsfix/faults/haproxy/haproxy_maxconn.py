"""HAProxy holds nearly as many connections as it takes.

Seen as: new sockets hang in CONNECTING and open only as others close, while old ones go on working.
Told apart: by HAProxy's own count: `CurrConns` against `Maxconn` in `show info`. Each socket counts once on the frontend's
side for as long as it is open; a full one leaves connections in the kernel's queue, unanswered.
Changed: nothing: how many the host may hold is for its owner to say. `maxconn` in `global` is raised, and with it LimitNOFILE of
the unit, since every socket takes two file descriptors.
Source: HAProxy configuration manual, section 3.2, `maxconn`; management guide section 9.3, `show info`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS459", "haproxy-maxconn", Hop.PROXY, Safety.ADVICE, covers=("haproxy-connection-limit",))
_NEARLY = 0.8


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire from four fifths on."""
    if seen.proxy.capacity is None:
        raise NotApplicable
    held, most = seen.proxy.capacity
    if not most or held < most * _NEARLY:
        return
    full = held >= most and not seen.works
    set_at = [node for node in seen.haproxy.tree.globals() if node.name == "maxconn"]
    evidence = [Evidence("show info", f"CurrConns {held}, Maxconn {most}")]
    evidence += [seen.at(node.position) for node in set_at[-1:]]
    yield FAULT.finding(
        f"HAProxy holds {held} of the {most} connections that it takes",
        *evidence,
        severity=Severity.ERROR if full else Severity.WARNING,
        advice=f"Set `maxconn {most * 4}` in `global`, and `LimitNOFILE={most * 8 + 100}` in the unit, then restart HAProxy.",
    )
