"""One WebSocket over a stream: opened, proved by something that crosses it, and closed in order (RFC 6455)."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, replace

from wsfix.model.walk import Failure, Handshake, Reply
from wsfix.probes.compression import Inflater
from wsfix.probes.frames import MESSAGE_LIMIT, NO_CLOSE_FRAME, Frame, Opcode, close_of, decode, encode
from wsfix.probes.http import ask, read_reply
from wsfix.probes.masking import Mask
from wsfix.probes.opening import Opening, judge, unaccepted
from wsfix.probes.stream import Broken, Deadline, Inbox, Stream, Trouble, send, trouble_of

_NORMAL = 1000
_GOODBYES = {Failure.PROTOCOL: 1002, Failure.TOO_LARGE: 1009}
_GOING = 1.0
"""Seconds for the server to answer our close."""
_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Proof:
    """What shall cross the tunnel: a text and what its echo contains, or else a ping and its pong."""

    text: str | None = None
    expect: str | None = None

    @property
    def pings(self) -> bool:
        """Whether nothing in particular was asked for."""
        return self.text is None and self.expect is None


class Tunnel:
    """An accepted socket: whole messages in, masked frames out."""

    def __init__(self, stream: Stream, inbox: Inbox, opened: float, inflater: Inflater | None = None) -> None:
        self.stream = stream
        self.opened = opened
        """When the 101 had come, by the deadline's clock."""
        self._inbox = inbox
        self._inflater = inflater
        self._begun: Opcode | None = None
        self._deflated = False
        self._parts = bytearray()

    def first(self, deadline: Deadline) -> bytes:
        """Return the first bytes that come, and leave them to be received; raises OSError and EOFError."""
        if not self._inbox.waiting and not self._inbox.more(deadline):
            raise EOFError
        return bytes(self._inbox.waiting[:16])

    def answer(self, deadline: Deadline, mask: Mask) -> Reply:
        """Read an HTTP answer, where one stands instead of frames; raises OSError and Broken."""
        return read_reply(self._inbox, deadline, mask)

    def send(self, opcode: Opcode, payload: bytes, deadline: Deadline) -> None:
        """Send one frame; raises OSError."""
        send(self.stream, encode(opcode, payload), deadline)

    def receive(self, deadline: Deadline) -> Frame:
        """Return the next control frame or whole message; raises OSError, EOFError at the end, Broken."""
        while True:
            found = decode(self._inbox.waiting, deflates=self._inflater is not None)
            if found is None:
                if not self._inbox.more(deadline):
                    raise EOFError
                continue
            frame, size = found
            self._inbox.take(size)
            whole = frame if frame.opcode.control else self._joined(frame)
            if whole is not None:
                return whole

    def close(self, deadline: Deadline, failure: Failure | None = None) -> None:
        """Say goodbye and why (section 7.4.1), wait a moment for the answer, and let go whatever comes."""
        code = _GOODBYES.get(failure, _NORMAL) if failure else _NORMAL
        soon = deadline.renewed().no_later_than(_GOING)
        with contextlib.suppress(OSError, EOFError, Broken):
            self.send(Opcode.CLOSE, code.to_bytes(2), soon)
            while self.receive(soon).opcode is not Opcode.CLOSE:
                continue
        with contextlib.suppress(OSError):
            self.stream.close()

    def _joined(self, frame: Frame) -> Frame | None:
        """Join fragments (section 5.4); None while there are more to come."""
        if (frame.opcode is Opcode.CONTINUATION) is not (self._begun is not None):
            raise Broken(Failure.PROTOCOL, "a message begins inside another, or goes on without a beginning")
        opcode = self._begun or frame.opcode
        self._deflated = frame.compressed if self._begun is None else self._deflated
        self._parts += frame.payload
        if len(self._parts) > MESSAGE_LIMIT:
            raise Broken(Failure.TOO_LARGE, f"a message is longer than {MESSAGE_LIMIT} bytes")
        self._begun = None if frame.final else opcode
        if not frame.final:
            return None
        payload = bytes(self._parts)
        self._parts.clear()
        if self._deflated and self._inflater is not None:
            payload = self._inflater.message(payload)
        whole = Frame(opcode, payload)
        return _valid(whole)


def open_socket(stream: Stream, opening: Opening, deadline: Deadline, mask: Mask) -> tuple[Handshake, Tunnel | None]:
    """Shake hands; the tunnel is there where a browser would say `open`."""
    began, inbox = deadline.clock(), Inbox(stream)
    reply = ask(inbox, opening.upgrade(), deadline, mask, "the answer to the upgrade request")
    took = deadline.clock() - began
    if isinstance(reply, Trouble):
        return Handshake(opening.origin, failure=reply.failure, reason=reply.reason, seconds=took), None
    handshake = _judged(reply, opening, mask, took)
    return handshake, Tunnel(stream, inbox, began + took, _inflater(reply)) if _open(reply, opening) else None


def _inflater(reply: Reply) -> Inflater | None:
    """Return what inflates the messages, where the server agreed to compress them."""
    extensions = reply.header("Sec-WebSocket-Extensions")
    return Inflater(extensions, MESSAGE_LIMIT) if extensions else None


