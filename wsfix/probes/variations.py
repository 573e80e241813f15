"""The same handshake with one thing changed, asked only where the answer can tell: no credential, another origin."""

from __future__ import annotations

from wsfix.model.site import Site
from wsfix.model.walk import DOUBTED_STATUS, Exchange, Failure, Handshake, Place, Walk
from wsfix.probes.approach import NO_ORIGIN, Approach
from wsfix.probes.credential import at_rest
from wsfix.probes.exchange import Way
from wsfix.probes.login import Carried
from wsfix.probes.stream import let_go
from wsfix.probes.talk import handshake_of

BAD_REQUEST, NOT_FOUND = 400, 404
_HUNG_UP = frozenset({Failure.CLOSED, Failure.RESET, Failure.EARLY_CLOSE, Failure.GARBAGE})


def rest(walk: Walk, way: Way, approach: Approach, carried: Carried) -> Exchange | None:
    """Ask the API with the same token, where the socket refused it."""
    return at_rest(way, approach, carried) if walk.refused else None


def bare(walk: Walk, way: Way, approach: Approach) -> Handshake | None:
    """Ask without the credential where it was refused; where it was taken, only if others may get in as well."""
    token = approach.site.probe.token
    doubtful = approach.site.has_placeholder or (token is not None and token.place == "header")
    if walk.refused or (walk.sound and walk.place is Place.OUTSIDE and doubtful):
        return handshake_of(way, approach)
    return None


def other_origins(walk: Walk, way: Way, approach: Approach) -> tuple[Handshake, ...]:
    """Ask from a page of the socket's own host, and from none, where the page's origin was refused with 401, 403 or 400.

    Action Cable words that as 404 `Page not found`.
    """
    reply = walk.handshake.reply if walk.handshake else None
    cable = reply is not None and reply.status == NOT_FOUND and reply.body.startswith(b"Page not found")
    if walk.status not in DOUBTED_STATUS and not cable:
        return ()
    asked = [each for each in (_own(approach.site), NO_ORIGIN) if (each or None) != approach.opening.origin]
    return tuple(handshake_of(way, approach.by(origin)) for origin in asked)


_LOST = frozenset({400, 403, 404, 500})
"""How servers answer a socket for whose path they have no route."""


def respelled(walk: Walk, way: Way, approach: Approach) -> Handshake | None:
    """Ask for the path with a slash more or fewer, where the answer may be that of a server without a route for it."""
    handshake = walk.handshake
    if walk.place is Place.PROXY or approach.site.protocol == "socketio" or approach.opening.path == "/":
        return None
    if handshake is None or handshake.proved or any(each.accepted for each in walk.other_origins):
        return None
    hung_up = handshake.reply is None and handshake.failure in {Failure.CLOSED, Failure.RESET}
    put_out = handshake.accepted and handshake.close_code in _WITHOUT_A_WORD
    return handshake_of(way, approach.respelled()) if walk.status in _LOST or hung_up or put_out else None


_WITHOUT_A_WORD = frozenset({1000, 1005, 1006})
_UNREADABLE_CODES = frozenset({1002, 1007, 1010})
"""Close codes of a peer that could not read frames or extensions (RFC 6455 section 7.4.1)."""


def uncompressed(walk: Walk, way: Way, approach: Approach) -> Handshake | None:
    """Ask without permessage-deflate, where what came behind the 101 could not be read by one of both."""
    handshake = walk.handshake
    if handshake is None or not handshake.accepted or handshake.proved:
        return None
    broken = handshake.failure is Failure.PROTOCOL or handshake.close_code in _UNREADABLE_CODES
    return handshake_of(way, approach.uncompressed()) if broken else None


def speaks_tls(walk: Walk, way: Way, approach: Approach) -> bool:
    """Try TLS where a backend that was asked plainly hung up, or wrote of HTTPS; most servers of TLS say nothing then."""
    handshake = walk.handshake
    if walk.place is not Place.BACKEND or approach.context is not None or handshake is None:
        return False
    if handshake.reply is not None:
        asked = handshake.reply.status == BAD_REQUEST and b"HTTPS" in handshake.reply.body.upper()
    else:
        asked = handshake.failure in _HUNG_UP
    if not asked:
        return False
    try:
        let_go(way.open(approach.unverified()))
    except OSError:  # what OpenSSL raises is one, too
        return False
    return True


def _own(site: Site) -> str:
    return site.model_copy(update={"origins": ()}).page_origins[0]
