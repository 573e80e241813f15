"""An application that refuses in every way that a record knows."""

from __future__ import annotations

from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://only.example"])
strict = FastAPI()
strict.add_middleware(TrustedHostMiddleware, allowed_hosts=["only.example"])
app.mount("/hosts", strict)


@app.websocket("/ws")
async def echo(socket: WebSocket) -> None:
    """Say back what comes."""
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


@app.websocket("/refused")
async def refused(socket: WebSocket) -> None:
    """Close before the socket is accepted."""
    await socket.close(1008)


@app.websocket("/fails")
async def fails(socket: WebSocket) -> None:
    """Fail before the socket is accepted."""
    del socket
    raise RuntimeError("no database")
