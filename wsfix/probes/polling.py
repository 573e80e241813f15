"""The polling transport of Engine.IO: a session, whether its requests find each other, and its switch to a WebSocket."""

from __future__ import annotations

from dataclasses import replace

from wsfix.model.walk import Exchange, Failure, Reply, Session
from wsfix.probes import engineio
from wsfix.probes.approach import Approach
from wsfix.probes.exchange import Question, Way, answered, exchange, failed
from wsfix.probes.masking import Mask
from wsfix.probes.opening import fresh_key
from wsfix.probes.socketio import switch
from wsfix.probes.stream import Broken, let_go, trouble_of
from wsfix.probes.websocket import open_socket

_POLLING = "polling"
_HEADERS = (("Accept", "*/*"), ("Content-Type", "text/plain;charset=UTF-8"))
_MOST_POLLS = 5
_KEPT_ALIVE = 2
"""Further requests that change nothing: two workers that take turns at random miss them all once in sixteen times."""


def poll(way: Way, approach: Approach, session: Session) -> Session:
    """Begin a session by polling, enter the namespace over several connections, and switch it to a WebSocket."""
    told, opened, body = _opened(way, approach, session.engine, approach.opening.path, _POLLING)
    session = replace(session, polling=told)
    transports = approach.site.socketio.transports
    if opened is None or told.failure is not None or _POLLING not in transports:
        return session
    run = _Polls(way, approach, session, opened.sid)
    run.enter(body)
    if run.told.failure is not None:
        return run.session
    if "websocket" in transports:
        return replace(run.session, switched=_switched(way, run.approach, session.engine, opened.sid))
    return run.session


def alternatives(way: Way, approach: Approach, session: Session) -> Session:
    """Ask by the other protocol, or at other usual paths, where Engine.IO did not answer as it was asked."""
    other = engineio.OLD if session.engine == engineio.NEW else engineio.NEW
    path, asked = approach.opening.path, []
    if session.speaks:
        if _doubts(session):
            asked.append((other, path, f"Engine.IO {other}"))
    elif session.polling is not None and session.polling.reply is not None and session.polling.reply.status < 500:  # noqa: PLR2004
        asked += [(session.engine, each, f"path {each}") for each in _paths(path)]
    return replace(session, others=tuple(_opened(way, approach, *each)[0] for each in asked))


def answers_at(way: Way, approach: Approach, path: str) -> Exchange:
    """Ask for a session at a path, and go no further."""
    return _opened(way, approach, engineio.NEW, path, f"path {path}")[0]


def _doubts(session: Session) -> bool:
    polling = session.polling
    other = polling is not None and (
        polling.code == engineio.UNSUPPORTED or polling.engine not in {None, session.engine}
    )
    return session.outdated or session.code == engineio.UNSUPPORTED or other


def _paths(path: str) -> list[str]:
    toggled = path.removesuffix("/") if path.endswith("/") and path != "/" else f"{path}/"
    folder = path if path.endswith("/") else f"{path}/"
    found = dict.fromkeys((toggled, "/socket.io/", f"{folder}socket.io/", "/ws/"))
    return [each for each in found if each != path]


def _opened(
    way: Way, approach: Approach, engine: int, path: str, name: str
) -> tuple[Exchange, engineio.Opened | None, list[str]]:
    """Ask for a session; the packets that follow the open packet come along."""
    told, reply = exchange(way, approach, name, _question(approach, engine, path))
    if reply is None:
        return told, None, []
    spoken, found = engineio.packets(reply.body.decode("utf-8", "replace"))
    opened = engineio.open_packet(found[0]) if found and reply.status == 200 else None  # noqa: PLR2004
    if opened is None:
        told = replace(told, code=engineio.error_of(reply))
        return failed(told, _word(told), f"polling is answered {_said(reply, approach)}"), None, []
    told = replace(told, engine=spoken)
    if spoken != engine:
        return failed(told, Failure.ENGINE_IO, f"the server speaks Engine.IO {spoken}, not {engine}"), None, []
    return told, opened, found[1:]


def _question(approach: Approach, engine: int, path: str, sid: str = "", body: bytes | None = None) -> Question:
    own = approach.opening.query
    query = engineio.query(engine, _POLLING, sid) + (f"&{own}" if own else "")
    return Question(path, query, "GET" if body is None else "POST", _HEADERS, body)


