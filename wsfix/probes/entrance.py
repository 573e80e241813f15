"""The way in: name, connection and TLS, each a phase with its time, and the first wall that stands on it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace

from wsfix.model.hop import Hop
from wsfix.model.walk import Certificate, Connection, Failure, Phase, Place
from wsfix.probes.approach import Approach
from wsfix.probes.dns import Resolution, resolve
from wsfix.probes.stream import Stream, Trouble
from wsfix.probes.tcp import Reached, connect
from wsfix.probes.tls import secure, secure_again

CONNECT_HOPS = {Place.OUTSIDE: Hop.TCP, Place.PROXY: Hop.PROXY, Place.BACKEND: Hop.BACKEND}
"""On the host no network lies between: what refuses a connection there is the program that should listen."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """How far the way in led; with a bad certificate there are both, a wall and a stream that goes on."""

    stream: Stream | None = None
    address: str = ""
    addresses: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    certificate: Certificate | None = None
    phases: tuple[Phase, ...] = ()
    wall: Hop | None = None
    trouble: Trouble | None = None


def enter(approach: Approach) -> Entrance:
    """Go in until something refuses."""
    resolution, resolving = _resolved(approach)
    if resolution.trouble is not None:
        return Entrance(phases=resolving, wall=Hop.DNS, trouble=resolution.trouble)
    reached, connecting = _reached(approach, resolution.addresses)
    entrance = Entrance(
        stream=reached.stream,
        address=reached.address,
        addresses=resolution.addresses,
        connections=reached.connections,
        phases=(*resolving, connecting),
    )
    if reached.stream is None:
        trouble = Trouble(connecting.failure or Failure.NOT_DIALLED, connecting.reason)
        return replace(entrance, wall=CONNECT_HOPS[approach.place], trouble=trouble)
    if approach.context is None:
        return entrance
    return _secured(approach, entrance, reached.stream, approach.context)


def enter_again(approach: Approach, address: str) -> Stream:
    """Go in once more by the way that is known to lead in; raises OSError."""
    deadline = approach.deadline()
    stream = approach.dial(address, approach.port, deadline.left())
    return secure_again(stream, approach.name, approach.deadline(), approach.context) if approach.context else stream


def phase(approach: Approach, name: str, began: float, trouble: Trouble | None = None) -> Phase:
    """Return a phase that ends now."""
    seconds = approach.clock() - began
    return Phase(name, seconds, trouble.failure, trouble.reason) if trouble else Phase(name, seconds)


def _resolved(approach: Approach) -> tuple[Resolution, tuple[Phase, ...]]:
    """Resolve from outside only; on a host the other end of the dialling knows the address."""
    if approach.place is not Place.OUTSIDE:
        return Resolution((approach.host,)), ()
    began = approach.clock()
    found = resolve(
        approach.host, approach.port, approach.deadline(), address=approach.site.address, lookup=approach.lookup
    )
    return found, (phase(approach, "resolve", began, found.trouble),)


def _reached(approach: Approach, addresses: tuple[str, ...]) -> tuple[Reached, Phase]:
    began = approach.clock()
    reached = connect(addresses, approach.port, approach.deadline(), approach.dial)
    trouble = None if reached.stream is not None else _all_failed(reached.connections)
    return reached, phase(approach, "connect", began, trouble)


def _all_failed(connections: tuple[Connection, ...]) -> Trouble:
    reasons = "; ".join(each.reason for each in connections[:4])
    return Trouble(connections[0].failure or Failure.NOT_DIALLED, reasons)


def _secured(approach: Approach, entrance: Entrance, stream: Stream, context: ssl.SSLContext) -> Entrance:
    began, deadline = approach.clock(), approach.deadline()
    secured = secure(
        stream,
        approach.name,
        deadline,
        again=lambda: approach.dial(entrance.address, approach.port, deadline.seconds),
        context=context,
    )
    return replace(
        entrance,
        stream=secured.stream,
        certificate=secured.certificate,
        phases=(*entrance.phases, phase(approach, "tls", began, secured.trouble)),
        wall=Hop.TLS if secured.trouble else None,
        trouble=secured.trouble,
    )
