"""The backend runs and listens, but on another port than the proxy and the inventory count on.

Seen as: 502 (Apache: 503) at once; the unit is active, and its log says that all is well.
Told apart: processes of the site's own service listen, and none of them on the inventory's port, where nobody else does
either; the proxy dials that port. Where the port comes from the env file that is env-port-mismatch.
Changed: with consent, where the command stands in a unit of systemd and names the port: a drop-in words it with the
inventory's port, and the unit is restarted. Else both ways are shown: the backend's port, or the inventory's.
Source: uvicorn, --port; gunicorn, --bind; Daphne, -p; systemd.service(5), ExecStart=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import replaced
from wsfix.faults.backend.keeper import keeper, own_ports
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS547", "backend-port-differs", Hop.BACKEND, Safety.CONFIRM, explained_by=("env-port-mismatch",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the service listens elsewhere, and nobody where it should."""
    ports = _elsewhere(seen)
    if not ports:
        return
    kept, wanted = keeper(seen), seen.port
    listens = ", ".join(map(str, ports))
    yield FAULT.finding(
        f"{kept.name} listens on port {listens}; the proxy and the inventory have it on {wanted}",
        Evidence("listeners", f"{kept.name} on {listens}; nothing on {wanted}"),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity,
        safety=safety(_corrected(seen)),
        advice=f"Let it listen on {wanted} (for uvicorn: `--port {wanted}`), then {kept.again}; or write backend.port "
        f"{ports[0]} in the inventory, and wsfix aims the proxy there.",
    )


def _elsewhere(seen: Seen) -> list[int]:
    """Return the ports on which the site's own service listens, where none of them is the one that it should."""
    wanted = seen.port
    if seen.works or seen.listeners(wanted):
        return []
    upstream = seen.proxied.upstream
    if upstream is None or upstream.port != wanted:
        return []
    return own_ports(seen)


def _corrected(seen: Seen) -> Words | None:
    """Return the unit's command with the inventory's port, where it names one of those that it listens on."""
    wanted = str(seen.port)

    def change(words: Words) -> Words:
        for port in map(str, _elsewhere(seen)):
            for before in words:
                name, colon, held = before.rpartition(":" if ":" in before else "=")
                if held == port:
                    return replaced(words, before, f"{name}{colon}{wanted}")
        return words

    return reworded(seen, change)


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run it on the port that everybody counts on."""
    words = _corrected(seen)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
