"""What HAProxy holds of one server, by its own words."""

from __future__ import annotations

from wsfix.faults.seen import Seen
from wsfix.model.inside import ServerHealth


def health(seen: Seen, backend: str, name: str) -> ServerHealth | None:
    """Return the health of a server; None where nothing tells it."""
    held = seen.proxy.servers or ()
    return next((one for one in held if (one.backend, one.name) == (backend, name)), None)
