"""Which of a site's walks tells what the application itself does, and the exact lines that its people can change."""

from __future__ import annotations

from wsfix.errors import NotObserved
from wsfix.faults.backend.serving import by_python
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence
from wsfix.model.walk import Credential, Exchange, Failure, Handshake, Session, Walk

_NOT_FOUND = 404
_LOST = frozenset({_NOT_FOUND, 403, 500})
"""How a socket is answered there for which nothing is at home: as a page, by Starlette, and by python-socketio itself."""
HANGUP_SECONDS = (0.9, 1.6)
"""Engine.IO in Node ends an upgrade that is not for its path after 1.0 s (`destroyUpgradeTimeout`)."""


def own(seen: Seen) -> Walk:
    """Return the walk straight at the backend, or where there is none, that from outside."""
    walk = seen.observation.backend or seen.observation.outside or seen.observation.proxy
    if walk is None:
        raise NotObserved("the handshake", "the site was asked from nowhere")
    return walk


def spoken(seen: Seen) -> tuple[Walk, Session]:
    """Return that walk and what was spoken of Socket.IO; NotApplicable where that was not reached or all is well."""
    if seen.site.protocol != "socketio" or seen.works:
        raise NotApplicable
    walk = own(seen)
    if walk.session is None or walk.sound:
        raise NotApplicable
    return walk, walk.session


def refused(seen: Seen) -> Walk:
    """Return the first walk on which the server refused this client; NotApplicable where none did."""
    held = (seen.observation.outside, seen.observation.proxy, seen.observation.backend)
    walk = next((each for each in held if each is not None and each.refused), None)
    if walk is None or seen.works:
        raise NotApplicable
    return walk


def carried(walk: Walk) -> Credential:
    """Return the credential that the handshake carried; NotApplicable where it carried none."""
    if walk.credential is None or not walk.credential.held:
        raise NotApplicable
    return walk.credential


def hung_up(walk: Walk) -> bool:
    """Whether the server held the connection for a second and closed it without an answer."""
    handshake = walk.handshake
    if handshake is None or not HANGUP_SECONDS[0] <= handshake.seconds <= HANGUP_SECONDS[1]:
        return False
    return handshake.failure is Failure.CLOSED or walk.status == 502  # noqa: PLR2004


def lost_in_python(seen: Seen, walk: Walk, session: Session) -> bool:
    """Whether a server of Python answers as the application does that has no Socket.IO at this path (it is in one piece with it)."""
    if seen.observation.backend is not walk or session.polling is None or not by_python(seen):
        return False
    reply = session.polling.reply
    return reply is not None and reply.status == _NOT_FOUND and walk.status in _LOST


def elsewhere(session: Session) -> tuple[Exchange, ...]:
    """Return the alternatives at which Engine.IO answered."""
    return tuple(each for each in session.others if each.speaks)


def told(exchange: Exchange) -> Evidence:
    """Return an exchange as evidence."""
    if exchange.engine is not None and exchange.failure is None:
        said = f"an open packet of Engine.IO {exchange.engine}"
    elif exchange.reason:
        said = exchange.reason
    else:
        said = str(exchange.reply.status) if exchange.reply is not None else "no answer"
    return Evidence(f"{exchange.name} at {exchange.path}", said)


def shortly(source: str, handshake: Handshake) -> Evidence:
    """Return a handshake in other words as evidence."""
    status = handshake.reply.status if handshake.reply is not None else None
    said = "101, socket proved" if handshake.proved else handshake.reason or f"{status}"
    return Evidence(source, said)