def prove(tunnel: Tunnel, handshake: Handshake, proof: Proof, deadline: Deadline, mask: Mask) -> Handshake:
    """Let something cross the tunnel and say what came back; a handshake alone proves little."""
    heard = _Heard()
    try:
        ping = _ask_through(tunnel, proof, deadline)
        while True:
            frame = tunnel.receive(deadline)
            if frame.opcode is Opcode.CLOSE:
                return closed(tunnel, handshake, frame, deadline, mask)
            if _proves(frame, proof, ping):
                return _proved(handshake, frame, mask)
            if frame.opcode is Opcode.PING:
                tunnel.send(Opcode.PONG, frame.payload, deadline)
            heard = heard.and_also(frame)
    except Broken as error:
        return replace(handshake, failure=error.trouble.failure, reason=error.trouble.reason)
    except TimeoutError:
        return _unheard(handshake, proof, heard, deadline, mask)
    except (EOFError, OSError) as error:
        return ended(tunnel, handshake, error, deadline)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Messages that came and proved nothing: how many, and the first."""

    number: int = 0
    first: bytes = b""

    def and_also(self, frame: Frame) -> _Heard:
        if frame.opcode.control:
            return self
        return _Heard(self.number + 1, self.first if self.number else frame.payload)


def _proves(frame: Frame, proof: Proof, ping: bytes) -> bool:
    if frame.opcode is Opcode.PONG:
        return proof.pings and frame.payload == ping
    return not frame.opcode.control and (proof.expect is None or proof.expect.encode() in frame.payload)


def _proved(handshake: Handshake, frame: Frame, mask: Mask) -> Handshake:
    answer = "" if frame.opcode.control else mask.quote(frame.payload, _ANSWER)
    return replace(handshake, proved=True, answer=answer)


def _ask_through(tunnel: Tunnel, proof: Proof, deadline: Deadline) -> bytes:
    """Send the question; where sending fails, what the server said before it left is still worth reading."""
    ping = secrets.token_bytes(8)
    with contextlib.suppress(ConnectionError):
        if proof.text is not None:
            tunnel.send(Opcode.TEXT, proof.text.encode(), deadline)
        elif proof.pings:
            tunnel.send(Opcode.PING, ping, deadline)
    return ping


def _open(reply: Reply, opening: Opening) -> bool:
    return judge(reply, opening) is None


def _judged(reply: Reply, opening: Opening, mask: Mask, took: float) -> Handshake:
    trouble, chosen = judge(reply, opening, mask), reply.header("Sec-WebSocket-Protocol")
    return Handshake(
        origin=opening.origin,
        reply=mask.reply(reply),
        accepted=unaccepted(reply, opening) is None,
        failure=trouble.failure if trouble else None,
        reason=trouble.reason if trouble else "",
        subprotocol=None if chosen is None else mask.quote(chosen),
        seconds=took,
    )


def closed(tunnel: Tunnel, handshake: Handshake, frame: Frame, deadline: Deadline, mask: Mask) -> Handshake:
    """Return the handshake of a socket that the server closed with a frame."""
    try:
        code, words = close_of(frame.payload)
    except Broken as error:
        said = int.from_bytes(frame.payload[:2]) if len(frame.payload) > 1 else None
        return replace(handshake, failure=error.trouble.failure, reason=error.trouble.reason, close_code=said)
    shown = mask.quote(words, 125)
    after = deadline.clock() - tunnel.opened
    why = f" ({shown})" if shown else ""
    reason = f"the server closed the socket with code {code}{why}, {after:.2f} s after the 101"
    return replace(handshake, failure=Failure.EARLY_CLOSE, reason=reason, close_code=code, close_reason=shown)


def ended(tunnel: Tunnel, handshake: Handshake, error: EOFError | OSError, deadline: Deadline) -> Handshake:
    """Return the handshake of a socket that ended without a close frame."""
    after = deadline.clock() - tunnel.opened
    how = "ended" if isinstance(error, EOFError) else trouble_of(error, "the echo", deadline).failure.value
    reason = f"the connection {how} without a close frame, {after:.2f} s after the 101"
    return replace(handshake, failure=Failure.EARLY_CLOSE, reason=reason, close_code=NO_CLOSE_FRAME)


def _unheard(handshake: Handshake, proof: Proof, heard: _Heard, deadline: Deadline, mask: Mask) -> Handshake:
    missing = "neither a pong nor a message" if proof.pings else "no message"
    if proof.expect is not None:
        missing = f"no message with {mask.quote(proof.expect)}"
    others = f"; messages that came: {heard.number}, the first {mask.quote(heard.first)}" if heard.number else ""
    reason = f"the socket was accepted, but {missing} came within {deadline.seconds:g} s{others}"
    answer = mask.quote(heard.first, _ANSWER)
    return replace(handshake, failure=Failure.NO_ECHO, reason=reason, answer=answer)


def _valid(message: Frame) -> Frame:
    if message.opcode is Opcode.TEXT:
        try:
            message.payload.decode()
        except UnicodeDecodeError:
            raise Broken(Failure.PROTOCOL, "a text message is not UTF-8 (RFC 6455 section 8.1)") from None
    return message
