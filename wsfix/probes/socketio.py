"""Socket.IO over an accepted WebSocket: the open packet, the namespace, and an event where one is asked for."""

from __future__ import annotations

from dataclasses import replace

from wsfix.model.walk import Failure, Handshake, Session
from wsfix.probes import engineio
from wsfix.probes.approach import Approach
from wsfix.probes.frames import Frame, Opcode
from wsfix.probes.stream import Broken, Deadline
from wsfix.probes.websocket import Tunnel, closed, ended

_SHOWN = 120
_PONG_SECONDS = 1.0
_ANSWER = 4096
_HTTP = b"HTTP/"


def begun(approach: Approach) -> Session:
    """Return a session of which nothing was seen yet."""
    spoken = approach.site.socketio
    return Session(engine=spoken.engine, namespace=spoken.namespace)


def converse(tunnel: Tunnel, handshake: Handshake, approach: Approach, deadline: Deadline) -> tuple[Handshake, Session]:
    """Speak until the namespace lets in and the event that is asked for came; that alone is proof."""
    talk = _Talk(tunnel, approach, deadline)
    try:
        answer = talk.run()
    except Broken as error:
        return replace(handshake, failure=error.trouble.failure, reason=error.trouble.reason), talk.session
    except _Closed as error:
        return closed(tunnel, handshake, error.frame, deadline, approach.mask), talk.session
    except TimeoutError:
        return replace(handshake, failure=Failure.NO_ECHO, reason=talk.missing()), talk.session
    except (EOFError, OSError) as error:
        return ended(tunnel, handshake, error, deadline), talk.session
    return replace(handshake, proved=True, answer=answer), talk.session


def switch(tunnel: Tunnel, approach: Approach, deadline: Deadline) -> None:
    """Take over a polling session as clients do; raises Broken, OSError and EOFError where the server does not."""
    talk = _Talk(tunnel, approach, deadline)
    talk.send(engineio.PROBE_PING)
    try:
        answer = talk.receive()
    except _Closed:
        raise EOFError from None
    if answer != engineio.PROBE_PONG:
        raise Broken(Failure.ENGINE_IO, f"the server answered {approach.mask.quote(answer)} to 2probe, not 3probe")
    talk.send(engineio.UPGRADE)


class _Closed(Exception):
    """The server closed the socket in order."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        super().__init__("closed")


class _Talk:
    """One conversation; what was seen of it is kept, however it ends."""

    def __init__(self, tunnel: Tunnel, approach: Approach, deadline: Deadline) -> None:
        self.tunnel, self.approach, self.deadline = tunnel, approach, deadline
        self.session = begun(approach)

    def run(self) -> str:
        self._open()
        self._enter()
        if self.session.engine == engineio.OLD:
            self.send(engineio.PING)
            while self.receive() != engineio.PONG:
                continue
        return self._event()

    def missing(self) -> str:
        """Say what did not come in time."""
        awaited = "no open packet of Engine.IO"
        if self.session.opened:
            awaited = f"no answer for the namespace {self.session.namespace}"
        if self.session.connected:
            awaited = "no message with what was awaited" if self.approach.proof.expect else "no event"
        return f"the socket was accepted, but {awaited} came within {self.deadline.seconds:g} s"

    def send(self, packet: str) -> None:
        self.tunnel.send(Opcode.TEXT, packet.encode(), self.deadline)

    def receive(self) -> str:
        """Return the next message; pings of both kinds are answered."""
        while True:
            frame = self.tunnel.receive(self.deadline)
            if frame.opcode is Opcode.CLOSE:
                raise _Closed(frame)
            if frame.opcode is Opcode.PING:
                self.tunnel.send(Opcode.PONG, frame.payload, self.deadline)
            if frame.opcode.control:
                continue
            text = frame.payload.decode("utf-8", "backslashreplace")
            if text != engineio.PING:
                return text
            self.send(engineio.PONG)

    def _open(self) -> None:
        if self.tunnel.first(self.deadline).startswith(_HTTP):
            self._refused_inside()
        text = self.receive()
        if engineio.open_packet(text) is None:
            shown = self.approach.mask.quote(text, _SHOWN)
            self.session = replace(self.session, first=shown)
            raise Broken(
                Failure.ENGINE_IO, f"the first message is {shown} and no open packet of Engine.IO: a plain WebSocket"
            )
        self.session = replace(self.session, opened=True)

    def _refused_inside(self) -> None:
        """Read a refusal that Node's server writes as HTTP after its own 101."""
        reply = self.approach.mask.reply(self.tunnel.answer(self.deadline, self.approach.mask))
        self.session = replace(self.session, code=engineio.error_of(reply))
        words = self.approach.mask.quote(reply.body.strip(), _SHOWN)
        raise Broken(Failure.ENGINE_IO, f"after its 101 the server answered {reply.status} {words}")

    def _enter(self) -> None:
        session = self.session
        if session.engine == engineio.NEW or session.namespace != "/":
            self.send(engineio.connect_packet(session.namespace, dict(self.approach.auth), session.engine))
        while (word := engineio.entered(self.receive(), session.namespace)) is None:
            continue
        if word.refusal is not None:
            said = self.approach.mask.quote(word.refusal, _SHOWN)
            self.session = replace(session, refusal=said)
            raise Broken(Failure.NAMESPACE, f"the server refuses the namespace {session.namespace}: {said}")
        if word.outdated and session.engine == engineio.NEW:
            self.session = replace(session, outdated=True)
            raise Broken(Failure.ENGINE_IO, "the server speaks as Socket.IO 2 does (Engine.IO 3), not protocol 4")
        self.session = replace(session, connected=True)

    def _stays(self) -> str:
        """Ask once more below Socket.IO (RFC 6455 section 5.5.2): what the server said at once comes before its pong.

        The namespace is proof already, so that a pong which does not come soon is not waited for.
        """
        soon = self.deadline.renewed().no_later_than(_PONG_SECONDS)
        self.tunnel.send(Opcode.PING, b"", soon)
        while (frame := self._until(soon)) is not None and frame.opcode is not Opcode.PONG:
            if frame.opcode is Opcode.CLOSE:
                raise _Closed(frame)
            if frame.opcode is Opcode.PING:
                self.tunnel.send(Opcode.PONG, frame.payload, self.deadline)
            elif not frame.opcode.control:
                text = self._kept(frame.payload.decode("utf-8", "backslashreplace"))
                if text == engineio.PING:
                    self.send(engineio.PONG)
        return ""

    def _until(self, soon: Deadline) -> Frame | None:
        try:
            return self.tunnel.receive(soon)
        except TimeoutError:
            return None

    def _kept(self, packet: str) -> str:
        if not engineio.left(packet, self.session.namespace):
            return packet
        self.session = replace(self.session, connected=False)
        raise Broken(
            Failure.EARLY_CLOSE,
            f"the server let the client into the namespace {self.session.namespace} and put it out again at once",
        )

    def _event(self) -> str:
        proof, event = self.approach.proof, f"{engineio.MESSAGE}2"
        if proof.pings:
            return self._stays()
        if proof.text is not None:
            self.send(engineio.event_packet(self.session.namespace, proof.text))
        while not (text := self._kept(self.receive())).startswith(event) or (proof.expect or "") not in text:
            continue
        return self.approach.mask.quote(text, _ANSWER)
