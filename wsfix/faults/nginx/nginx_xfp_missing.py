"""The backend is not told that the client came over TLS, and takes https for http.

Seen as: 403 without a body, or 400 `… is not an accepted origin.` (python-socketio, which compares `http://name` with the page's
`https://name`); or a redirect to the very URL that was asked (SECURE_SSL_REDIRECT of Django and the like). Over plain HTTP all is
well.
Told apart: straight at the backend, with `X-Forwarded-Proto: https`, the socket is taken; the location does not set it, Host
is right, and it is the origin that is refused: without one, or by python-socketio's own words.
Changed: `proxy_set_header X-Forwarded-Proto $scheme;` in the location. A uvicorn on another machine must be told to believe
it (`--forwarded-allow-ips`).
Source: python-engineio, cors_allowed_origins; Django, SECURE_PROXY_SSL_HEADER; uvicorn, --proxy-headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.backend.serving import framework
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import host_sent, only_through_nginx, reply_of
from wsfix.faults.proxying import REDIRECTS
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault(
    "WS427",
    "nginx-xfp-missing",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "nginx-location-regex-steals",
        "nginx-duplicate-proxy-set-header",
        "nginx-host-not-preserved",
        "nginx-http-version-10",
        "nginx-underscore-header",
        "nginx-handshake-altered",
        "host-port-stripped",
    ),
)
WORDS = b"not an accepted origin"
HEADER = "X-Forwarded-Proto"
REFUSALS = frozenset({400, 403}) | REDIRECTS


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nothing else tells the two handshakes apart."""
    route = seen.proxied
    if not seen.site.tls or route.header(HEADER) is not None or host_sent(seen) != (seen.site.host, seen.site.port):
        return
    walk = only_through_nginx(seen, REFUSALS)
    if walk is None or not _is_about_scheme(seen, walk):
        return
    yield FAULT.finding(
        f"the backend is not sent {HEADER}, and takes the page's https for http",
        seen.at(route.position),
        Evidence(str(route.position), f"{HEADER} is not set"),
        answer(walk),
        answer(seen.at_backend),
        severity=Severity.ERROR,
    )


def _is_about_scheme(seen: Seen, walk: Walk) -> bool:
    """Whether the origin decides, or the answer leads back to the very URL."""
    reply = reply_of(walk)
    if reply is None:
        return False
    if reply.status in REDIRECTS:
        return (reply.header("location") or "").split("?")[0] == f"https://{seen.site.parts.netloc}{seen.site.path}"
    if any(other.accepted for other in walk.other_origins) or WORDS in reply.body:
        return True
    return framework(seen) == "python-socketio"


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Tell the backend how the client came."""
    yield seen.nginx.set_header(seen.route, HEADER, "$scheme")
