"""The application knows the socket's path with a slash at its end, and is asked without one, or the other way round.

Seen as: as ws-route-missing; no redirect helps, since a browser follows none for a socket.
Told apart: the same handshake is taken at the other spelling, straight at the backend (or from outside, where nothing else was
asked); or the upgrade is refused there as for an unknown route, and a route in the application's files fits the other
spelling and none fits this one.
Changed: nothing; the page, the route or the proxy may give way. The route is shown.
Source: RFC 6455 section 4.1 (redirects need not be followed); WHATWG WebSockets; Channels, URLRouter.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import Meaning
from wsfix.drivers.python import matches
from wsfix.faults.application.sources import line_of
from wsfix.faults.application.ws_route_missing import known_routes
from wsfix.faults.backend.serving import refusal, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk, other_spelling

FAULT = Fault("WS604", "ws-route-trailing-slash", Hop.APPLICATION, Safety.ADVICE)
_MAY_BE = frozenset({Meaning.NO_ROUTE, Meaning.NO_ROUTE_OR_REFUSED, Meaning.FAILED})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the other spelling has a route and this one has none."""
    if seen.works or seen.backend_works:
        return
    walk = seen.outside if seen.observation.inside is None else seen.at_backend
    if walk.other_spelling:
        yield _taken(seen, walk, seen.site.path if walk is seen.observation.outside else seen.backend_path)
        return
    refused, path = refusal(seen), seen.backend_path
    routes = known_routes(seen) if refused is not None and told(seen) in _MAY_BE else None
    if refused is None or routes is None or any(matches(route, prefixes, path) for _, route, prefixes in routes):
        return
    other = other_spelling(path)
    fits = next(((source, route) for source, route, prefixes in routes if matches(route, prefixes, other)), None)
    if fits is None:
        return
    yield FAULT.finding(
        f"the application knows {other} and is asked for {path}",
        line_of(fits[0], fits[1].line),
        answer(refused[0]),
        severity=seen.severity,
        advice=_advice(path),
    )


def _taken(seen: Seen, walk: Walk, path: str) -> Finding:
    return FAULT.finding(
        f"the application takes the socket at {other_spelling(path)} and not at {path}",
        answer(walk),
        Evidence(f"the same at {other_spelling(path)}", "101"),
        severity=seen.severity,
        advice=_advice(path),
    )


def _advice(path: str) -> str:
    ending = other_spelling(path)[-12:]
    return f"Let the page open the socket at the other spelling (its path ends with `{ending}`), or word the route as `{path}`."
