"""The location that takes the socket's URL answers by itself and proxies nothing.

Seen as: the status of a `return` (404, 403, 410, 503, or no answer at all for 444), 404 for a location that is `internal`, or a
redirect to another name, which no browser follows at a handshake; or the status of an `if`, such as one on the Referer.
Told apart: by the route ending there; the backend is never asked. The redirect to https is nginx-http-to-https-301, the one
that adds a slash nginx-location-trailing-slash-301.
Changed: where a broad location, such as `/`, answers 404 to everything unknown, a location for the socket is added before it.
Another status was chosen by somebody, so consent is asked for; so it is where one line stands in the way of the `proxy_pass`
of the socket's own location, and is taken away. A `return` of the server itself and a redirect are only reported.
Source: ngx_http_rewrite_module, return (444 closes the connection); ngx_http_core_module, internal.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import by_nginx, worded
from wsfix.faults.placing import is_own, new_location
from wsfix.faults.proxying import REDIRECTS
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Route, RouteKind
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS414",
    "nginx-location-refuses",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-wrong-vhost", "nginx-site-not-enabled", "nginx-location-regex-steals"),
    covers=("nginx-location-internal", "nginx-redirects-elsewhere", "nginx-if-returns"),
)
NOT_FOUND, GONE, CLOSED, MAINTENANCE = 404, 410, 444, 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route ends in a status of nginx's own."""
    route = seen.route
    if route.kind is RouteKind.PROXY and route.named:
        yield from _conditional(seen)
    if route.kind is not RouteKind.RETURN or route.status is None or not route.named or seen.works_through_proxy:
        return
    if _is_slash_or_scheme(seen, route):
        return
    walk = seen.observation.outside or seen.observation.proxy
    if walk is None or (walk.status != route.status and not (route.status == CLOSED and walk.status is None)):
        return
    line = next(iter(seen.nginx.own(route, "return", "internal")), None)
    yield FAULT.finding(
        f"`{route.match or 'server'}` answers {_what(route)} by itself; the backend is never asked",
        seen.at(line.position if line else route.position),
        Evidence(str(route.position), route.match or "server"),
        answer(walk),
        severity=seen.severity_at_proxy,
        safety=_safety(seen, route),
        advice=_advice(route),
    )


def _conditional(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx itself answered as an `if` does whose condition cannot be told from here."""
    walk = by_nginx(seen, *range(400, 600)) or _hung_up(seen)
    if walk is None:
        return
    status = walk.status or CLOSED
    for block in seen.nginx.conditions(seen.route):
        if any(node.args[:1] == (str(status),) for node in block.all("return")):
            how = "closes the connection (444)" if status == CLOSED else f"answers {status}"
            yield FAULT.finding(
                f"{worded(block)} {how}; the backend is never asked",
                seen.at(block.position),
                answer(walk),
                severity=seen.severity,
                safety=Safety.ADVICE,
                advice=f"Let the condition at {block.position} spare the socket: its handshake has no Referer and the Origin "
                "of its page, and its client may have another User-Agent.",
            )
            return


def _hung_up(seen: Seen) -> Walk | None:
    """Return the walk on which nginx closed the connection and said nothing, while the backend takes the socket."""
    walk = seen.observation.outside or seen.observation.proxy
    handshake = walk.handshake if walk is not None else None
    return walk if handshake is not None and handshake.failure is Failure.CLOSED and seen.backend_works else None


def _in_the_way(seen: Seen) -> Node | None:
    """Return the line before which the socket's own location would proxy, where there is one such line."""
    route = seen.route
    if not route.match or not is_own(seen, route) or not seen.nginx.own(route, "proxy_pass"):
        return None
    lines = seen.nginx.own(route, "return", "internal")
    return lines[0] if len(lines) == 1 else None


def _what(route: Route) -> str:
    if route.status in REDIRECTS:
        return f"{route.status} to {route.redirect or 'another place'}"
    return "by closing the connection (444)" if route.status == CLOSED else str(route.status)


def _is_slash_or_scheme(seen: Seen, route: Route) -> bool:
    target = route.redirect or ""
    if target.split("?")[0].endswith(f"{seen.site.path}/"):
        return True
    return not seen.site.tls and target.startswith(f"https://{seen.site.host}/")


def _safety(seen: Seen, route: Route) -> Safety:
    if _in_the_way(seen) is not None:
        return Safety.CONFIRM
    if seen.site.backend is None or not route.match or is_own(seen, route) or route.status in REDIRECTS:
        return Safety.ADVICE
    if route.status in {NOT_FOUND, GONE}:
        return Safety.SAFE
    return Safety.ADVICE if (route.status or 0) >= MAINTENANCE else Safety.CONFIRM


def _advice(route: Route) -> str:
    if route.status in REDIRECTS:
        return f"Open {route.redirect} (as ws:// or wss://) in the client, and write it as the site's url."
    return f"Let {route.position} proxy the socket, or take the line away that answers."


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Take the line away in the socket's own location, or add one for the socket before the broad one."""
    line = _in_the_way(seen)
    if line is not None:
        yield seen.nginx.without(line)
    else:
        yield from new_location(seen)
