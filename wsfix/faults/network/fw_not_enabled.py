"""The packet filter is off, and the inventory asks for it to be on.

Seen as: nothing; every port that listens can be reached.
Told apart: ufw is installed and switched off, no other filter is on, and the site says firewall.enabled.
Changed: the port of the very SSH connection is let in first, then every port that the sites need, and only then is ufw
switched on. Where that port cannot be told nothing is switched on. Open connections live on. Without firewall.enabled in the
inventory a filter that is off stays off.
Source: ufw(8), enable; sshd(8), SSH_CONNECTION.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import UFW_FILES, is_sshd
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Firewall

FAULT = Fault("WS203", "fw-not-enabled", Hop.TCP, Safety.SAFE)
SWITCH = "/etc/ufw/ufw.conf"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the inventory asks for the filter and it is off."""
    if not seen.site.firewall.enabled:
        return
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    if firewall.active:
        return
    port = seen.inside.ssh_port
    evidence = [Evidence(firewall.kind, "off" if firewall.kind == "ufw" else "no packet filter is installed")]
    evidence += [Evidence("this SSH connection", f"port {port}")] if port else []
    others = _cut_off(seen, firewall)
    if others:
        evidence.append(Evidence("listeners", f"reachable now, and closed then: {', '.join(map(str, others))}"))
    advice = "Install ufw on the host." if firewall.kind != "ufw" else ""
    if firewall.kind == "ufw" and port is None:
        advice = "The port of this connection cannot be told: run `ufw allow PORT/tcp` for your SSH, then `ufw enable`."
    yield FAULT.finding(
        "the packet filter is off, and the inventory asks for it to be on",
        *evidence,
        severity=Severity.WARNING,
        safety=Safety.ADVICE if advice else Safety.SAFE,
        advice=advice,
    )


def _needed(seen: Seen) -> list[int]:
    """Return the ports to let in, that of the SSH connection first."""
    door = [seen.inside.ssh_port] if seen.inside.ssh_port else []
    shells = [each.port for each in seen.inside.listeners or () if each.public and is_sshd(seen, each.pids)]
    return list(dict.fromkeys((*door, *shells, seen.site.port, *seen.site.firewall.open)))


def _cut_off(seen: Seen, firewall: Firewall) -> list[int]:
    """Return the public ports that the filter would close and nobody asked to close."""
    on, asked = replace(firewall, active=True), {*_needed(seen), *seen.site.firewall.closed}
    public = sorted({each.port for each in seen.inside.listeners or () if each.public})
    return [port for port in public if port not in asked and on.verdict(port) != "allow"]


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Let the ports in, and switch the filter on."""
    on = replace(seen.inside.known("firewall", seen.inside.firewall), active=True)
    for number, port in enumerate(_needed(seen)):
        if {on.verdict(port, "v4"), on.verdict(port, "v6")} == {"allow"}:
            continue
        yield Action(
            do=f"ufw allow {port}/tcp",
            undo=f"ufw delete allow {port}/tcp",
            title=f"ufw allow {port}/tcp",
            cost="keeps open sockets",
            faults=(FAULT.code,),
            keeps=UFW_FILES,
            rank=10 + min(number, 9),
        )
    yield Action(
        do="ufw --force enable",
        undo="ufw --force disable",
        title="ufw enable",
        cost="keeps open sockets; ports that no rule allows are closed",
        faults=(FAULT.code,),
        keeps=(*UFW_FILES, SWITCH),
        rank=30,
    )
