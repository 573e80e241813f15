"""An edge answers by itself, since it cannot reach the origin or does not like what that says.

Seen as: 520 to 526 or 530 of Cloudflare, 502 to 504 of a balancer, "Guru Meditation" of Varnish, an H-code of Heroku, "Bad
Gateway" of Traefik, "upstream connect error" of Envoy.
Told apart: the answer names the edge, and is one that only the edge words; the code says at which step the origin failed.
Changed: nothing; what fails behind the edge is found by looking at the host. What the code means is shown.
Source: developers.cloudflare.com, "Cloudflare 5xx errors"; docs.aws.amazon.com, "Troubleshoot your Application Load
Balancers"; devcenter.heroku.com, "Heroku Error Codes"; envoyproxy.io, "Response Code Details"; varnish-cache.org.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.answers import edge_outside, refusal_outside
from wsfix.faults.edge.pages import ORIGIN_DOWN, page_of
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS452",
    "cdn-origin-down",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=(
        "nginx-down",
        "apache-down",
        "fw-drops-http",
        "fw-rejects-looks-closed",
        "tls-cert-expired",
        "tls-self-signed",
        "tls-wrong-host",
        "scheme-wss-to-plain-port",
        "backend-not-running",
        "backend-crash-loop",
        "backend-wrong-entrypoint",
        "proxy-down",
    ),
    covers=("traefik-bad-gateway", "envoy-no-upstream", "varnish-guru-meditation", "heroku-h-codes", "lb-no-target"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the edge's own page."""
    reply, edge = refusal_outside(seen), edge_outside(seen)
    page = page_of(ORIGIN_DOWN, reply, edge.name) if reply is not None and edge is not None else None
    if reply is None or edge is None or page is None:
        return
    yield FAULT.finding(
        f"{edge.name} answers {reply.status}: {page.meaning}",
        answer(seen.outside),
        Evidence("answered by", edge.name),
        severity=Severity.ERROR,
        advice=f"{page.todo[:1].upper()}{page.todo[1:]}.",
    )
