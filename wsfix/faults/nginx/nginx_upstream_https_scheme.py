"""nginx speaks TLS to a backend that does not, or the other way round.

Seen as: 502 at once, `SSL_do_handshake() failed (… wrong version number)` in the error log; or 400 `The plain HTTP request was sent
to HTTPS port` from a backend that speaks TLS.
Told apart: the backend answers plain HTTP at its port, and the `proxy_pass` begins with https://; or it asks for TLS itself.
Changed: the scheme of that `proxy_pass`. Towards https consent is asked for, since nginx does not verify the certificate
unless it is told to (proxy_ssl_verify).
Source: ngx_http_proxy_module, proxy_pass ("the protocol … http or https"), proxy_ssl_verify.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.pools import HERE
from wsfix.faults.nginx.refusing import reply_of
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS435",
    "nginx-upstream-https-scheme",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "nginx-location-regex-steals",
        "nginx-wrong-vhost",
        "nginx-site-not-enabled",
        "nginx-upstream-wrong-port",
    ),
)
BAD_GATEWAY = 502
TO_TLS = b"plain HTTP request was sent to HTTPS port"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend's own answer shows that it speaks the other one."""
    upstream = seen.proxied.upstream
    if upstream is None or seen.works_through_proxy or upstream.host.strip("[]") not in HERE:
        return
    said = reply_of(seen.at_backend)
    if said is None and not seen.backend_works:
        return
    wants_tls = said is not None and TO_TLS in said.body
    if (upstream.scheme == "https") == wants_tls or (not wants_tls and seen.through_proxy.status != BAD_GATEWAY):
        return
    spoken, wanted = ("plain HTTP", "TLS") if wants_tls else ("TLS", "plain HTTP")
    yield FAULT.finding(
        f"nginx speaks {spoken} to the backend, which speaks {wanted}",
        seen.at(upstream.position or seen.route.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        safety=Safety.CONFIRM if wants_tls else Safety.SAFE,
        subject="https" if wants_tls else "http",
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Speak as the backend does."""
    yield seen.nginx.set_upstream_scheme(seen.route, finding.subject)
