"""Sites on loopback."""

from __future__ import annotations

from typing import Any

from wsfix.model.site import Site

SHORT = 0.5


def site(
    port: int, scheme: str = "ws", host: str = "127.0.0.1", path: str = "/ws", *, socketio: Any = None, **probe: Any
) -> Site:
    """A site that is given half a second for each phase; it speaks Socket.IO where words for that are given."""
    spoken = {} if socketio is None else {"protocol": "socketio", "socketio": socketio}
    return Site.model_validate(
        {
            "name": "chat",
            "url": f"{scheme}://{host}:{port}{path}",
            **spoken,
            "probe": {"timeout_seconds": SHORT, **probe},
        }
    )
