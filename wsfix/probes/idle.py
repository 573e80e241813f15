"""A silent socket: how long it lives, who keeps it alive and who ends it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wsfix.model.site import Site
from wsfix.model.walk import Failure, Handshake, Place
from wsfix.probes import engineio
from wsfix.probes.approach import Approach, from_host, from_outside
from wsfix.probes.credential import Keyring, carrying, wanted
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.entrance import enter
from wsfix.probes.exchange import Way
from wsfix.probes.frames import Frame, Opcode
from wsfix.probes.socketio import converse
from wsfix.probes.stream import Broken, Clock, Deadline, Dial, dial_tcp, let_go, trouble_of
from wsfix.probes.websocket import Proof, Tunnel, closed, ended, open_socket, prove

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Silence:
    """What became of a socket over which this side said nothing of its own."""

    asked: float
    """So many seconds of silence were asked for."""
    held: float = 0.0
    """So many seconds after the 101 it still lived, or ended."""
    failure: Failure | None = None
    """None when it lived to the end and then answered a ping."""
    reason: str = ""
    close_code: int | None = None
    close_reason: str = ""
    pings: tuple[float, ...] = ()
    """When the server pinged, in seconds after the 101."""
    messages: tuple[float, ...] = ()
    """When a message came, in seconds after the 101; some servers ping by messages (Engine.IO)."""
    answered_pings: bool = True
    handshake: Handshake | None = field(default=None, repr=False)

    @property
    def survived(self) -> bool:
        """Whether the socket outlived the silence."""
        return self.failure is None


def idle_outside(
    site: Site,
    seconds: float,
    secrets: Mapping[str, str] | None = None,
    *,
    answer_pings: bool = True,
    dial: Dial = dial_tcp,
    lookup: Lookup = look_up,
    clock: Clock = time.monotonic,
) -> Silence:
    """Open the public socket and be silent."""
    approach = from_outside(site, secrets=secrets, origin=None, dial=dial, lookup=lookup, clock=clock)
    return _idle(approach, seconds, answer_pings=answer_pings)


def idle_from_host(
    site: Site,
    place: Place,
    dial: Dial,
    host: str,
    port: int,
    *,
    seconds: float,
    tls: bool,
    path: str,
    secrets: Mapping[str, str] | None = None,
    answer_pings: bool = True,
    clock: Clock = time.monotonic,
) -> Silence:
    """Open the socket from the site's own host and be silent: it tells whether the proxy or the backend ends it."""
    approach = from_host(site, place, dial, host, port, tls=tls, path=path, secrets=secrets, origin=None, clock=clock)
    return _idle(approach, seconds, answer_pings=answer_pings)


def _idle(approach: Approach, seconds: float, *, answer_pings: bool) -> Silence:
    silence = Silence(seconds, answered_pings=answer_pings)
    entrance = enter(approach)
    if entrance.stream is None:
        trouble = entrance.trouble
        return replace(silence, failure=trouble.failure, reason=trouble.reason) if trouble else silence
    way = Way(entrance.address, entrance.stream)
    if entrance.trouble is not None:
        approach = approach.unverified()
    elif wanted(approach.site):
        carried = Keyring().carried(way, approach)
        if carried.trouble is not None:
            way.leave()
            return replace(silence, failure=carried.trouble.failure, reason=carried.trouble.reason)
        approach = carrying(approach, carried)
    return _opened(silence, approach, way)


def _opened(silence: Silence, approach: Approach, way: Way) -> Silence:
    deadline = approach.deadline()
    try:
        stream = way.open(approach)
    except OSError as error:
        trouble = trouble_of(error, "the wait for a connection", deadline)
        return replace(silence, failure=trouble.failure, reason=trouble.reason)
    handshake, tunnel = open_socket(stream, approach.opening, approach.deadline(), approach.mask)
    if tunnel is not None and approach.site.protocol == "socketio":
        handshake, _ = converse(tunnel, handshake, approach, approach.deadline())
    if tunnel is None or handshake.failure is not None:
        let_go(stream)
        return replace(silence, failure=handshake.failure, reason=handshake.reason, handshake=handshake)
    return _held(replace(silence, handshake=handshake), tunnel, handshake, approach)


def _held(silence: Silence, tunnel: Tunnel, handshake: Handshake, approach: Approach) -> Silence:
    deadline = Deadline.after(silence.asked, approach.clock)
    spoken = approach.site.protocol == "socketio"
    listener = _Listener(tunnel, deadline, answers=silence.answered_pings, of_a_session=spoken)
    end = _listen(listener, handshake, approach)
    if end is None:
        last = approach.deadline()
        end = prove(tunnel, handshake, Proof(), last, approach.mask)
    held = approach.clock() - tunnel.opened
    tunnel.close(approach.deadline(), end.failure)
    return replace(
        silence,
        held=held,
        failure=end.failure,
        reason=end.reason,
        close_code=end.close_code,
        close_reason=end.close_reason,
        pings=tuple(listener.pings),
        messages=tuple(listener.messages),
    )


class _Listener:
    """What comes over a silent socket, and when."""

    def __init__(self, tunnel: Tunnel, deadline: Deadline, *, answers: bool, of_a_session: bool) -> None:
        self.tunnel = tunnel
        self.deadline = deadline
        self.pings: list[float] = []
        self.messages: list[float] = []
        self._answers = answers
        self._of_a_session = of_a_session and answers

    def next(self) -> Frame:
        """Return the next frame, noted and, if it is a ping, answered."""
        frame = self.tunnel.receive(self.deadline)
        after = self.deadline.clock() - self.tunnel.opened
        if frame.opcode is Opcode.PING:
            _note(self.pings, after)
            if self._answers:
                self.tunnel.send(Opcode.PONG, frame.payload, self.deadline)
        elif not frame.opcode.control:
            _note(self.messages, after)
            if self._of_a_session and frame.payload == engineio.PING.encode():
                self.tunnel.send(Opcode.TEXT, engineio.PONG.encode(), self.deadline)
        return frame


def _listen(listener: _Listener, handshake: Handshake, approach: Approach) -> Handshake | None:
    """Listen until the silence is over (None) or the socket is (how it ended)."""
    try:
        while True:
            frame = listener.next()
            if frame.opcode is Opcode.CLOSE:
                return closed(listener.tunnel, handshake, frame, listener.deadline, approach.mask)
    except TimeoutError:
        return None
    except Broken as error:
        return replace(handshake, failure=error.trouble.failure, reason=error.trouble.reason)
    except (EOFError, OSError) as error:
        return ended(listener.tunnel, handshake, error, listener.deadline)


def _note(times: list[float], after: float) -> None:
    if len(times) < _MOST:
        times.append(after)
