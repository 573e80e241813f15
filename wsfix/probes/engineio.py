"""Engine.IO and Socket.IO as text and values (their protocol documents, revisions 4 and 3, 5 and 4); no stream here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from wsfix.model.walk import Reply

UNKNOWN_TRANSPORT, UNKNOWN_SESSION, BAD_METHOD, BAD_REQUEST, FORBIDDEN, UNSUPPORTED = range(6)
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE = "0", "1", "2", "3", "4", "5"
PROBE_PING, PROBE_PONG = "2probe", "3probe"
OLD, NEW = 3, 4

_SEPARATOR = "\x1e"
_LENGTH = re.compile(r"(\d{1,7}):")
_WORDS = {
    "Transport unknown": UNKNOWN_TRANSPORT,
    "Session ID unknown": UNKNOWN_SESSION,
    "Bad handshake method": BAD_METHOD,
    "Bad request": BAD_REQUEST,
    "Forbidden": FORBIDDEN,
    "Unsupported protocol version": UNSUPPORTED,
    "Invalid transport": UNKNOWN_TRANSPORT,
    "Invalid session": UNKNOWN_SESSION,
    "Invalid websocket upgrade": BAD_REQUEST,
    "The client is using an unsupported version": UNSUPPORTED,
}
"""How a refused request is worded: Node's server writes the first six as text to a WebSocket and as JSON with a number
to everything else; the others are the words of Python's."""
_ORIGIN = " is not an accepted origin."


@dataclass(frozen=True, slots=True)
class Opened:
    """The open packet of a session."""

    sid: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """The server's word on a namespace: let in, or refused and why."""

    refusal: str | None = None
    outdated: bool = False
    """Let in without a session id of its own, as Socket.IO 2 does it."""


def query(engine: int, transport: str, sid: str = "") -> str:
    """Return the query that every request of a session has."""
    return f"EIO={engine}&transport={transport}" + (f"&sid={sid}" if sid else "")


def open_packet(packet: str) -> Opened | None:
    """Read an open packet; None where it is none."""
    found = _json(packet[1:]) if packet.startswith(OPEN) else None
    if not isinstance(found, dict) or not isinstance(found.get("sid"), str):
        return None
    return Opened(found["sid"])


def packets(body: str) -> tuple[int, list[str]]:
    """Split a payload of the polling transport; protocol 3 counts lengths, protocol 4 separates."""
    if not _LENGTH.match(body):
        return NEW, body.split(_SEPARATOR)
    found: list[str] = []
    while head := _LENGTH.match(body):
        end = head.end() + int(head[1])
        found.append(body[head.end() : end])
        body = body[end:]
    return OLD, found


def payload(packet: str, engine: int) -> bytes:
    """Return one packet as the polling transport sends it."""
    return (f"{len(packet)}:{packet}" if engine == OLD else packet).encode()


def error_of(reply: Reply) -> int | None:
    """Return the number of Engine.IO's error that an answer is; None where it is something else."""
    if reply.status < 400:  # noqa: PLR2004
        return None
    body = reply.body[:4096].decode("utf-8", "replace").strip()
    found = _json(body)
    if isinstance(found, dict):
        code = found.get("code")
        numbered = isinstance(code, int) and not isinstance(code, bool) and code in range(6)
        return code if numbered and isinstance(found.get("message"), str) else None
    text = found if isinstance(found, str) else body
    if reply.status != 400:  # noqa: PLR2004 - what is written as text comes with no other status
        return None
    if text.endswith(_ORIGIN):
        return FORBIDDEN
    return next((code for words, code in _WORDS.items() if text.startswith(words) and _whole(text, words)), None)


def _whole(text: str, words: str) -> bool:
    """Whether the text is those words; only Python's go on, with the session or the names of the protocols."""
    return text == words or words.startswith(("Invalid session", "The client"))


def connect_packet(namespace: str, auth: dict[str, str], engine: int) -> str:
    """Ask for a namespace; protocol 3 knows no `auth` and enters the default namespace unasked."""
    said = json.dumps(auth) if auth and engine == NEW else ""
    return f"{MESSAGE}0{_prefix(namespace)}{said}"


def event_packet(namespace: str, event: str) -> str:
    """Send an event, which is a JSON array."""
    return f"{MESSAGE}2{_prefix(namespace)}{event}"


def left(packet: str, namespace: str) -> bool:
    """Whether the server puts the client out of the namespace again."""
    return packet[:2] == f"{MESSAGE}1" and _split(packet[2:])[0] == namespace


def entered(packet: str, namespace: str) -> Entered | None:
    """Read the server's word on the namespace; None for any other packet."""
    kind = packet[:2]
    if kind not in {f"{MESSAGE}0", f"{MESSAGE}4"}:
        return None
    about, said = _split(packet[2:])
    if about != namespace:
        return None
    if kind == f"{MESSAGE}0":
        held = _json(said)
        return Entered(outdated=not (isinstance(held, dict) and "sid" in held))
    return Entered(refusal=_message(said))


def _prefix(namespace: str) -> str:
    return "" if namespace == "/" else f"{namespace},"


def _split(rest: str) -> tuple[str, str]:
    if not rest.startswith("/"):
        return "/", rest
    name, _, said = rest.partition(",")
    return name.partition("?")[0], said


def _message(said: str) -> str:
    held = _json(said)
    if isinstance(held, dict) and isinstance(held.get("message"), str):
        return str(held["message"]) or "no reason given"
    return (held if isinstance(held, str) else said) or "no reason given"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
