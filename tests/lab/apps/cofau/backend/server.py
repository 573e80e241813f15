"""The chat of cofau: whoever logs in gets a token whose subject is an e-mail address; the socket asks for that token."""

import hashlib
import hmac
import json
import os
import time
from pathlib import Path
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

SECRET_KEY = os.environ["SECRET_KEY"]
TOKEN_SECONDS = int(os.environ.get("TOKEN_SECONDS", "86400"))
ALLOWED_ORIGINS = [origin.strip() for origin in os.environ.get("ALLOWED_ORIGINS", "").split(",")]
USERS = {user["email"]: user for user in json.loads(Path(__file__).with_name("users.json").read_text(encoding="utf-8"))}

app = FastAPI(title="cofau")
bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/login")


def subject(token: str) -> dict[str, str]:
    """The user that a token was made for; raises where it was not made here, or is too old."""
    return USERS[jwt.decode(token, SECRET_KEY, algorithms=["HS256"])["sub"]]


@app.post("/api/auth/login")
async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    """Give a token for the right password."""
    user = USERS.get(form.username)
    salt, _, digest = (user or {"password": "none$"})["password"].partition("$")
    given = hashlib.pbkdf2_hmac("sha256", form.password.encode(), salt.encode(), 20_000).hex()
    if user is None or not hmac.compare_digest(given, digest):
        raise HTTPException(401, "wrong e-mail or password")
    token = jwt.encode({"sub": user["email"], "exp": int(time.time()) + TOKEN_SECONDS}, SECRET_KEY, "HS256")
    return {"access_token": token, "token_type": "bearer"}


@app.get("/api/auth/me")
async def me(token: Annotated[str, Depends(bearer)]) -> dict[str, str]:
    """Say whose token it is."""
    try:
        user = subject(token)
    except (jwt.InvalidTokenError, KeyError):
        raise HTTPException(401, "invalid token") from None
    return {"id": user["id"], "email": user["email"]}


@app.get("/api/chat/test")
async def test() -> dict[str, str]:
    """Say that plain HTTP works."""
    return {"message": "Chat router is working", "status": "ok"}


@app.websocket("/api/chat/ws/{user_id}")
async def chat(websocket: WebSocket, user_id: str, token: str = "") -> None:
    """Echo the messages to another user; a page must be one of ours, an app sends no origin."""
    origin = websocket.headers.get("origin")
    try:
        user = subject(token)
    except (jwt.InvalidTokenError, KeyError):
        user = None
    if user is None or (origin is not None and origin not in ALLOWED_ORIGINS):
        await websocket.close(code=1008)
        return
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_json({"echo": text, "from": user["id"], "to": user_id})
    except WebSocketDisconnect:
        return
