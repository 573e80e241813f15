"""Sites on loopback."""

from __future__ import annotations

from typing import Any

from wsfix.model.site import Site

SHORT = 0.5


def site(port: int, scheme: str = "ws", host: str = "127.0.0.1", path: str = "/ws", **probe: Any) -> Site:
    """A site that is given half a second for each phase."""
    return Site.model_validate(
        {
            "name": "chat",
            "url": f"{scheme}://{host}:{port}{path}",
            "probe": {"timeout_seconds": SHORT, **probe},
        }
    )
