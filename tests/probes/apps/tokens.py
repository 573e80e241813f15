"""A site with a log-in, a token for the socket and sockets that read it from every place, on FastAPI."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, Form, Header, HTTPException, Query, Response, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

KEY = b"the key of the test"
SESSION = "session-8f3b1c"
ACCESS = "access-77a1d2"

app = FastAPI()


def token(seconds: float = 300, subject: str = "a@example.com") -> str:
    def part(held: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(held).encode()).rstrip(b"=").decode()

    signed = f"{part({'alg': 'HS256'})}.{part({'sub': subject, 'exp': time.time() + seconds})}"
    digest = hmac.new(KEY, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def good(given: str | None) -> bool:
    try:
        head, claims, signature = (given or "").removeprefix("Bearer ").split(".")
        digest = hmac.new(KEY, f"{head}.{claims}".encode(), hashlib.sha256).digest()
        right = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature
        return right and json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"] > time.time()
    except (ValueError, KeyError):
        return False


@app.post("/api/login")
async def log_in(said: dict[str, str], response: Response) -> dict[str, object]:
    if said.get("password") != "right":
        raise HTTPException(401, f"no such user as {said.get('email')} with {said.get('password')}")
    response.set_cookie("session", SESSION, httponly=True, samesite="lax", path="/")
    response.set_cookie("lang", "en")
    return {"user": {"email": said["email"]}, "data": {"access_token": ACCESS}, "ws": token()}


@app.post("/api/form")
async def log_in_by_form(email: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if password != "right":
        return HTMLResponse("<html>try again</html>")
    answer = RedirectResponse("/home", status_code=303)
    answer.set_cookie("session", SESSION, httponly=True, path="/")
    return answer


@app.get("/api/ws-token")
async def socket_token(session: Annotated[str | None, Cookie()] = None) -> dict[str, str]:
    if session != SESSION:
        raise HTTPException(401, "not logged in")
    return {"token": token()}


@app.get("/api/bearer-token")
async def bearer_token(authorization: Annotated[str | None, Header()] = None) -> dict[str, str]:
    if authorization != f"Bearer {ACCESS}":
        raise HTTPException(401, "no bearer")
    return {"ws_token": token()}


@app.get("/api/old-token")
async def old_token() -> dict[str, str]:
    return {"token": token(-3600)}


@app.get("/api/page")
async def page() -> Response:
    return HTMLResponse("<html>the app</html>")


@app.get("/api/me")
async def me(authorization: Annotated[str | None, Header()] = None) -> dict[str, str]:
    if not good(authorization):
        raise HTTPException(401, "bad token")
    return {"sub": "a@example.com"}


async def _echo(socket: WebSocket, subprotocol: str | None = None) -> None:
    await socket.accept(subprotocol=subprotocol)
    async for text in socket.iter_text():
        await socket.send_text(text)


@app.websocket("/ws/query")
async def by_query(socket: WebSocket, token: Annotated[str | None, Query()] = None) -> None:
    if good(token):
        await _echo(socket)
    else:
        await socket.accept()
        await socket.close(1008, "token missing or bad")


@app.websocket("/ws/hidden/{user}")
async def hidden(socket: WebSocket, user: str, token: str = "") -> None:
    await (_echo(socket) if good(token) else socket.close(4401))


@app.websocket("/ws/open/{user}")
async def open_to_all(socket: WebSocket, user: str) -> None:
    await _echo(socket)


@app.websocket("/ws/cookie")
async def by_cookie(socket: WebSocket, session: Annotated[str | None, Cookie()] = None) -> None:
    await (_echo(socket) if session == SESSION else socket.close())


@app.websocket("/ws/subprotocol")
async def by_subprotocol(socket: WebSocket) -> None:
    offered = socket.scope["subprotocols"]
    await (_echo(socket, offered[0]) if len(offered) == 2 and good(offered[1]) else socket.close())


@app.websocket("/ws/header")
async def by_header(socket: WebSocket, held: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    await (_echo(socket) if good(held.credentials) else socket.close())


@app.websocket("/ws/by-id")
async def wants_an_id(socket: WebSocket, token: str = "") -> None:
    """Refuse every token, since its subject is no number."""
    await socket.close(1008)
