"""What is said behind the way in: the opening handshake, its proof, and with Socket.IO the polling beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wsfix.model.hop import Hop
from wsfix.model.walk import Exchange, Failure, Handshake, Phase, Place, Session
from wsfix.probes.approach import Approach
from wsfix.probes.engineio import error_of
from wsfix.probes.exchange import Way
from wsfix.probes.polling import alternatives, poll
from wsfix.probes.socketio import begun, converse
from wsfix.probes.stream import let_go, trouble_of
from wsfix.probes.suspicion import unasked
from wsfix.probes.websocket import Tunnel, open_socket, prove

_OF_TLS = frozenset({Failure.TLS_FAILED, Failure.TLS_VERSION, Failure.TLS_NAME, Failure.TLS_CLIENT})
_ENOUGH = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.RESET, *_OF_TLS})
"""Where the first question ends so, further ones would only wait as long."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What came of it, and at which hop it ended."""

    handshake: Handshake
    session: Session | None = None
    wall: Hop | None = None
    reason: str = ""


def talk(way: Way, approach: Approach, phases: list[Phase]) -> Talk:
    """Open the socket and prove it; of Socket.IO all transports that its clients use."""
    if approach.site.protocol != "socketio":
        handshake, _ = _socket(way, approach, phases)
        session = unasked(way, approach, handshake)
        return Talk(handshake, session, wall_of(approach.place, handshake), handshake.reason)
    if "websocket" not in approach.site.socketio.transports:
        return _only_polling(way, approach, phases)
    handshake, session = _socket(way, approach, phases)
    return _beside(way, approach, phases, handshake, session or begun(approach))


def handshake_of(way: Way, approach: Approach) -> Handshake:
    """Open and prove the socket once more, in other words; only the handshake counts."""
    return _socket(way, approach, [])[0]


def wall_of(place: Place, handshake: Handshake) -> Hop | None:
    """Return the hop that a handshake stopped at; which of those behind the proxy it was, only other walks tell."""
    if handshake.proved:
        return None
    if handshake.accepted:
        return Hop.APPLICATION
    if handshake.failure in _OF_TLS:
        return Hop.TLS
    return Hop.BACKEND if place is Place.BACKEND else Hop.PROXY


def _socket(way: Way, approach: Approach, phases: list[Phase]) -> tuple[Handshake, Session | None]:
    began, deadline = approach.clock(), approach.deadline()
    try:
        stream = way.open(approach)
    except OSError as error:
        trouble = trouble_of(error, "the wait for a connection", deadline)
        handshake = Handshake(approach.opening.origin, failure=trouble.failure, reason=trouble.reason)
        phases.append(_phase("upgrade", handshake, approach.clock() - began))
        return handshake, None
    handshake, tunnel = open_socket(stream, approach.opening, approach.deadline(), approach.mask)
    phases.append(_phase("upgrade", handshake, approach.clock() - began))
    if tunnel is None:
        let_go(stream)
        return handshake, None
    return _echo(tunnel, handshake, approach, phases)


def _echo(
    tunnel: Tunnel, handshake: Handshake, approach: Approach, phases: list[Phase]
) -> tuple[Handshake, Session | None]:
    began, deadline = approach.clock(), approach.deadline()
    session = None
    if approach.site.protocol == "socketio":
        proved, session = converse(tunnel, handshake, approach, deadline)
    else:
        proved = prove(tunnel, handshake, approach.proof, deadline, approach.mask)
    phases.append(_phase("echo", proved, approach.clock() - began))
    tunnel.close(deadline, proved.failure)
    return proved, session


def _beside(way: Way, approach: Approach, phases: list[Phase], handshake: Handshake, session: Session) -> Talk:
    """Ask by polling what clients ask by polling, and where the WebSocket failed, whether Engine.IO is there at all."""
    if handshake.reply is not None and not handshake.accepted:
        session = replace(session, code=error_of(handshake.reply))
        handshake = _in_its_words(handshake, session, approach)
    asks = not handshake.proved or "polling" in approach.site.socketio.transports
    if asks and not session.refusal and handshake.failure not in _ENOUGH:
        session = _polled(way, approach, phases, session)
    wall, reason = wall_of(approach.place, handshake), handshake.reason
    broken = _broken(approach, session)
    if wall is None and broken is not None:
        wall, reason = Hop.APPLICATION, broken.reason
    return Talk(handshake, session, wall, reason)


def _only_polling(way: Way, approach: Approach, phases: list[Phase]) -> Talk:
    """Take the session by polling for the handshake, where the clients open no WebSocket."""
    session = _polled(way, approach, phases, begun(approach))
    polling, broken = session.polling, _broken(approach, session)
    handshake = Handshake(
        origin=approach.opening.origin,
        reply=polling.reply if polling else None,
        proved=broken is None,
        failure=broken.failure if broken else None,
        reason=broken.reason if broken else "",
        seconds=polling.seconds if polling else 0.0,
    )
    began = polling is not None and polling.failure is None
    wall = Hop.APPLICATION if broken is not None and began else wall_of(approach.place, handshake)
    return Talk(handshake, session, wall, handshake.reason)


def _polled(way: Way, approach: Approach, phases: list[Phase], session: Session) -> Session:
    session = alternatives(way, approach, poll(way, approach, session))
    asked = (session.polling, session.sticky, session.switched)
    phases += [Phase(each.name, each.seconds, each.failure, each.reason) for each in asked if each is not None]
    return session


def _broken(approach: Approach, session: Session) -> Exchange | None:
    """Return the request of the polling transport that failed, where the clients use that transport."""
    if "polling" not in approach.site.socketio.transports:
        return None
    asked = (session.polling, session.sticky, session.switched)
    return next((each for each in asked if each is not None and each.failure is not None), None)


def _phase(name: str, handshake: Handshake, seconds: float) -> Phase:
    return Phase(name, seconds, handshake.failure, handshake.reason)


def _in_its_words(handshake: Handshake, session: Session, approach: Approach) -> Handshake:
    """Return the handshake with what Engine.IO itself said of it."""
    if session.code is None or handshake.reply is None:
        return handshake
    words = approach.mask.quote(handshake.reply.body.strip())
    return replace(handshake, reason=f"{handshake.reason}: {words}")
