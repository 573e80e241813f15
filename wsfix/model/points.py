"""The eight places at which a socket's configuration stands, from the page to the packet filter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Place(IntEnum):
    """One place of configuration; the number is its row."""

    CLIENT_ENV = 1
    BACKEND_ENV = 2
    PROXY = 3
    BACKEND = 4
    DEV_PROXY = 5
    CERTIFICATE = 6
    FIREWALL = 7
    BROWSER_URL = 8

    @property
    def word(self) -> str:
        """The place's name as the report prints it."""
        return _WORDS[self]


_WORDS = {
    Place.CLIENT_ENV: "frontend env",
    Place.BACKEND_ENV: "backend env",
    Place.PROXY: "proxy",
    Place.BACKEND: "backend endpoint",
    Place.DEV_PROXY: "dev proxy",
    Place.CERTIFICATE: "certificate",
    Place.FIREWALL: "firewall",
    Place.BROWSER_URL: "browser URL",
}


class State(StrEnum):
    """What is known of a place: fine is said only with a proof."""

    FINE = "fine"
    FAULT = "at fault"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Point:
    """One place, what is known of it, and by what."""

    place: Place
    state: State
    proof: str
    """What shows it, or why it was not seen."""
    codes: tuple[str, ...] = ()
    """Of the faults that were found there."""
