"""One message told to many sockets: how many of them hear it."""

from __future__ import annotations

import json
import secrets as randomness
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from wsfix.model.after import Delivery, Ear, Way
from wsfix.model.probing import Telling
from wsfix.model.site import Site
from wsfix.model.walk import Failure
from wsfix.probes import engineio
from wsfix.probes.approach import Approach, from_outside
from wsfix.probes.credential import Keyring
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.exchange import Question, answered, exchange
from wsfix.probes.frames import Opcode
from wsfix.probes.lasting import Lasting, open_lasting
from wsfix.probes.login import OK
from wsfix.probes.stream import Broken, Clock, Deadline, Dial, dial_tcp, trouble_of
from wsfix.probes.websocket import Tunnel

MOST = 64
_NONCE = "{nonce}"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_CLOSED = "closed before the message"


def deliver(
    site: Site,
    telling: Telling,
    number: int,
    secrets: Mapping[str, str] | None = None,
    *,
    dial: Dial = dial_tcp,
    lookup: Lookup = look_up,
    clock: Clock = time.monotonic,
) -> Delivery:
    """Open so many sockets from outside, publish once, and count; where only the last one hears, do it once more."""
    keyring = Keyring()

    def approach(index: int) -> Approach:
        return from_outside(
            _of_user(site, telling, index), secrets=secrets, origin=None, dial=dial, lookup=lookup, clock=clock
        )

    teller = _Teller(telling, open_lasting(approach(0), keyring))
    held = [open_lasting(approach(index), keyring) for index in range(1, number + 1)]
    told = Delivery(teller.way, same_user=telling.each is None)
    reason, ears = teller.tell(held)
    told = replace(told, ears=ears, published=not reason, reason=reason)
    if told.published and told.same_user and _only_the_last_heard(ears):
        held.append(open_lasting(approach(number + 1), keyring))
        told = replace(told, again=teller.tell(held)[1])
    for each in (teller.socket, *held):
        each.close(each.approach.deadline().no_later_than(1.0))
    return told


def _of_user(site: Site, telling: Telling, index: int) -> Site:
    if telling.each is None:
        return site
    values = {**site.probe.path_values, telling.each: f"wsfix-{index}"}
    return site.model_copy(update={"probe": site.probe.model_copy(update={"path_values": values})})


def _only_the_last_heard(ears: Sequence[Ear]) -> bool:
    return len(ears) > 1 and ears[-1].heard and not any(ear.heard for ear in ears[:-1])


@dataclass(frozen=True, slots=True)
class _Teller:
    """Who publishes: a socket that is none of those that listen, or a request."""

    telling: Telling
    socket: Lasting

    @property
    def way(self) -> Way:
        return Way.SOCKET if self.telling.send is not None else Way.REQUEST

    def tell(self, held: Sequence[Lasting]) -> tuple[str, tuple[Ear, ...]]:
        """Publish while all listen; return why that was not possible, and what each heard."""
        nonce = randomness.token_hex(6)
        awaited = self.telling.expect.replace(_NONCE, nonce)
        with ThreadPoolExecutor(max_workers=max(1, len(held))) as listeners:
            listening = [listeners.submit(_listen, each, awaited, self.telling.seconds) for each in held]
            reason = self._publish(nonce)
            return reason, tuple(each.result() for each in listening)

    def _publish(self, nonce: str) -> str:
        if self.way is Way.SOCKET:
            return self._by_socket((self.telling.send or "").replace(_NONCE, nonce))
        return self._by_request(nonce)

    def _by_socket(self, text: str) -> str:
        approach, tunnel = self.socket.approach, self.socket.tunnel
        if tunnel is None:
            return f"the socket that publishes was not opened: {self.socket.reason}"
        spoken = approach.site.socketio
        packet = engineio.event_packet(spoken.namespace, text) if approach.site.protocol == "socketio" else text
        deadline = approach.deadline()
        try:
            tunnel.send(Opcode.TEXT, packet.encode(), deadline)
        except OSError as error:
            return f"the message could not be sent: {trouble_of(error, 'the sending', deadline).reason}"
        return ""

    def _by_request(self, nonce: str) -> str:
        approach, telling = self.socket.approach, self.telling
        path, _, query = (telling.path or "/").replace(_NONCE, nonce).partition("?")
        fields = {name: value.replace(_NONCE, nonce) for name, value in approach.secrets.told.items()}
        form = telling.encoding == "form"
        body = (urlencode(fields) if form else json.dumps(fields)).encode("utf-8", "surrogateescape")
        kind = ("Content-Type", _FORM if form else _JSON)
        headers = (kind, *approach.secrets.telling.items())
        posts = telling.method == "POST"
        question = Question(path, query, telling.method, headers if posts else headers[1:], body if posts else None)
        way = self.socket.way
        if way is None:
            return f"the site was not reached: {self.socket.reason}"
        told, reply = exchange(way, approach, "publish", question)
        if reply is None:
            return f"the request that publishes failed: {told.reason}"
        if reply.status not in OK:
            return f"the request that publishes ({path}) was answered {answered(approach.mask.reply(reply))}"
        return ""


def _listen(held: Lasting, awaited: str, seconds: float) -> Ear:
    """Listen for the message until it comes, the time is over or the socket is."""
    tunnel, approach = held.tunnel, held.approach
    if tunnel is None:
        return Ear(opened=False, reason=held.reason)
    deadline = Deadline.after(seconds, approach.clock)
    try:
        if _hears(tunnel, approach, awaited.encode(), deadline):
            return Ear(opened=True, heard=True)
    except TimeoutError:
        return Ear(opened=True, reason=f"no such message within {seconds:g} s")
    except Broken as error:
        return Ear(opened=True, closed=True, reason=error.trouble.reason)
    except (EOFError, OSError) as error:
        failure = (
            Failure.CLOSED if isinstance(error, EOFError) else trouble_of(error, "the listening", deadline).failure
        )
        return Ear(opened=True, closed=True, reason=f"{_CLOSED}: {failure.value}")
    return Ear(opened=True, closed=True, reason=_CLOSED)


def _hears(tunnel: Tunnel, approach: Approach, awaited: bytes, deadline: Deadline) -> bool:
    """Whether the message comes before a close frame; what the socket is asked meanwhile is answered."""
    spoken = approach.site.protocol == "socketio"
    while (frame := tunnel.receive(deadline)).opcode is not Opcode.CLOSE:
        if frame.opcode is Opcode.PING:
            tunnel.send(Opcode.PONG, frame.payload, deadline)
        elif spoken and frame.payload == engineio.PING.encode():
            tunnel.send(Opcode.TEXT, engineio.PONG.encode(), deadline)
        elif not frame.opcode.control and awaited in frame.payload:
            return True
    return False