def _said(reply: Reply, approach: Approach) -> str:
    words = approach.mask.quote(reply.body.strip(), 80)
    return answered(approach.mask.reply(reply)) + (f" {words}" if words else "")


def _word(told: Exchange) -> Failure:
    return Failure.NOT_STICKY if told.code == engineio.UNKNOWN_SESSION else Failure.STATUS


class _Polls:
    """The further requests of one session, each on a connection of its own."""

    def __init__(self, way: Way, approach: Approach, session: Session, sid: str) -> None:
        self.way, self.session, self.sid = way, session, sid
        self.approach = replace(approach, mask=approach.mask.joined(Mask.of({"sid": sid})))
        self.told = session.polling or Exchange("session", approach.opening.path)

    def enter(self, came: list[str]) -> None:
        engine, namespace = self.session.engine, self.session.namespace
        asks = engine == engineio.NEW or namespace != "/"
        packet = engineio.connect_packet(namespace, dict(self.approach.auth), engine) if asks else engineio.PING
        self._ask(engineio.payload(packet, engine))
        polls = 0
        while not self._entered(came) and self.told.failure is None:
            if polls == _MOST_POLLS:
                reason = f"no answer for the namespace {namespace} came in {polls} polls"
                self.told = failed(self.told, Failure.NO_ECHO, reason)
                self.session = replace(self.session, sticky=self.told)
                break
            came, polls = self._ask(None), polls + 1
        pong = engineio.payload(engineio.PONG if engine == engineio.NEW else engineio.PING, engine)
        for _ in range(_KEPT_ALIVE):
            if self.told.failure is None:
                self._ask(pong)

    def _entered(self, came: list[str]) -> bool:
        """Look for the server's word on the namespace among the packets that came."""
        words = (engineio.entered(packet, self.session.namespace) for packet in came)
        word = next((each for each in words if each is not None), None)
        if word is None:
            return False
        if word.refusal is not None:
            said = self.approach.mask.quote(word.refusal, 120)
            reason = f"the server refuses the namespace {self.session.namespace}: {said}"
            self.told = failed(self.told, Failure.NAMESPACE, reason)
            self.session = replace(self.session, refusal=said, sticky=self.told)
        else:
            self.session = replace(self.session, connected=True)
        return True

    def _ask(self, body: bytes | None) -> list[str]:
        if self.told.failure is not None:
            return []
        question = _question(self.approach, self.session.engine, self.approach.opening.path, self.sid, body)
        told, reply = exchange(self.way, self.approach, "session", question)
        if reply is not None and reply.status != 200:  # noqa: PLR2004
            told = replace(told, code=engineio.error_of(reply))
            told = failed(
                told, _word(told), f"a further request of the session is answered {_said(reply, self.approach)}"
            )
        seconds = told.seconds + (self.session.sticky.seconds if self.session.sticky else 0.0)
        self.told = replace(told, seconds=seconds)
        self.session = replace(self.session, sticky=self.told)
        return [] if reply is None or body is not None else engineio.packets(reply.body.decode("utf-8", "replace"))[1]


def _switched(way: Way, approach: Approach, engine: int, sid: str) -> Exchange:
    """Open a WebSocket for the session that was begun by polling."""
    query = engineio.query(engine, "websocket", sid)
    opening = replace(approach.opening, transport=query, key=fresh_key())
    began, deadline = approach.clock(), approach.deadline()
    told, stream = Exchange("switch", opening.path), None
    try:
        stream = way.open(approach)
        handshake, tunnel = open_socket(stream, opening, deadline, approach.mask)
        told = replace(told, reply=handshake.reply, failure=handshake.failure, reason=handshake.reason)
        if tunnel is not None:
            switch(tunnel, approach, approach.deadline())
            tunnel.close(approach.deadline())
    except EOFError:
        told = failed(told, Failure.EARLY_CLOSE, "the connection ended inside the switch from polling to a WebSocket")
    except (OSError, Broken) as error:
        trouble = trouble_of(error, "the switch from polling to a WebSocket", deadline)
        told = failed(told, trouble.failure, trouble.reason)
    finally:
        if stream is not None:
            let_go(stream)
    if told.reply is not None and told.failure is Failure.STATUS:
        told = replace(told, code=engineio.error_of(told.reply))
    return replace(told, seconds=approach.clock() - began)
