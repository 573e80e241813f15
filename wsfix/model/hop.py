"""The hops that a WebSocket crosses, in the order in which it crosses them."""

from __future__ import annotations

from enum import IntEnum


class Hop(IntEnum):
    """One stage on the way from the client to the application; the number is the first digit of a fault's code."""

    TEST = 0
    """The operator's own test: no stage of the way, but where a wrong conclusion begins."""
    DNS = 1
    TCP = 2
    TLS = 3
    PROXY = 4
    BACKEND = 5
    APPLICATION = 6
    CLIENT = 7

    @property
    def word(self) -> str:
        """The hop's name as the report prints it."""
        return _WORDS[self]


_WORDS = {
    Hop.TEST: "test",
    Hop.DNS: "DNS",
    Hop.TCP: "TCP",
    Hop.TLS: "TLS",
    Hop.PROXY: "proxy",
    Hop.BACKEND: "backend",
    Hop.APPLICATION: "application",
    Hop.CLIENT: "client",
}
