"""nginx lets in only so many requests or connections, and a socket counts as long as it is open.

Seen as: 503 with nginx's own page, in bursts, or for all but the first tabs of one address; `limiting connections by zone` or
`limiting requests` in the error log.
Told apart: by the page, its status (limit_conn_status, limit_req_status) and a limit that is in force in the location. After
a reload many clients come back at once: that is when it shows.
Changed: with consent: `limit_conn_dry_run on;` or `limit_req_dry_run on;` in the socket's own location, which counts and
writes to the log, and refuses nobody. All other paths keep their limit.
Source: ngx_http_limit_conn_module, ngx_http_limit_req_module (dry runs since 1.17.6 and 1.17.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import by_nginx, in_own_location, routed, worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS409",
    "nginx-limit-conn-req",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-wrong-vhost", "nginx-site-not-enabled"),
)
LIMITS = ("limit_conn", "limit_req")
DEFAULT_STATUS = 503
DRY_RUN_SINCE = (1, 17, 6)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx itself answered with the status of a limit that is in force."""
    statuses = range(400, 600)
    walk = by_nginx(seen, *statuses)
    if walk is None or routed(seen).kind is RouteKind.RETURN:
        return
    for name in LIMITS:
        limits = seen.nginx.in_force(seen.route, name)
        if not limits or walk.status != _status(seen, name) or _dry(seen, name):
            continue
        yield FAULT.finding(
            f"nginx refuses the handshake by a limit: {worded(limits[0])}",
            *(seen.at(limit.position) for limit in limits),
            answer(walk),
            severity=seen.severity,
            safety=Safety.CONFIRM if _has_dry_run(seen) else Safety.ADVICE,
            advice=_advice(limits[0]),
            subject=name,
        )


def _status(seen: Seen, name: str) -> int:
    said = seen.nginx.in_force(seen.route, f"{name}_status")
    text = said[-1].args[0] if said and said[-1].args else ""
    return int(text) if text.isdigit() else DEFAULT_STATUS


def _dry(seen: Seen, name: str) -> bool:
    said = seen.nginx.in_force(seen.route, f"{name}_dry_run")
    return bool(said) and said[-1].args == ("on",)


def _has_dry_run(seen: Seen) -> bool:
    numbers = tuple(int(part) for part in (seen.nginx.version or "0").split(".") if part.isdigit())
    return numbers >= DRY_RUN_SINCE


def _advice(limit: Node) -> str:
    return f"Raise the limit at {limit.position}, or write it only into the locations that it is meant for."


def cure(seen: Seen, finding: Finding) -> Iterator[ProxyConfig]:
    """Count and refuse nobody in the socket's own location."""
    config = in_own_location(seen, f"{finding.subject}_dry_run", "on")
    if config is not None:
        yield config
