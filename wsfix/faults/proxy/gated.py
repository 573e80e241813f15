"""What lets in only some, on the way to the backend: by a password, by a service that is asked, by who the client is."""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.faults.backend.serving import who_is
from wsfix.faults.seen import Seen
from wsfix.model.route import Asks, Gate, RouteKind
from wsfix.model.walk import Failure, Walk

_OF_A_SERVICE, _BAD_GATEWAY = range(300, 500), 502
_CUT = frozenset({Failure.CLOSED, Failure.RESET})


@dataclass(frozen=True, slots=True)
class Gated:
    """A gate that gave the answer which was seen."""

    gate: Gate
    walk: Walk
    message: str
    advice: str


def gated(seen: Seen) -> Gated | None:
    """Return the gate whose answer came; None where the way leads to the backend wrongly, or the backend answered."""
    walk = _refused(seen)
    if walk is None or not _leads_there(seen):
        return None
    for gate in seen.route.gates:
        if _gave(seen, gate, walk):
            return Gated(gate, walk, _message(seen, gate, walk), _advice(seen, gate, walk))
    return None


def _refused(seen: Seen) -> Walk | None:
    """Return the walk that was kept out: on the host, or where that one is let in from outside."""
    if seen.works:
        return None
    inner, outer = seen.observation.proxy, seen.observation.outside
    if inner is not None and not inner.sound:
        return inner
    # another program may stand before the proxy: then the answer must bear the proxy's name
    if outer is None or "caddy" not in _programs(outer):
        return None
    return outer


def _leads_there(seen: Seen) -> bool:
    route = seen.route
    if route.kind is not RouteKind.PROXY or route.upstream is None or not route.forwards_upgrade:
        return False
    known = seen.site.backend_path if seen.site.backend is not None else None
    return (route.upstream.port == 0 or seen.is_backend(route.upstream)) and route.backend_path in {None, known}


def _programs(walk: Walk) -> set[str]:
    reply = walk.handshake.reply if walk.handshake is not None else None
    return {value.lower() for key, value in (reply.headers if reply else ()) if key.lower() == "server"}


def _gave(seen: Seen, gate: Gate, walk: Walk) -> bool:
    """Whether the answer may be this gate's: of the status that it gives, and of no other program."""
    if gate.asks is Asks.SERVICE:
        return walk.status in _OF_A_SERVICE or (walk.status == _BAD_GATEWAY and _is_dead(seen, gate))
    if gate.status is None:
        return walk.status is None and walk.handshake is not None and walk.handshake.failure in _CUT
    return walk.status == gate.status and _programs(walk) <= {"caddy"}


def _is_dead(seen: Seen, gate: Gate) -> bool:
    return gate.service is not None and bool(gate.service.port) and not seen.listeners(gate.service.port)


def _message(seen: Seen, gate: Gate, walk: Walk) -> str:
    if gate.asks is Asks.PASSWORD:
        return f"`{gate.text}` asks for a password at the handshake, and a browser cannot give one there"
    if gate.asks is Asks.CLIENT:
        does = "cuts the connection" if gate.status is None else f"answers {gate.status}"
        return f"`{gate.text}` lets in only some, and {does} to this client; the backend is never asked"
    service = gate.service.address if gate.service else "another service"
    if walk.status == _BAD_GATEWAY and gate.service is not None:
        return (
            f"`{gate.text}` asks {service} whom to let in, and {who_is(seen, seen.listeners(gate.service.port))} there"
        )
    return f"the service that `{gate.text}` asks ({service}) answers {walk.status}, and lets the handshake in only with 2xx"


def _advice(seen: Seen, gate: Gate, walk: Walk) -> str:
    prefix = seen.site.prefix
    if gate.asks is Asks.PASSWORD:
        return (
            f"Give it a matcher that leaves the socket alone (`@page not path {prefix}*`, `{gate.text.split()[0]} @page`), and let "
            "the application tell who connects."
        )
    if gate.asks is Asks.CLIENT:
        return f"Look at the matcher of {gate.position}: let this client in, or except `path {prefix}*` from it."
    if walk.status == _BAD_GATEWAY:
        return f"Start that service, or aim {gate.position} at the port on which it listens."
    return (
        "Let that service tell the client by a cookie or by the query, since a page's socket sends no other header; it is asked "
        "with the handshake's own headers, so write `header_up -Upgrade` and `header_up -Connection` below it if it takes the "
        "question for a socket."
    )
