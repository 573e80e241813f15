"""One TCP connection, and what it means when there is none."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass

from wsfix.model.walk import Connection, Failure
from wsfix.probes.stream import Clock, Deadline, Dial, Stream, dial_tcp, let_go

_AT_ONCE = 1.0
"""Seconds within which a message from any router on the way is back; ARP gives up only after about 3 s."""
_LEAST_SHARE = 0.05

_REJECTED = {errno.EHOSTUNREACH, errno.EACCES}
"""What ICMP says of a rejected packet: host or administratively prohibited, the latter as EACCES over IPv6 (icmp(7))."""

_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EADDRNOTAVAIL, errno.EHOSTDOWN}


@dataclass(frozen=True, slots=True)
class Reached:
    """The first address that answered, if one did, and how every tried address fared."""

    stream: Stream | None
    address: str
    connections: tuple[Connection, ...]


def connect(addresses: tuple[str, ...], port: int, deadline: Deadline, dial: Dial = dial_tcp) -> Reached:
    """Dial the addresses in order; when the first fails all the others are tried, each with its share of the time."""
    stream, address = None, ""
    tried: list[Connection] = []
    for number, candidate in enumerate(addresses):
        found, connection = _attempt(candidate, port, _share(deadline, len(addresses) - number), dial, deadline.clock)
        tried.append(connection)
        if found is not None and stream is not None:
            let_go(found)
        elif found is not None:
            stream, address = found, candidate
        if number == 0 and stream is not None:
            break
    return Reached(stream, address, tuple(tried))


def reachable(
    address: str, port: int, seconds: float, dial: Dial = dial_tcp, clock: Clock = time.monotonic
) -> Connection:
    """Knock and let go: no failure means that the port is open."""
    stream, connection = _attempt(address, port, seconds, dial, clock)
    if stream is not None:
        let_go(stream)
    return connection


def refusal(error: OSError, where: str, seconds: float, allowed: float) -> tuple[Failure, str]:
    """Return the word and the sentence for a connection that did not come to be."""
    if isinstance(error, TimeoutError):
        return Failure.TIMEOUT, f"{where} did not answer within {allowed:.3g} s: packets are dropped on the way"
    if isinstance(error, ConnectionRefusedError):
        return Failure.REFUSED, f"{where} refused the connection: nothing listens there, or a firewall rejects it"
    if isinstance(error, ConnectionError):
        return Failure.RESET, f"{where} reset the connection while it was made"
    if error.errno in _UNREACHABLE:
        at_once = error.errno in _REJECTED and seconds <= _AT_ONCE
        return Failure.REJECTED if at_once else Failure.UNREACHABLE, _unreachable(error, where, seconds)
    words = error.strerror or str(error) or type(error).__name__
    return Failure.NOT_DIALLED, f"{where} was not dialled: {words}"


def _unreachable(error: OSError, where: str, seconds: float) -> str:
    words = (error.strerror or "unreachable").lower()
    if error.errno in {errno.ENETUNREACH, errno.EADDRNOTAVAIL}:
        return f"{where} is unreachable ({words}): there is no route to it from here"
    if seconds <= _AT_ONCE:
        return f"{where} is unreachable ({words}) at once: a firewall rejects the connection"
    return f"{where} is unreachable ({words}) after {seconds:.1f} s: no such host on its network"


def _share(deadline: Deadline, parts: int) -> float:
    try:
        return deadline.share(parts)
    except TimeoutError:
        return _LEAST_SHARE


def _attempt(address: str, port: int, seconds: float, dial: Dial, clock: Clock) -> tuple[Stream | None, Connection]:
    unix = address.startswith("/")
    where = address if unix else f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    began = clock()
    try:
        stream = dial(address, port, seconds)
    except OSError as error:
        took = clock() - began
        failure, reason = refusal(error, where, took, seconds)
        return None, Connection(address, port, took, failure, reason)
    return stream, Connection(address, port, clock() - began)
