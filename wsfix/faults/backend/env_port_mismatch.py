"""The env file gives the backend another port than the proxy and the inventory count on.

Seen as: 502 at once, while the backend runs and is in best health.
Told apart: the backend's own process listens on the very port that PORT (or a variable like it) says in its env file, and
nothing listens where the inventory has it. The file's value is compared by its digest and never read.
Changed: the variable in the env file is set to the inventory's port, with consent, and the backend restarted.
Source: systemd.exec(5), EnvironmentFile=; twelve-factor, "Port binding".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.faults.backend.keeper import own_ports
from wsfix.faults.backend.restarting import restart
from wsfix.faults.envfile import Wanted, set_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile

FAULT = Fault("WS515", "env-port-mismatch", Hop.BACKEND, Safety.CONFIRM)
_KEYS = ("PORT", "APP_PORT", "SERVER_PORT", "BACKEND_PORT", "HTTP_PORT", "LISTEN_PORT", "WS_PORT", "WEBSOCKET_PORT")


@dataclass(frozen=True, slots=True)
class _Said:
    """A variable that says a port, and the port that it says."""

    file: EnvFile
    key: str
    number: int
    port: int


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend listens as its env file says, and elsewhere than the inventory says."""
    said = _said(seen)
    if said is None:
        return
    yield FAULT.finding(
        f"{said.key} in {said.file.path} sends the backend to port {said.port}; the site has it on {seen.port}",
        Evidence(f"{said.file.path}:{said.number}", f"{said.key}={said.port}"),
        Evidence("listeners", f"{seen.unit.unit} listens on {said.port}; nothing listens on {seen.port}"),
        severity=seen.severity,
        subject=said.key,
    )


def _said(seen: Seen) -> _Said | None:
    if seen.works or seen.listening:
        return None
    _ = seen.unit
    file = seen.inside.known("env", seen.inside.known("env", seen.inside.env).get(seen.env.file))
    own = own_ports(seen)
    for key in _KEYS:
        line = file.last(key)
        if line is None or line.digest is None or key in seen.env.values:
            continue
        for port in own:
            if line.digest == seen.inside.digest(str(port)):
                return _Said(file, key, line.number, port)
    return None


def cure(seen: Seen, _finding: Finding) -> Iterator[EnvChange | Action]:
    """Say the inventory's port."""
    said = _said(seen)
    if said is not None:
        wanted = Wanted(said.key, str(seen.port), hidden=False, why=f"is {said.port}")
        yield set_values(said.file, (wanted,), FAULT.code)
        yield from restart(seen, FAULT.code)
