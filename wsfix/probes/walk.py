"""One walk along the path: name, connection, TLS, opening handshake and echo, until the first wall."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from wsfix.model.hop import Hop
from wsfix.model.site import Site
from wsfix.model.walk import Failure, Handshake, Phase, Place, Reply, Walk
from wsfix.probes.approach import Approach, from_host, from_outside
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.entrance import Entrance, enter, enter_again, phase
from wsfix.probes.http import get
from wsfix.probes.stream import Clock, Dial, Stream, Trouble, dial_tcp, let_go, trouble_of
from wsfix.probes.websocket import Tunnel, open_socket, prove


def walk_outside(
    site: Site,
    secrets: Mapping[str, str] | None = None,
    *,
    origin: str | None = None,
    dial: Dial = dial_tcp,
    lookup: Lookup = look_up,
    clock: Clock = time.monotonic,
) -> Walk:
    """Walk as a browser does. Secrets come from the environment unless given; `origin` is the page's unless given."""
    return _walk(from_outside(site, secrets=secrets, origin=origin, dial=dial, lookup=lookup, clock=clock))


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
    clock: Clock = time.monotonic,
) -> Walk:
    """Walk from the site's own host: the same bytes by the public name, sent to the proxy or straight to the backend."""
    return _walk(
        from_host(site, place, dial, host, port, tls=tls, path=path, secrets=secrets, origin=origin, clock=clock)
    )


def _walk(approach: Approach) -> Walk:
    entrance = enter(approach)
    reason = entrance.trouble.reason if entrance.trouble else ""
    if entrance.stream is not None and entrance.trouble is not None:
        reason += "; what stands behind it was asked without the secrets" if approach.opening.secret else ""
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
    return walk if entrance.stream is None else _behind(walk, approach, entrance, entrance.stream)


def _behind(walk: Walk, approach: Approach, entrance: Entrance, stream: Stream) -> Walk:
    """Look at what stands behind the way in, even where its certificate is bad; the first wall stays the wall."""
    began = approach.clock()
    handshake, tunnel = open_socket(stream, approach.opening, approach.deadline(), approach.mask)
    phases = [*walk.phases, _phase("upgrade", handshake, approach.clock() - began)]
    plain = None
    if tunnel is not None:
        handshake = _echo(tunnel, handshake, approach, phases)
    else:
        let_go(stream)
    if not handshake.accepted:
        plain = _plain(approach, entrance.address, phases)
    return replace(
        walk,
        handshake=handshake,
        plain=plain,
        phases=tuple(phases),
        wall=walk.wall or wall_of(approach.place, handshake),
        reason=walk.reason or handshake.reason,
    )


def wall_of(place: Place, handshake: Handshake) -> Hop | None:
    """Return the hop that a handshake stopped at; which of those behind the proxy it was, only other walks tell."""
    if handshake.proved:
        return None
    if handshake.accepted:
        return Hop.APPLICATION
    if handshake.failure is Failure.TLS_FAILED:
        return Hop.TLS
    return Hop.BACKEND if place is Place.BACKEND else Hop.PROXY


def _echo(tunnel: Tunnel, handshake: Handshake, approach: Approach, phases: list[Phase]) -> Handshake:
    began, deadline = approach.clock(), approach.deadline()
    proved = prove(tunnel, handshake, approach.proof, deadline, approach.mask)
    phases.append(_phase("echo", proved, approach.clock() - began))
    tunnel.close(deadline, proved.failure)
    return proved


def _plain(approach: Approach, address: str, phases: list[Phase]) -> Reply | None:
    """Ask once more as a client that knows nothing of WebSockets: the same answer means that nobody upgraded."""
    began, deadline = approach.clock(), approach.deadline()
    try:
        stream = enter_again(approach, address)
    except OSError as error:
        answer: Reply | Trouble = trouble_of(error, "the wait for a second connection", deadline)
    else:
        answer = get(stream, approach.opening, approach.deadline(), approach.mask)
        let_go(stream)
    phases.append(phase(approach, "plain", began, answer if isinstance(answer, Trouble) else None))
    return None if isinstance(answer, Trouble) else answer


def _phase(name: str, handshake: Handshake, seconds: float) -> Phase:
    return Phase(name, seconds, handshake.failure, handshake.reason)
