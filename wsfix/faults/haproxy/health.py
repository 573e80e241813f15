"""What HAProxy holds of one server, by its own words."""

from __future__ import annotations

import re

from wsfix.faults.seen import Seen
from wsfix.model.inside import ServerHealth


def health(seen: Seen, backend: str, name: str) -> ServerHealth | None:
    """Return the health of a server; None where nothing tells it."""
    held = seen.proxy.servers or ()
    return next((one for one in held if (one.backend, one.name) == (backend, name)), None)


def layer(state: ServerHealth) -> int:
    """Return the layer on which the last check failed: 4, 6 or 7; 0 where it did not, or it is not told.

    `show stat` has `L4CON`, the log "Layer4 connection problem"; a server that its agent took down is `DOWN (agent)`.
    """
    found = re.match(r"(?:L|Layer)([467])", state.reason)
    return int(found[1]) if found and state.down and "agent" not in state.status else 0
