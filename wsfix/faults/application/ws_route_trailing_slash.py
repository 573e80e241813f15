"""The application knows the socket's path with a slash at its end, and is asked without one, or the other way round.

Seen as: as ws-route-missing; no redirect helps, since a browser follows none for a socket.
Told apart: straight at the backend the upgrade is refused as for an unknown route, and a route in the application's files
fits the same path spelled the other way, and none fits the path that is asked for.
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
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS604", "ws-route-trailing-slash", Hop.APPLICATION, Safety.ADVICE)
_MAY_BE = frozenset({Meaning.NO_ROUTE, Meaning.NO_ROUTE_OR_REFUSED, Meaning.FAILED})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the other spelling has a route and this one has none."""
    if seen.works or seen.backend_works:
        return
    refused, path = refusal(seen), seen.backend_path
    routes = known_routes(seen) if refused is not None and told(seen) in _MAY_BE else None
    if refused is None or routes is None or any(matches(route, prefixes, path) for _, route, prefixes in routes):
        return
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    fits = next(((source, route) for source, route, prefixes in routes if matches(route, prefixes, other)), None)
    if fits is None:
        return
    yield FAULT.finding(
        f"the application knows {other} and is asked for {path}",
        line_of(fits[0], fits[1].line),
        answer(refused[0]),
        severity=seen.severity,
        advice=f"Let the page open the socket at the other spelling (its path ends with `{other[-12:]}`), or word the route as `{path}`.",
    )
