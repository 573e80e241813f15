"""One of the addresses that share the socket's requests is dead, and clients meet it in their turn.

Seen as: it works after a reload of the page and fails again: 502 of Caddy at once, 503 of HAProxy after its retries; for
everybody where the dead one is always asked first.
Told apart: the entry names several addresses, one of them the site's backend; at another one of this host nothing listens, and
the proxy does not pass over it by itself: Caddy has neither `lb_retries`, `lb_try_duration` nor active health checks, HAProxy
neither `check` on that server nor `option redispatch`. One that waits as `backup` is no finding.
Changed: with consent, the dead address leaves Caddy's list, or HAProxy's `server` line gets `disabled`. Better, where the
server is to come back: `check` (HAProxy) or `health_uri` and `lb_try_duration` (Caddy), so that a dead one is passed over.
Source: HAProxy configuration manual, sections 4.2 (`option redispatch`) and 5.2 (`check`, `disabled`);
caddyserver.com/docs/caddyfile/directives/reverse_proxy (load balancing, active health checks).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import caddy, haproxy
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import is_here, ours, pool
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.route import PoolMember

FAULT = Fault(
    "WS528",
    "proxy-upstream-member-dead",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=("haproxy-backend-order", "proxy-site-missing"),
    covers=("haproxy-server-dead", "caddy-upstream-dead"),
)
_UNREACHED = frozenset({502, 503, 504})
_KEEP = {
    "haproxy": "put `check` behind its `server` line, so that HAProxy passes over it while it is dead",
    "caddy": "set `lb_try_duration 5s`, so that Caddy asks the next one while it is dead",
}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where an address of several is dead and nothing passes over it."""
    members = pool(seen, seen.proxied)
    if len(members) < 2 or not ours(seen, seen.route):  # noqa: PLR2004
        return
    dead = [one for one in members if one.takes_turn and not one.passed_over and _is_dead(seen, one)]
    if not dead or all(_is_dead(seen, one) for one in members):
        return
    walks = (seen.observation.outside, seen.observation.proxy)
    met = [walk for walk in walks if walk is not None and walk.status in _UNREACHED]
    gone = dead[0].upstream
    place = gone.position or seen.route.position
    yield FAULT.finding(
        f"{len(members)} addresses share the work of `{seen.route.match}`, and nothing listens at {gone.address}: "
        "clients meet it in their turn",
        *(seen.at(one.upstream.position or seen.route.position) for one in dead[:3]),
        Evidence("listeners", f"nothing at {', '.join(one.upstream.address for one in dead)}"),
        *(answer(walk) for walk in met[:1]),
        severity=Severity.ERROR if met else Severity.WARNING,
        advice=f"Start what belongs at {gone.address}, take it out at {place}, or {_KEEP[seen.site.proxy.kind]}.",
        subject=" ".join(dict.fromkeys(one.upstream.address for one in dead)),
    )


def _is_dead(seen: Seen, member: PoolMember) -> bool:
    """Whether it is another address of this host than the site's backend, and nothing listens there."""
    where = member.upstream
    if where.socket is not None or not is_here(seen, where) or seen.is_backend(where):
        return False
    return not seen.listeners(where.port)


def cure(seen: Seen, finding: Finding) -> Iterator[ProxyConfig]:
    """Take the dead address out of the turn."""
    dead = finding.subject.split()
    for _ in dead:
        config = seen.config
        if not isinstance(config, caddy.Config | haproxy.Config):
            return
        gone = next((one for one in config.pool(seen.route) if one.upstream.address in dead), None)
        if gone is None:
            break
        seen = seen.with_config(config.set_aside(seen.route, gone))
    yield seen.config
