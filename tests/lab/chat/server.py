"""The chat: a small FastAPI application whose WebSocket echoes what it is told."""

import os

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PORT = int(os.environ.get("PORT", "8000"))
CORS_ORIGINS = [origin.strip() for origin in os.environ.get("CORS_ORIGINS", "http://localhost:3000").split(",")]
CHECK_HOST = os.environ.get("CHECK_HOST") == "1"
CHECK_SCHEME = os.environ.get("CHECK_SCHEME") == "1"

app = FastAPI(title="chat")


@app.get("/")
async def home() -> dict[str, str]:
    """Say which service this is."""
    return {"service": "chat"}


@app.get("/api/chat/test")
async def test() -> dict[str, str]:
    """Say that plain HTTP works."""
    return {"message": "Chat router is working", "status": "ok"}


@app.websocket("/api/chat/ws/{user_id}")
async def chat(websocket: WebSocket, user_id: str, token: str | None = None) -> None:
    """Echo each text of an allowed page; the token is optional here."""
    if not allowed(websocket.headers.get("origin"), websocket.headers.get("host", ""), websocket.url.scheme):
        await websocket.close(code=1008)
        return
    await websocket.accept()
    try:
        while True:
            await websocket.send_json({"echo": await websocket.receive_text()})
    except WebSocketDisconnect:
        return


def allowed(origin: str | None, host: str, scheme: str) -> bool:
    """Whether a page of this origin may connect; clients that are no browser send none."""
    if origin is None:
        return True
    if CHECK_SCHEME:
        return origin == f"{'https' if scheme == 'wss' else 'http'}://{host}"
    if CHECK_HOST:
        return origin.partition("://")[2] == host
    return origin in CORS_ORIGINS


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=PORT)
