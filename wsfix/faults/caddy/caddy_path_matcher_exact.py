"""A matcher without a star takes one path alone, and the socket's lies below it; or one browser's Connection alone.

Seen as: 200 with a page or nothing, 404, or another program's words for /ws/1, while /ws itself works.
Or the socket works in Chrome and not in Firefox, which sends `Connection: keep-alive, Upgrade`.
Told apart: a directive of the site proxies the exact path `/ws`, and with `/ws*` it would take the socket's path to the
site's backend. Or its matcher wants `header Connection Upgrade`, and with `*Upgrade*` it would take every browser's handshake.
Changed: a `*` is written behind that path, so that it takes what lies below it too; or around that word.
Source: caddyserver.com/docs/caddyfile/matchers#path-matchers ("exact match"; "/foo*"), #header; RFC 9110 section 7.6.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import Config
from wsfix.faults.caddy.stars import lacking_stars, narrow_headers
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS496",
    "caddy-path-matcher-exact",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-site-missing",),
    covers=("caddy-connection-matcher-exact",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a star would bring the socket to its backend."""
    if seen.site.backend is None or not seen.route.named:
        return
    yield from _narrow(seen)
    if seen.works_through_proxy:
        return
    for position, pattern in lacking_stars(seen):
        evidence = [seen.at(position), Evidence(str(position), f"{pattern} does not match {seen.site.path}")]
        walk = seen.observation.proxy or seen.observation.outside
        evidence += [answer(walk)] if walk is not None else []
        yield FAULT.finding(
            f"Caddy compares the whole path with `{pattern}`, so that {seen.site.path} is not taken; `{pattern}*` is meant",
            *evidence,
            severity=seen.severity_at_proxy,
            subject=f"{position} {pattern}",
        )
        return


def _narrow(seen: Seen) -> Iterator[Finding]:
    """Tell of a header that is compared with one browser's spelling."""
    for position, old, new in narrow_headers(seen):
        whom = (
            "Firefox, which sends `keep-alive, Upgrade`" if "*" in new else "every browser, since they send `websocket`"
        )
        walk = seen.observation.proxy or seen.observation.outside
        yield FAULT.finding(
            f"a matcher compares a header of the handshake with `{old}` and keeps out {whom}; `{new}` is meant",
            seen.at(position),
            *([answer(walk)] if walk is not None else []),
            severity=seen.severity_at_proxy,
            subject=f"{position} {old}",
        )
        return


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Write the star."""
    for position, old, new in narrow_headers(seen):
        yield seen.caddy.match_value(position, old, new)
        return
    for position, pattern in lacking_stars(seen):
        yield seen.caddy.match_below(position, pattern)
        return
