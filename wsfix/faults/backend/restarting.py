"""The restart of a backend as an action that says whom it disconnects."""

from __future__ import annotations

from wsfix.faults.seen import Seen
from wsfix.model.change import Action

RESTART_RANK = 60


WAIT_SECONDS = 20


def then_listens(seen: Seen, command: str) -> str:
    """Word a command after which the backend's port is awaited: a unit is active long before it listens.

    The wait is bounded and never fails by itself; whether the backend serves is for the proof to say.
    """
    if seen.site.backend is None:
        return command
    port = seen.site.backend.port
    return (
        f"{command} && n=0 && while [ $n -lt {WAIT_SECONDS * 5} ] && "
        f'[ -z "$(ss -Hltn "sport = :{port}" 2>/dev/null)" ]; do sleep 0.2; n=$((n + 1)); done'
    )


def restart(seen: Seen, code: str) -> Action:
    """Restart the site's unit (start it where it is stopped), counting the sockets that this drops."""
    unit = seen.service.unit
    return Action(
        do=then_listens(seen, f"systemctl restart {unit}"),
        undo=then_listens(seen, f"systemctl restart {unit}"),
        title=f"restart {unit}",
        cost=cost(seen),
        faults=(code,),
        rank=RESTART_RANK,
    )


def cost(seen: Seen) -> str:
    """Say how many connections end when the backend's process ends."""
    if seen.site.backend is None or seen.inside.sockets is None:
        return "drops every open socket of this backend"
    count = seen.inside.sockets.get(seen.site.backend.port, 0)
    return f"drops {count} open connection{'' if count == 1 else 's'}" if count else "nothing is connected"
