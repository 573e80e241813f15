"""A rule of HAProxy answers the handshake with a redirection, and no browser follows one.

Seen as: `Unexpected response code: 301` (302, 307, 308) and 1006; pages work, since for them the browser follows.
Told apart: by the rule: `redirect` or `http-request redirect` holds for this URL. Where it leads from ws:// to https:// the URL
of the client is at fault, and not the server.
Changed: with consent the rule leaves the paths below the socket's prefix alone; a redirection to https is never weakened:
there the client's URL is to begin with wss://.
Source: HAProxy configuration manual, section 4.2, `http-request redirect`; RFC 6455 section 4.1; Fetch, "WebSocket opening
handshake" (redirect mode is error).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.proxying import REDIRECTS
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS458",
    "haproxy-redirected",
    Hop.PROXY,
    Safety.CONFIRM,
    covers=("haproxy-redirect-scheme-https", "haproxy-redirect-loop"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route ends at a redirection."""
    route = seen.route
    if route.kind is not RouteKind.RETURN or route.status not in REDIRECTS or seen.works_through_proxy:
        return
    evidence = [seen.at(route.position), Evidence("Location", (route.redirect or "(made at the request)")[:200])]
    if seen.observation.outside is not None:
        evidence.append(answer(seen.observation.outside))
    plain = not seen.site.tls and (route.redirect or "").startswith("https://")
    better = seen.site.url.replace("ws://", "wss://", 1)
    yield FAULT.finding(
        f"`{route.match}` answers the handshake with {route.status}, and no browser follows a redirect of a handshake",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE if plain else Safety.CONFIRM,
        advice=f"Open {better} in the client, and write it as the site's url in the inventory."
        if plain
        else f"Put the exception `!{{ path_beg {seen.site.prefix} }}` into its condition.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Except the socket's paths."""
    yield seen.haproxy.except_path(seen.route.position, seen.site.prefix)
