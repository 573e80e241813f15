"""The mobility hub of kar.bar: REST under /api, and a socket for each user that echoes and tells who else is there."""

import os

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect
from fastapi.middleware.cors import CORSMiddleware

CORS_ORIGINS = [origin.strip() for origin in os.environ.get("CORS_ORIGINS", "http://localhost:3000").split(",")]
CHECK_HOST = os.environ.get("CHECK_HOST") == "1"

app = FastAPI(title="kar.bar")
app.add_middleware(CORSMiddleware, allow_origins=CORS_ORIGINS, allow_methods=["*"], allow_headers=["*"])
api = APIRouter(prefix="/api")
present: dict[str, int] = {}


@api.get("/ping")
async def ping() -> dict[str, str]:
    """Say that plain HTTP works."""
    return {"status": "ok", "service": "kar.bar"}


@api.get("/present")
async def who_is_there() -> dict[str, int]:
    """Say how many sockets each user holds."""
    return present


app.include_router(api)


@app.websocket("/ws/{user_id}")
async def websocket_endpoint(websocket: WebSocket, user_id: str) -> None:
    """Echo each text of an allowed page."""
    if not allowed(websocket.headers.get("origin"), websocket.headers.get("host", "")):
        await websocket.close(code=1008)
        return
    await websocket.accept()
    present[user_id] = present.get(user_id, 0) + 1
    try:
        while True:
            await websocket.send_json({"echo": await websocket.receive_text(), "present": len(present)})
    except WebSocketDisconnect:
        return
    finally:
        present[user_id] -= 1
        if not present[user_id]:
            del present[user_id]


def allowed(origin: str | None, host: str) -> bool:
    """Whether a page of this origin may connect; the CORS middleware does not look at sockets."""
    if origin is None:
        return True
    if CHECK_HOST:
        return origin.partition("://")[2] == host
    return origin in CORS_ORIGINS
