"""Whether Engine.IO stands behind a socket that the inventory calls a plain one; asked only where the answers look like it."""

from __future__ import annotations

from dataclasses import replace

from wsfix.model.walk import Failure, Handshake, Session
from wsfix.probes.approach import Approach
from wsfix.probes.engineio import NEW, error_of, open_packet
from wsfix.probes.exchange import Way
from wsfix.probes.polling import answers_at

HANGUP_SECONDS = (0.9, 1.6)
"""Engine.IO in Node ends an upgrade that is not for its path after 1.0 s (`destroyUpgradeTimeout`)."""
USUAL_PATH = "/socket.io/"
_GATEWAY = 502


def unasked(way: Way, approach: Approach, handshake: Handshake) -> Session | None:
    """Return what shows that Engine.IO answers a client that knows nothing of it; None where nothing does."""
    code = error_of(handshake.reply) if handshake.reply is not None and not handshake.accepted else None
    opened = open_packet(handshake.answer) is not None
    if opened or code is not None:
        return Session(NEW, "/", opened=opened, code=code)
    path = approach.opening.path
    if handshake.proved or not (_hung_up(handshake) or f"{path.rstrip('/')}/".endswith(USUAL_PATH)):
        return None
    session = Session(NEW, "/", polling=answers_at(way, approach, path))
    if not session.speaks and path != USUAL_PATH:
        session = replace(session, others=(answers_at(way, approach, USUAL_PATH),))
    return session if session.speaks or any(each.speaks for each in session.others) else None


def _hung_up(handshake: Handshake) -> bool:
    """Whether the answer is that of Node's Engine.IO to an upgrade at another path, or a proxy's word for it."""
    if not HANGUP_SECONDS[0] <= handshake.seconds <= HANGUP_SECONDS[1]:
        return False
    status = handshake.reply.status if handshake.reply is not None else None
    return handshake.failure is Failure.CLOSED or status == _GATEWAY
