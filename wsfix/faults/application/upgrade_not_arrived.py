"""The application says itself that the upgrade did not arrive: something on the way took the two headers out.

Seen as: 400 or 426 for every socket, with words such as `the client is not using the websocket protocol`, `Can "Upgrade" only
to "WebSocket"`, `Connection header did not include 'upgrade'`, or 426 `Upgrade Required`.
Told apart: the probe's request is a right one, and the answer is that which the framework gives a plain request. Where the
backend is asked directly it takes the socket, so that the headers were lost on the way.
Changed: nothing by this rule: the proxy's own faults repair it where its configuration was seen. The lines are shown.
Source: RFC 6455 section 4.2.1; RFC 9110 section 7.8 (Upgrade is hop by hop) and 15.5.22 (426).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.refusals import Refusal
from wsfix.faults.application.wording import said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Place

FAULT = Fault(
    "WS650",
    "upgrade-not-arrived",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "nginx-handshake-altered",
        "nginx-upgrade-headers-missing",
        "nginx-connection-value-wrong",
        "nginx-headers-not-inherited",
        "nginx-http-version-10",
        "nginx-location-missing-spa",
        "nginx-location-regex-steals",
        "nginx-map-undefined",
        "nginx-edited-not-reloaded",
        "nginx-upstream-wrong-port",
        "apache-upgrade-not-enabled",
        "apache-proxypass-order",
        "apache-location-order",
        "apache-rewrite-http-scheme",
        "apache-connection-regex-anchored",
        "apache-requestheader-folklore",
        "apache-shared-worker",
        "apache-edited-not-reloaded",
        "proxy-upgrade-not-forwarded",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer of a way through the proxy says so; straight at the backend nothing can be lost."""
    walk, found = said(seen, Refusal.NOT_UPGRADED)
    if walk.place is Place.BACKEND:
        raise NotApplicable
    evidence = [answer(walk)]
    if seen.observation.backend is not None and seen.backend_works:
        evidence.append(answer(seen.observation.backend))
    yield FAULT.finding(
        f"{found.by} says that the upgrade did not arrive: something in front of it took Upgrade or Connection away",
        *evidence,
        severity=seen.severity,
        advice="In the proxy in front, for this path: nginx `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
        'proxy_set_header Connection "upgrade";`, Apache `upgrade=websocket` on the ProxyPass; at a CDN or load balancer, '
        "switch WebSockets on.",
    )
