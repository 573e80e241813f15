"""Socket.IO servers of python-socketio, each at a path of its own, behind one ASGI application."""

from __future__ import annotations

from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused


def _made(path: str, **more: Any) -> Any:
    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=more.pop("origins", "*"), **more)
    return server, socketio.ASGIApp(server, socketio_path=path)


free, _free = _made("ws")
polling_only, _polling_only = _made("polling", transports=["polling"])
websocket_only, _websocket_only = _made("websocket", transports=["websocket"])
guarded, _guarded = _made("guarded")
strict, _strict = _made("strict", origins=["https://page.example"])

APPS = {
    "/ws": _free,
    "/polling": _polling_only,
    "/websocket": _websocket_only,
    "/guarded": _guarded,
    "/strict": _strict,
}


@free.on("echo")
async def echo(sid: str, *said: object) -> None:
    await free.emit("echoed", said, to=sid)


@guarded.on("connect")
async def let_in(sid: str, environ: object, auth: dict[str, str] | None) -> None:
    if not auth or auth.get("token") != "right":
        raise Refused("Unauthorized")


@free.on("connect", namespace="/orders")
async def enter(sid: str, environ: object) -> None:
    """Let everybody in."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    found = next((held for path, held in APPS.items() if scope.get("path", "").startswith(path)), _free)
    await found(scope, receive, send)
