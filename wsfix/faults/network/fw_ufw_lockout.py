"""ufw's rules do not let SSH in: when they are loaded the next time, nobody can log in any more.

Seen as: nothing yet; after a reboot, or after `ufw enable` or `ufw reload`, SSH times out.
Told apart: the port by which wsfix itself came in, or on which sshd listens, is in no rule that allows it, not even for one
network, and ufw's default keeps it out. A rule for one address or interface is taken for the way in that is meant.
Changed: with consent the rule that allows that port is added; nothing is loaded, switched on or off. Where ufw is off
and holds rules it is only told, since switching it on is what locks out.
Source: ufw(8), "REMOTE MANAGEMENT"; sshd(8), SSH_CONNECTION.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import allowing, is_sshd
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Firewall

FAULT = Fault("WS208", "fw-ufw-lockout", Hop.TCP, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where ufw knows no way in for SSH."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    doors = _doors(seen)
    prepared = firewall.active or bool(firewall.rules)
    asked = bool(seen.site.firewall.enabled)
    if firewall.kind != "ufw" or not doors or not prepared or (asked and not firewall.active):
        return
    if any(_lets_in(firewall, port) for port in doors):
        return
    port = doors[0]
    came = seen.inside.ssh_port == port
    state = "on" if firewall.active else "off"
    yield FAULT.finding(
        f"ufw is {state} and no rule lets SSH in on port {port}: "
        + ("the next load of its rules locks you out" if firewall.active else "`ufw enable` would lock you out"),
        Evidence("this SSH connection" if came else "listeners", f"port {port}"),
        Evidence("ufw", f"port {port}: in no rule (default for incoming: {firewall.default_incoming})"),
        severity=Severity.WARNING if firewall.active else Severity.NOTE,
        safety=Safety.CONFIRM if firewall.active else Safety.ADVICE,
        advice=f"Run `ufw allow {port}/tcp` before anything else is done to ufw.",
        subject=str(port),
    )


def _doors(seen: Seen) -> list[int]:
    """Return the port of this very connection, or else those on which sshd listens for other machines."""
    if seen.inside.ssh_port is not None:
        return [seen.inside.ssh_port]
    return sorted({each.port for each in seen.inside.listeners or () if each.public and is_sshd(seen, each.pids)})


def _lets_in(firewall: Firewall, port: int) -> bool:
    """Whether the default or any rule, however narrow, lets the port in."""
    on = replace(firewall, active=True)
    allowed = any(r.action in {"allow", "limit"} and (not r.ports or port in r.ports) for r in firewall.rules)
    return allowed or "allow" in {on.verdict(port, "v4"), on.verdict(port, "v6")}


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Let SSH in; to undo it puts ufw's files back and leaves what is loaded, which must never lock anybody out."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    for action in allowing(FAULT, firewall, int(finding.subject), rank=10):
        yield replace(action, undo="")
