"""The application has no route for the socket's path.

Seen as: 403 without a body (Starlette), 500 (Channels), 400 (ws), 404 (most others), or a page with 200; pages work.
Told apart: straight at the backend the upgrade is refused, and either the framework answers so only for a route that it
lacks, or its log names the path, or none of the routes in the application's files fits, or a server that takes sockets
answers this one with the bytes of a page. Without one of these, 403 may as well be a refusal by the application, and this
fault stays silent. Where only a slash at the end differs it is ws-route-trailing-slash.
Changed: nothing; either the route or backend.path of the inventory is wrong. The routes that there are are shown.
Source: Starlette, WebSocketRoute; Channels, URLRouter ("No route found for path").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import Meaning
from wsfix.drivers.python import Route, matches
from wsfix.faults.application.sources import line_of, programs
from wsfix.faults.backend.serving import log_source, logged, refusal, serving, takes_sockets, told, who
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.application import Source
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Reply, Walk

FAULT = Fault(
    "WS603",
    "ws-route-missing",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "asgi-http-only-app",
        "ws-route-trailing-slash",
        "wsgi-not-asgi",
        "asgi-no-ws-library",
        "old-code-running",
        "asgi-ws-none",
        "backend-wrong-entrypoint",
        "backend-crash-loop",
        "backend-port-in-use",
        "backend-port-differs",
        "upgrade-not-arrived",
        "http-route-shadows",
        "uvicorn-root-path-prefix",
        "sio-client-vs-plain-ws",
        "not-a-websocket",
        "gateway-no-route",
        "origin-check-actioncable",
    ),
)
MOST_SHOWN = 5
_ANSWERED_AS_A_PAGE = "but got 'http.response.start'"
"""What uvicorn writes of an application that answers the scope of a socket with a page: it has nothing there."""
_PAGE = 200
_OF_PAGES = frozenset({_PAGE, 404, 405})
_MAY_BE = frozenset({Meaning.NO_ROUTE, Meaning.NO_ROUTE_OR_REFUSED, Meaning.FAILED})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where it is certain that no route fits."""
    if seen.works or seen.backend_works:
        return
    refused, meant = refusal(seen), told(seen)
    if refused is None or seen.site.protocol == "socketio":
        return  # what a server of Socket.IO lacks is told by polling, too: sio-path-mismatch
    path = seen.backend_path
    if meant is not Meaning.NO_ROUTE and _as_a_page(seen, *refused):
        yield _page(seen, path, *refused)
        return
    if meant not in _MAY_BE or (meant is Meaning.FAILED and refused[0].same_as_plain):
        return
    words = (f"No route found for path '{each}'" for each in (path.removeprefix("/"), path))
    said = logged(seen, *words, _ANSWERED_AS_A_PAGE)
    routes = known_routes(seen)
    absent = routes is not None and not any(matches(route, prefixes, path) for _, route, prefixes in routes)
    if meant is not Meaning.NO_ROUTE and said is None and not absent:
        return
    evidence = [answer(refused[0])]
    evidence += [Evidence(log_source(seen), said)] if said else []
    evidence += [line_of(source, route.line) for source, route, _ in (routes or ())[:MOST_SHOWN]]
    yield FAULT.finding(
        f"the application has no route for a socket at {path}",
        *evidence,
        severity=seen.severity,
        advice=f"Word the route so that it takes {path}, or set backend.path in the inventory to the path that the application knows.",
    )


def _as_a_page(seen: Seen, walk: Walk, reply: Reply) -> bool:
    """Whether a server that takes sockets answered this one as it answers a plain GET."""
    return reply.status in _OF_PAGES and walk.same_as_plain and takes_sockets(seen) is True


def _page(seen: Seen, path: str, walk: Walk, reply: Reply) -> Finding:
    there = serving(seen)
    advice = f"Compare {path} with the path at which the application takes its sockets, and set backend.path of the inventory or the "
    advice += "route by it."
    if there is not None and there.running.server.name == "node":
        advice += (
            " Where they are the same, nothing listens for `upgrade` there: the WebSocket server must be given the very HTTP "
            "server that calls `listen` (`new WebSocketServer({ server })`, `server.listen(…)` and not `app.listen(…)`)."
        )
    return FAULT.finding(
        f"the application answers {path} with a page, and takes no socket there"
        if reply.status == _PAGE
        else f"the application has no route for a socket at {path}",
        answer(walk),
        Evidence("identity test", "a plain GET is answered with the same bytes: nobody upgraded"),
        Evidence(seen.backend.words, who(seen)),
        severity=seen.severity,
        advice=advice,
    )


def known_routes(seen: Seen) -> tuple[tuple[Source, Route, tuple[str, ...]], ...] | None:
    """Return every route of a socket with the prefixes of the whole application; None where not all are known."""
    held = programs(seen)
    if not held or any(program.open for _, program in held):
        return None
    prefixes = tuple(dict.fromkeys(prefix for _, program in held for prefix in program.prefixes))
    return tuple((source, route, prefixes) for source, program in held for route in program.routes) or None
