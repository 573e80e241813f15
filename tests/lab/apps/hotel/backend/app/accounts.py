"""Who may log in to the hotel, and the tokens that prove it."""

import hashlib
import hmac
import json
import os
import time
from pathlib import Path
from typing import Any

import jwt

SECRET_KEY = os.environ["JWT_SECRET_KEY"]
SESSION_SECONDS = int(os.environ.get("SESSION_SECONDS", "3600"))
WS_TOKEN_SECONDS = int(os.environ.get("WS_TOKEN_SECONDS", "300"))
USERS = json.loads(Path(os.environ.get("USERS_FILE", "users.json")).read_text(encoding="utf-8"))


def by_id(identity: str) -> dict[str, Any] | None:
    """The user of this number."""
    return next((user for user in USERS if user["id"] == identity), None)


def by_email(email: str) -> dict[str, Any] | None:
    """The user of this e-mail address."""
    return next((user for user in USERS if user["email"] == email), None)


def checked(email: str, password: str) -> dict[str, Any] | None:
    """The user that this password belongs to."""
    user = by_email(email)
    salt, _, digest = (user or {"password": "none$"})["password"].partition("$")
    given = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 20_000).hex()
    return user if user and hmac.compare_digest(given, digest) else None


def issue(user: dict[str, Any], purpose: str, seconds: int) -> str:
    """Sign a token for one purpose."""
    claims = {"sub": user["id"], "role": user["role"], "use": purpose, "exp": int(time.time()) + seconds}
    return jwt.encode(claims, SECRET_KEY, "HS256")


def read(token: str | None, purpose: str) -> dict[str, Any] | None:
    """The user that a token of this purpose was made for; None where it was not made here, or is too old."""
    try:
        claims = jwt.decode(token or "", SECRET_KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    return by_id(claims["sub"]) if claims.get("use") == purpose else None
