"""Rooms that tell what is said in them: to all, to the last socket of a user, and closing the older one of a user."""

from __future__ import annotations

from typing import Annotated

import socketio
from fastapi import FastAPI, Form, Header, HTTPException, WebSocket, WebSocketDisconnect

app = FastAPI()
room: list[WebSocket] = []
users: dict[str, WebSocket] = {}
tabs: dict[str, WebSocket] = {}


async def _say(text: str) -> None:
    for socket in [*room]:
        await socket.send_text(text)


@app.websocket("/room")
async def to_all(socket: WebSocket) -> None:
    """Tell everybody of this process what one says, but not the one who says it."""
    await socket.accept()
    room.append(socket)
    try:
        async for text in socket.iter_text():
            for other in [each for each in room if each is not socket]:
                await other.send_text(f"said: {text}")
    finally:
        room.remove(socket)


@app.websocket("/users/{user}")
async def to_the_last(socket: WebSocket, user: str) -> None:
    """Keep one socket for each user, and tell only that one; the older ones stay open and hear nothing."""
    await socket.accept()
    users[user] = socket
    try:
        async for text in socket.iter_text():
            for other in [*users.values()]:
                await other.send_text(text)
    finally:
        if users.get(user) is socket:
            del users[user]


@app.websocket("/tabs/{user}")
async def one_tab(socket: WebSocket, user: str) -> None:
    """Close the older socket of a user when a new one comes."""
    await socket.accept()
    older, tabs[user] = tabs.get(user), socket
    if older is not None:
        await older.close(4000)
    try:
        await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        return


@app.post("/say")
async def say(said: dict[str, str], x_key: Annotated[str, Header()] = "") -> dict[str, bool]:
    """Publish by a request that needs a key."""
    if x_key != "right":
        raise HTTPException(403, "no")
    await _say(said["text"])
    return {"ok": True}


@app.post("/form")
async def say_by_form(text: Annotated[str, Form()]) -> dict[str, bool]:
    """Publish by a form."""
    await _say(text)
    return {"ok": True}


server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.on("say")
async def tell(_sid: str, text: str) -> None:
    """Tell every client."""
    await server.emit("said", text)


events = socketio.ASGIApp(server, socketio_path="/events")
at_the_usual_path = socketio.ASGIApp(server, app)
