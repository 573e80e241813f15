"""The proxy on the host ends a silent socket, by a limit that wsfix does not find in its configuration.

Seen as: 1006 after a fixed time without traffic.
Told apart: by comparing. The silent socket ends from outside and through the proxy on its host at the same time, and lives
straight at the backend; no time-out that wsfix read fits the seconds, or the configuration could not be read.
Changed: nothing; which line sets the limit is not known. The words of the usual proxies are given.
Source: ngx_http_proxy_module, proxy_read_timeout; mod_proxy, ProxyTimeout; HAProxy, timeout tunnel; Traefik, entryPoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.errors import NotObserved
from wsfix.faults.after.silence import by_whom, ending, shown
from wsfix.faults.fault import Fault
from wsfix.faults.proxying import MEASURED_SLACK_SECONDS
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.triage import Suspect

FAULT = Fault(
    "WS446",
    "proxy-idle-close",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=(
        "nginx-proxy-read-timeout",
        "apache-timeout-idle",
        "nginx-edited-not-reloaded",
        "apache-edited-not-reloaded",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where comparing names the proxy, and its own time-out does not."""
    found = ending(seen)
    if by_whom(found) is not Suspect.PROXY:
        return
    limit = _limit(seen)
    if limit is not None and abs(limit - found.silence.held) <= MEASURED_SLACK_SECONDS:
        return
    known = f"; its configuration says {limit:g} s" if limit is not None else ""
    yield FAULT.finding(
        f"{seen.site.proxy.word} ends a silent socket after {found.silence.held:.0f} s{known}",
        *shown(found),
        severity=Severity.WARNING,
        advice="Raise the limit for silent tunnels where this proxy sets it (nginx: proxy_read_timeout; Apache: timeout= of "
        "the ProxyPass; HAProxy: timeout tunnel; Traefik: respondingTimeouts.readTimeout), or let the server ping.",
    )


def _limit(seen: Seen) -> float | None:
    """Return the time-out that was read; None where none could be."""
    try:
        return seen.proxied.idle_seconds
    except (NotObserved, NotApplicable):
        return None
