"""Adds to a walk what a case says of Socket.IO, of the token flow, and of the handshake in other words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsfix.model.walk import Credential, Exchange, Failure, Handshake, Phase, Reply, Session, Walk

ORIGIN = "https://chat.example.com"


def talked(walk: Walk, said: dict[str, Any]) -> Walk:
    """Return the walk with those parts; what is not said stays as it is."""
    handshake = walk.handshake or Handshake(ORIGIN)
    handshake = replace(
        handshake,
        accepted=said.get("accepted", handshake.accepted),
        close_code=said.get("close_code"),
        close_reason=said.get("close_reason", ""),
        subprotocol=said.get("subprotocol"),
        answer=said.get("answer", ""),
        seconds=said.get("seconds", 0.0),
    )
    sound = said.get("sound", False)
    if sound:
        handshake = replace(handshake, accepted=True, proved=True)
    return replace(
        walk,
        handshake=handshake,
        session=_session(said["session"]) if "session" in said else None,
        credential=_credential(said["credential"]) if "credential" in said else None,
        plain=_reply(said["plain"]) if isinstance(said.get("plain"), dict) else walk.plain,
        phases=tuple(Phase(name, seconds, Failure(failure)) for name, seconds, failure in said.get("phases", [])),
        tls_spoken=said.get("tls_spoken", False),
        uncompressed=_handshake(said["uncompressed"]) if "uncompressed" in said else None,
        other_origins=tuple(_handshake(each) for each in said.get("other_origins", [])),
        respelled=_handshake(said["respelled"]) if "respelled" in said else None,
        wall=None if sound else walk.wall,
    )


def _session(said: dict[str, Any]) -> Session:
    exchanges = {name: _exchange(said[name]) for name in ("polling", "sticky", "switched") if name in said}
    others = tuple(_exchange(each) for each in said.get("others", []))
    return Session(**{"engine": 4, "namespace": "/", **said, **exchanges, "others": others})


def _credential(said: dict[str, Any]) -> Credential:
    steps = tuple(_exchange(each) for each in said.get("steps", []))
    parts = {
        "rest": _exchange(said["rest"]) if "rest" in said else None,
        "bare": _handshake(said["bare"]) if "bare" in said else None,
    }
    return Credential(**{"place": "query", "name": "token", "held": True, **said, "steps": steps, **parts})


def _exchange(said: dict[str, Any]) -> Exchange:
    more = {"reply": _reply(said), "failure": Failure(said["failure"]) if "failure" in said else None}
    kept = {name: value for name, value in said.items() if name not in {"status", "body", "headers"}}
    return Exchange(**{"name": "polling", "path": "/ws/", **kept, **more})


def _handshake(said: dict[str, Any]) -> Handshake:
    proved = said.get("proved", False)
    return Handshake(
        said.get("origin"),
        _reply(said),
        accepted=said.get("accepted", proved),
        proved=proved,
        close_code=said.get("close_code"),
        reason=said.get("reason", ""),
    )


def _reply(said: dict[str, Any]) -> Reply | None:
    if "status" not in said:
        return None
    return Reply(said["status"], "", tuple(said.get("headers", {}).items()), said.get("body", "").encode())
