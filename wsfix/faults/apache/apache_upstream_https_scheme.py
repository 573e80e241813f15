"""Apache speaks TLS to a backend that does not.

Seen as: 500 or 502 at once with Apache's own page; AH01144, AH00961 or AH02004 (`SSL Proxy connect failed`) in the error log.
Told apart: the target of the ProxyPass begins with https:// or wss://, and the backend takes the socket in plain at that port.
Changed: the scheme of that target; nothing else.
Source: mod_proxy, ProxyPass; mod_ssl, SSLProxyEngine.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS479",
    "apache-upstream-https-scheme",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-wrong-vhost", "apache-site-not-enabled", "apache-upstream-wrong-port"),
)
_PLAIN = {"https": "http", "wss": "ws"}
_FAILED = frozenset({500, 502, 503})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the target is TLS and the backend is plain."""
    upstream = seen.proxied.upstream
    if upstream is None or upstream.scheme not in _PLAIN or upstream.port != seen.backend.port:
        return
    walk = seen.through_proxy
    if seen.works_through_proxy or walk.status not in _FAILED or not seen.backend_works:
        return
    yield FAULT.finding(
        "Apache speaks TLS to the backend, which speaks plain HTTP",
        seen.at(upstream.position or seen.route.position),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Speak plain HTTP."""
    upstream = seen.proxied.upstream
    if upstream is not None:
        yield seen.apache.set_upstream_scheme(seen.route, _PLAIN[upstream.scheme])
