"""What came after the 101, asked only when wanted: a silent socket held open, and one message told to many sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wsfix.model.walk import Failure, Handshake, Place


@dataclass(frozen=True, slots=True)
class Silence:
    """What became of a socket over which this side said nothing of its own, or nothing but pings."""

    asked: float
    """So many seconds of silence were asked for."""
    held: float = 0.0
    """So many seconds after its last word it still lived, or ended."""
    failure: Failure | None = None
    """None when it lived to the end and then answered a ping."""
    reason: str = ""
    close_code: int | None = None
    close_reason: str = ""
    pings: tuple[float, ...] = ()
    """When the server pinged, in seconds of the silence."""
    beats: tuple[float, ...] = ()
    """When Engine.IO pinged: by messages, not by frames of WebSocket (its protocol, revision 4, "Heartbeat")."""
    messages: tuple[float, ...] = ()
    """When any message came, those pings among them."""
    answered_pings: bool = True
    handshake: Handshake | None = field(default=None, repr=False)
    place: Place = Place.OUTSIDE
    target: str = ""
    pinged_every: float | None = None
    """This side pinged after so many seconds; None where it was silent."""
    displaced: bool = False
    """It ended as soon as another socket of the same user was opened: that tells nothing of silence."""

    @property
    def survived(self) -> bool:
        """Whether the socket outlived the silence."""
        return self.failure is None

    @property
    def opened(self) -> bool:
        """Whether there was a socket to be silent on."""
        return self.handshake is not None and self.handshake.failure is None

    @property
    def ended(self) -> bool:
        """Whether the silence itself, or what came in it, ended the socket."""
        return self.opened and not self.survived and not self.displaced

    @property
    def vanished(self) -> bool:
        """Whether it died without a word: no end was seen, and the ping at the end was not answered."""
        return self.ended and self.failure is Failure.NO_ECHO

    @property
    def heartbeats(self) -> tuple[float, ...]:
        """When the server kept the socket alive, by frames or by messages of Engine.IO."""
        return tuple(sorted((*self.pings, *self.beats)))


class Way(StrEnum):
    """How the message came among the sockets."""

    SOCKET = "a socket"
    REQUEST = "a request"


@dataclass(frozen=True, slots=True)
class Ear:
    """One of the sockets that listened, in the order in which they were opened."""

    opened: bool
    heard: bool = False
    closed: bool = False
    """It was closed while the others were opened, or before the time for listening was over."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, published once, and the sockets that were to hear it."""

    way: Way
    ears: tuple[Ear, ...] = ()
    published: bool = False
    reason: str = ""
    """Why nothing was published; empty where it was."""
    same_user: bool = True
    """All sockets were opened with the same path and the same credential."""
    again: tuple[Ear, ...] = ()
    """The same message once more after one further socket, the last of these, was opened; asked where only the last of
    the first had heard."""

    @property
    def opened(self) -> int:
        """How many sockets listened."""
        return sum(ear.opened for ear in self.ears)

    @property
    def heard(self) -> int:
        """How many of them heard."""
        return sum(ear.heard for ear in self.ears)

    @property
    def whole(self) -> bool:
        """Whether every socket that was asked for was opened and heard."""
        return self.published and bool(self.ears) and all(ear.heard for ear in self.ears)

    @property
    def last_wins(self) -> bool:
        """Whether each new socket of the user silences the one before it, shown twice."""
        listening = [ear for ear in self.ears if ear.opened]
        if not self.same_user or len(listening) < 2:  # noqa: PLR2004
            return False
        closed = all(ear.closed for ear in listening[:-1]) and not listening[-1].closed
        return closed or (_only_the_last(listening) and _only_the_last([e for e in self.again if e.opened]))


def _only_the_last(ears: list[Ear]) -> bool:
    return len(ears) > 1 and ears[-1].heard and not any(ear.heard for ear in ears[:-1])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked after the 101 in this run; None where it is not."""

    idle: float | None = None
    delivery: int | None = None

    def __bool__(self) -> bool:
        return self.idle is not None or self.delivery is not None
