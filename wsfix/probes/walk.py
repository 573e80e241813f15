"""One walk along the path: name, connection, TLS, log-in, opening handshake and proof, until the first wall."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from wsfix.model.hop import Hop
from wsfix.model.site import Site
from wsfix.model.walk import Phase, Place, Reply, Walk
from wsfix.probes.approach import Approach, from_host, from_outside
from wsfix.probes.credential import Keyring, carrying, credential_of, wanted
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.engineio import UNKNOWN_TRANSPORT, error_of
from wsfix.probes.entrance import enter, phase
from wsfix.probes.exchange import Way
from wsfix.probes.http import get
from wsfix.probes.stream import Clock, Dial, Trouble, dial_tcp, let_go, trouble_of
from wsfix.probes.talk import talk
from wsfix.probes.variations import bare, other_origins, respelled, rest, speaks_tls, uncompressed


def walk_outside(
    site: Site,
    secrets: Mapping[str, str] | None = None,
    *,
    origin: str | None = None,
    keyring: Keyring | None = None,
    dial: Dial = dial_tcp,
    lookup: Lookup = look_up,
    clock: Clock = time.monotonic,
) -> Walk:
    """Walk as a browser does. Secrets come from the environment unless given; `origin` is the page's unless given."""
    approach = from_outside(site, secrets=secrets, origin=origin, dial=dial, lookup=lookup, clock=clock)
    return _walk(approach, keyring or Keyring())


def walk_from_host(
    site: Site,
    place: Place,
    dial: Dial,
    host: str,
    port: int,
    *,
    tls: bool,
    path: str,
    secrets: Mapping[str, str] | None = None,
    origin: str | None = None,
    keyring: Keyring | None = None,
    anonymous: bool = False,
    clock: Clock = time.monotonic,
) -> Walk:
    """Walk from the site's own host: the same bytes by the public name, sent to the proxy or straight to the backend.

    `anonymous` tells no secret, for a program that may be anybody's.
    """
    approach = from_host(site, place, dial, host, port, tls=tls, path=path, secrets=secrets, origin=origin, clock=clock)
    return _walk(approach.anonymous(), None) if anonymous else _walk(approach, keyring or Keyring())


def _walk(approach: Approach, keyring: Keyring | None) -> Walk:
    entrance = enter(approach)
    reason = entrance.trouble.reason if entrance.trouble else ""
    trusted = entrance.trouble is None
    if entrance.stream is not None and not trusted:
        tells = approach.opening.secret or approach.auth or wanted(approach.site)
        reason += "; what stands behind it was asked without the secrets" if tells else ""
        approach = approach.unverified()
    walk = Walk(
        place=approach.place,
        target=approach.target,
        addresses=entrance.addresses if approach.place is Place.OUTSIDE else (),
        connections=entrance.connections,
        certificate=entrance.certificate,
        phases=entrance.phases,
        wall=entrance.wall,
        reason=reason,
        nonce=approach.opening.nonce,
    )
    if entrance.stream is None:
        return walk
    way = Way(entrance.address, entrance.stream)
    if trusted and keyring is not None and wanted(approach.site):
        return _with_credential(walk, approach, way, keyring)
    walk = _behind(walk, approach, way)
    walk = replace(walk, uncompressed=uncompressed(walk, way, approach), tls_spoken=speaks_tls(walk, way, approach))
    walk = replace(walk, other_origins=other_origins(walk, way, approach)) if trusted else walk
    return replace(walk, respelled=respelled(walk, way, approach))


def _with_credential(walk: Walk, approach: Approach, way: Way, keyring: Keyring) -> Walk:
    """Log in first; where that fails the socket is asked all the same, since its answer tells of the way to it."""
    carried = keyring.carried(way, approach)
    told = tuple(Phase(step.name, step.seconds, step.failure, step.reason) for step in carried.steps)
    asking = carrying(approach, carried)
    walk = _behind(replace(walk, phases=walk.phases + told), asking, way)
    trouble = carried.trouble
    if trouble is not None and (walk.sound or walk.refused):
        walk = replace(walk, wall=Hop.APPLICATION, reason=trouble.reason)
    credential = credential_of(approach.site, carried, keyring.clock)
    credential = replace(
        credential,
        rest=rest(walk, way, replace(approach, mask=asking.mask), carried),
        bare=bare(walk, way, replace(approach, mask=asking.mask)) if trouble is None else None,
    )
    walk = replace(walk, uncompressed=uncompressed(walk, way, asking), tls_spoken=speaks_tls(walk, way, approach))
    walk = replace(walk, credential=credential, other_origins=other_origins(walk, way, asking))
    return replace(walk, respelled=respelled(walk, way, asking))


def _behind(walk: Walk, approach: Approach, way: Way) -> Walk:
    """Look at what stands behind the way in, even where its certificate is bad; the first wall stays the wall."""
    phases = [*walk.phases]
    told = talk(way, approach, phases)
    asked = approach.site.protocol == "socketio" and "websocket" not in approach.site.socketio.transports
    plain = None if told.handshake.accepted or asked else _plain(approach, way, phases)
    session = told.session
    if session is not None and session.code is None and plain is not None and error_of(plain) == UNKNOWN_TRANSPORT:
        session = replace(session, code=UNKNOWN_TRANSPORT)
    return replace(
        walk,
        handshake=told.handshake,
        session=session,
        plain=plain,
        phases=tuple(phases),
        wall=walk.wall or told.wall,
        reason=walk.reason or told.reason,
    )


def _plain(approach: Approach, way: Way, phases: list[Phase]) -> Reply | None:
    """Ask once more as a client that knows nothing of WebSockets: the same answer means that nobody upgraded."""
    began, deadline = approach.clock(), approach.deadline()
    try:
        stream = way.open(approach)
    except OSError as error:
        answer: Reply | Trouble = trouble_of(error, "the wait for a second connection", deadline)
    else:
        answer = get(stream, approach.opening, approach.deadline(), approach.mask)
        let_go(stream)
    phases.append(phase(approach, "plain", began, answer if isinstance(answer, Trouble) else None))
    return None if isinstance(answer, Trouble) else answer
