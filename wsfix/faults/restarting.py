"""The restart of a backend as an action that says whom it disconnects."""

from __future__ import annotations

from wsfix.faults.seen import Seen
from wsfix.model.change import Action

RESTART_RANK = 60


def restart(seen: Seen, code: str) -> Action:
    """Restart the site's unit (start it where it is stopped), counting the sockets that this drops."""
    unit = seen.service.unit
    return Action(
        do=f"systemctl restart {unit}",
        undo=f"systemctl restart {unit}",
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
