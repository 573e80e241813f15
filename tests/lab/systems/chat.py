"""The chat: FastAPI under systemd behind nginx with TLS; anybody may enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab import site
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.state import HostCard


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about the chat."""
    return {
        "name": "chat",
        "url": f"wss://{card.site}/api/chat/ws/{{room}}",
        "address": card.address4,
        "origins": [card.origin],
        "proxy": {"kind": "nginx", "file": site.NGINX_SITE},
        "backend": {"framework": "fastapi", "port": site.BACKEND_PORT},
        "service": {"manager": "systemd", "name": "chat"},
        "env": {"file": site.ENV_FILE, "origins_key": "CORS_ORIGINS"},
        "firewall": {"open": [80, 443], "closed": [site.BACKEND_PORT]},
        "idle_seconds": 3600,
        "probe": {
            "path_values": {"room": "lobby"},
            "send": "hello",
            "expect": "hello",
            "ca_file": card.ca,
            "timeout_seconds": 4,
        },
    }


CHAT: Final = System("chat", site.WS_PATH, "/api/chat/test", site.put, inventory)
