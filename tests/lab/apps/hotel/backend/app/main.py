"""The hotel: log in for a cookie, fetch a token of five minutes with it, open the socket with that token."""

import os
from typing import Annotated, Any

from fastapi import Cookie, Depends, FastAPI, HTTPException, Response, WebSocket, WebSocketDisconnect
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

from app import accounts

ALLOWED_ORIGINS = [origin.strip() for origin in os.environ.get("ALLOWED_ORIGINS", "").split(",")]

app = FastAPI(title="hotel")
app.add_middleware(
    CORSMiddleware,
    allow_origins=ALLOWED_ORIGINS,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
connected: dict[str, int] = {}


class Credentials(BaseModel):
    """What a guest types."""

    email: str
    password: str


async def logged_in(access_token: Annotated[str | None, Cookie()] = None) -> dict[str, Any]:
    """The user of the session's cookie."""
    user = accounts.read(access_token, "session")
    if user is None:
        raise HTTPException(401, "not logged in")
    return user


User = Annotated[dict[str, Any], Depends(logged_in)]


@app.get("/api/v1/health")
async def health() -> dict[str, str]:
    """Say that plain HTTP works."""
    return {"status": "healthy"}


@app.post("/api/v1/auth/login")
async def login(given: Credentials, response: Response) -> dict[str, str]:
    """Set the session's cookie for the right password."""
    user = accounts.checked(given.email, given.password)
    if user is None:
        raise HTTPException(401, "wrong e-mail or password")
    token = accounts.issue(user, "session", accounts.SESSION_SECONDS)
    response.set_cookie("access_token", token, httponly=True, secure=True, samesite="lax")
    return {"id": user["id"], "role": user["role"]}


@app.get("/api/v1/auth/ws-token")
async def ws_token(user: User) -> dict[str, str | int]:
    """Give a token that opens the socket, for a short while."""
    token = accounts.issue(user, "socket", accounts.WS_TOKEN_SECONDS)
    return {"token": token, "expires_in": accounts.WS_TOKEN_SECONDS}


@app.get("/api/v1/staff/connected")
async def who_is_connected(user: User) -> dict[str, int]:
    """Tell the staff, and nobody else, how many sockets each role holds."""
    if user["role"] != "staff":
        raise HTTPException(403, "for the staff only")
    return connected


@app.websocket("/api/v1/ws")
async def events(websocket: WebSocket, token: str = "") -> None:
    """Echo each text of a guest who shows a token."""
    user = accounts.read(token, "socket")
    origin = websocket.headers.get("origin")
    if user is None or (origin is not None and origin not in ALLOWED_ORIGINS):
        await websocket.close(code=1008)
        return
    await websocket.accept()
    connected[user["role"]] = connected.get(user["role"], 0) + 1
    try:
        while True:
            await websocket.send_json({"echo": await websocket.receive_text(), "role": user["role"]})
    except WebSocketDisconnect:
        return
    finally:
        connected[user["role"]] -= 1
