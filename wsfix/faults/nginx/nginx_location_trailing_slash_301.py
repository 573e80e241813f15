"""The location ends with a slash, the socket's path does not, and nginx redirects.

Seen as: 301 to the same path with a slash; browsers do not follow it.
Told apart: by the Location being the URL and one slash.
Changed: an exact location for the path without the slash is added, with the directives of its neighbour.
The other location is not touched.
Source: ngx_http_core_module, location ("a permanent redirect with the code 301").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS410", "nginx-location-trailing-slash-301", Hop.PROXY, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer, or the configuration, sends the path to itself and a slash."""
    walk = seen.observation.outside
    reply = walk.handshake.reply if walk is not None and walk.handshake else None
    location = (reply.header("location") or "") if reply is not None and reply.status == 301 else ""  # noqa: PLR2004
    answered = location.split("?")[0].endswith(f"{seen.site.path}/")
    if seen.observation.inside is None:
        if answered and walk is not None:
            yield FAULT.finding(_MESSAGE, answer(walk), Evidence("Location", location[:200]), severity=seen.severity)
        return
    route = seen.route
    if route.redirect is None or not route.redirect.endswith(f"{seen.site.path}/") or seen.site.path.endswith("/"):
        return
    evidence = [seen.at(route.position)]
    if walk is not None and answered:
        evidence.append(answer(walk))
    yield FAULT.finding(_MESSAGE, *evidence, severity=seen.severity_at_proxy)


_MESSAGE = (
    "the location ends with a slash and the socket's path does not: nginx answers 301, and browsers do not follow"
)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Add the exact location."""
    yield seen.nginx.add_location_without_slash(seen.route, seen.site.path, seen.site.idle_or_default)
