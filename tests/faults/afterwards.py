"""What a case says of the time after the 101: silent sockets, and a message told to many."""

from __future__ import annotations

from typing import Any

from wsfix.model.after import Delivery, Ear, Silence, Way
from wsfix.model.walk import Failure, Handshake, Place, Reply

ORIGIN = "https://chat.example.com"


def silences(said: dict[str, Any]) -> tuple[Silence, ...]:
    """Return them: `{"at": "OUTSIDE", "held": 60.1, "ends": 1006}`; without `ends` the socket lived."""
    return tuple(_silence(each) for each in said.get("silences", []))


def _silence(said: dict[str, Any]) -> Silence:
    code = said.get("ends")
    unopened = said.get("unopened", "")
    failure = Failure(said["failure"]) if "failure" in said else Failure.EARLY_CLOSE if code is not None else None
    headers = tuple(said.get("headers", {}).items())
    return Silence(
        asked=65.0,
        held=said.get("held", 65.0),
        failure=Failure.STATUS if unopened else failure,
        reason=unopened or said.get("reason", ""),
        close_code=code,
        close_reason=said.get("says", ""),
        pings=tuple(said.get("pings", [])),
        beats=tuple(said.get("beats", [])),
        place=Place[said["at"]],
        pinged_every=said.get("pinged_every"),
        displaced=said.get("displaced", False),
        handshake=None if unopened else Handshake(ORIGIN, Reply(101, "", headers), accepted=True, proved=True),
    )


def delivery(said: dict[str, Any]) -> Delivery | None:
    """Return it: `{"ears": "h.hx"}`, where h heard, a dot did not, x was closed and - was never opened."""
    told = said.get("delivery")
    if told is None:
        return None
    return Delivery(
        Way(told.get("way", "a socket")),
        ears=_ears(told.get("ears", "")),
        published=not told.get("reason", ""),
        reason=told.get("reason", ""),
        same_user=told.get("same_user", True),
        again=_ears(told.get("again", "")),
    )


def _ears(word: str) -> tuple[Ear, ...]:
    return tuple(Ear(opened=sign != "-", heard=sign == "h", closed=sign == "x") for sign in word)
