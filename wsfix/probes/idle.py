"""Silent sockets: how long they live, who keeps them alive and who ends them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from wsfix.model.after import Silence
from wsfix.model.walk import Handshake
from wsfix.probes import engineio
from wsfix.probes.approach import Approach
from wsfix.probes.credential import Keyring
from wsfix.probes.frames import Frame, Opcode
from wsfix.probes.lasting import Lasting, open_lasting
from wsfix.probes.stream import Broken, Deadline
from wsfix.probes.websocket import Proof, Tunnel, closed, ended, prove

PING_SECONDS = 20.0
"""How often this side pings where it pings: less than any limit that people report (a NAT's, a load balancer's)."""
DISPLACED_SECONDS = 1.0
"""A socket that ends so soon after another one of the user was opened was not ended by its silence."""

_MOST = 10_000


def hold_all(quiet: Sequence[Quiet]) -> tuple[Silence, ...]:
    """Hold sockets at the same time; one that ended as the next was opened is marked, since it tells nothing."""
    with ThreadPoolExecutor(max_workers=max(1, len(quiet))) as holders:
        silences = tuple(holders.map(Quiet.hold, quiet))
    last = max((each.began for each in quiet), default=0.0)
    return tuple(
        replace(silence, displaced=silence.ended and _displaced(each.began, silence.held, last))
        for each, silence in zip(quiet, silences, strict=True)
    )


def _displaced(began: float, held: float, last: float) -> bool:
    return last > began and began + held <= last + DISPLACED_SECONDS


class Quiet:
    """One socket, opened when this is made, and then held."""

    def __init__(
        self,
        approach: Approach,
        seconds: float,
        *,
        answer_pings: bool = True,
        every: float | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        self.socket: Lasting = open_lasting(approach, keyring)
        self.silence = Silence(
            seconds,
            failure=self.socket.failure,
            reason=self.socket.reason,
            answered_pings=answer_pings,
            handshake=self.socket.handshake,
            place=approach.place,
            target=approach.target,
            pinged_every=every,
        )

    @property
    def began(self) -> float:
        """When the silence began, by the approach's clock."""
        return self.socket.began

    def hold(self) -> Silence:
        """Listen until the time is over or the socket is."""
        tunnel, handshake, approach = self.socket.tunnel, self.socket.handshake, self.socket.approach
        if tunnel is None or handshake is None:
            return self.silence
        listener = _Listener(tunnel, self.silence, approach, self.began)
        end = _listen(listener, handshake, approach)
        if end is None:
            end = prove(tunnel, handshake, Proof(), approach.deadline(), approach.mask)
        held = approach.clock() - self.began
        tunnel.close(approach.deadline(), end.failure)
        return replace(
            self.silence,
            held=held,
            failure=end.failure,
            reason=end.reason,
            close_code=end.close_code,
            close_reason=end.close_reason,
            pings=tuple(listener.pings),
            beats=tuple(listener.beats),
            messages=tuple(listener.messages),
        )


class _Listener:
    """What comes over a silent socket, and when."""

    def __init__(self, tunnel: Tunnel, silence: Silence, approach: Approach, began: float) -> None:
        self.tunnel, self.began = tunnel, began
        self.deadline = Deadline(began + silence.asked, silence.asked, approach.clock)
        self.pings: list[float] = []
        self.beats: list[float] = []
        self.messages: list[float] = []
        self._answers = silence.answered_pings
        self._of_a_session = approach.site.protocol == "socketio"
        old = self._of_a_session and approach.site.socketio.engine == engineio.OLD
        self._own = (Opcode.TEXT, engineio.PING.encode()) if old else (Opcode.PING, b"wsfix")
        self._every = silence.pinged_every or (PING_SECONDS if old else None)  # of Engine.IO 3 the client pings
        self._next = began + (self._every or 0.0)

    def next(self) -> Frame:
        """Return the next frame, noted and, if it is a ping, answered."""
        frame = self._received()
        after = self.deadline.clock() - self.began
        if frame.opcode is Opcode.PING:
            _note(self.pings, after)
            if self._answers:
                self.tunnel.send(Opcode.PONG, frame.payload, self.deadline)
        elif not frame.opcode.control:
            _note(self.messages, after)
            if self._of_a_session and frame.payload == engineio.PING.encode():
                _note(self.beats, after)
                if self._answers:
                    self.tunnel.send(Opcode.TEXT, engineio.PONG.encode(), self.deadline)
        return frame

    def _received(self) -> Frame:
        """Return the next frame; this side pings meanwhile, where it does."""
        while self._every is not None and self._next < self.deadline.at:
            try:
                return self.tunnel.receive(Deadline(self._next, self.deadline.seconds, self.deadline.clock))
            except TimeoutError:
                self._next += self._every
                self.tunnel.send(*self._own, self.deadline)
        return self.tunnel.receive(self.deadline)


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
