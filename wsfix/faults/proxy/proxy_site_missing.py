"""No site of the proxy has the public name.

Seen as: an alert in the TLS handshake (Caddy has no certificate for the name), an empty 200, another site's answer or 503.
Told apart: by no site of that port naming the host. A file that names it and is not read is told.
Changed: the name is added to the one site that already proxies to this site's backend; where none or several do, that is
for a person to decide and only advised.
Source: caddyserver.com/docs/caddyfile/concepts#addresses; HAProxy Configuration Manual, use_backend.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS472",
    "proxy-site-missing",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-down",),
    covers=("caddy-import-missing",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nothing is named for the host, and it does not work."""
    route, host = seen.route, seen.site.host
    if route.named or seen.proxy.master is None or seen.works_through_proxy:
        return
    waiting = seen.config.unloaded_names(host)
    candidates = [] if waiting else proxying.candidate_servers(seen)
    evidence = [
        Evidence(str(route.server), route.why_not or f"answers for {' '.join(route.server_names) or 'any name'}")
    ]
    evidence += [Evidence(f"{path}:{line}", f"{text} (not read)") for path, line, text in waiting[:1]]
    walk = seen.observation.outside
    evidence += [answer(walk)] if walk is not None else []
    advice = f"Add {host} to the site that proxies to its backend."
    if waiting:
        advice = f"Let the main file read {waiting[0][0]}, which names {host}, then reload."
    yield FAULT.finding(
        f"no site of {seen.site.proxy.word} is named {host} on port {seen.site.port}",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if len(candidates) == 1 else Safety.ADVICE,
        advice=advice,
        subject=str(candidates[0]) if len(candidates) == 1 else "",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the name."""
    yield from proxying.named(seen)
