"""A socket that is opened to be kept: the way in, the log-in, the handshake and the proof, and then the tunnel itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from wsfix.model.walk import Failure, Handshake
from wsfix.probes.approach import Approach
from wsfix.probes.credential import Keyring, carrying, wanted
from wsfix.probes.entrance import enter
from wsfix.probes.exchange import Way
from wsfix.probes.socketio import converse
from wsfix.probes.stream import Deadline, let_go, trouble_of
from wsfix.probes.websocket import Tunnel, open_socket, prove


@dataclass(frozen=True, slots=True)
class Lasting:
    """One socket, open or not; where it is not, why."""

    approach: Approach = field(repr=False)
    """With the credential in its place."""
    tunnel: Tunnel | None = field(default=None, repr=False)
    handshake: Handshake | None = None
    failure: Failure | None = None
    reason: str = ""
    began: float = 0.0
    """When this side had said its last word, by the approach's clock."""
    way: Way | None = field(default=None, repr=False)
    """The way in, for requests beside the socket: each opens a connection of its own."""

    def close(self, deadline: Deadline, failure: Failure | None = None) -> None:
        """Say goodbye, where there is anybody to say it to."""
        if self.tunnel is not None:
            self.tunnel.close(deadline, failure)


def open_lasting(approach: Approach, keyring: Keyring | None = None) -> Lasting:
    """Open a socket as a client does, and prove it where the inventory says what proves it."""
    entrance = enter(approach)
    if entrance.stream is None:
        trouble = entrance.trouble
        return Lasting(approach, failure=trouble.failure if trouble else None, reason=trouble.reason if trouble else "")
    way = Way(entrance.address, entrance.stream)
    if entrance.trouble is not None:
        approach = approach.unverified()
    elif wanted(approach.site):
        carried = (keyring or Keyring()).carried(way, approach)
        if carried.trouble is not None:
            way.leave()
            return Lasting(approach, failure=carried.trouble.failure, reason=carried.trouble.reason)
        approach = carrying(approach, carried)
    return _opened(approach, way)


def _opened(approach: Approach, way: Way) -> Lasting:
    deadline = approach.deadline()
    try:
        stream = way.open(approach)
    except OSError as error:
        trouble = trouble_of(error, "the wait for a connection", deadline)
        return Lasting(approach, failure=trouble.failure, reason=trouble.reason)
    handshake, tunnel = open_socket(stream, approach.opening, approach.deadline(), approach.mask)
    if tunnel is None:
        let_go(stream)
    else:
        handshake = _proved(approach, tunnel, handshake)
    held = Lasting(approach, tunnel, handshake, handshake.failure, handshake.reason, approach.clock(), way)
    if tunnel is None or handshake.failure is not None:
        held.close(approach.deadline(), handshake.failure)
        return replace(held, tunnel=None)
    return held if approach.site.protocol == "socketio" or _asked(approach) else replace(held, began=tunnel.opened)


def _proved(approach: Approach, tunnel: Tunnel, handshake: Handshake) -> Handshake:
    if approach.site.protocol == "socketio":
        return converse(tunnel, handshake, approach, approach.deadline())[0]
    if _asked(approach):
        return prove(tunnel, handshake, approach.proof, approach.deadline(), approach.mask)
    return handshake


def _asked(approach: Approach) -> bool:
    return not approach.proof.pings
