"""The client opens wss:// at a port that speaks plain HTTP.

Seen as: ERR_SSL_PROTOCOL_ERROR, "wrong version number"; often on a backend's own port, such as wss://host:8001.
Told apart: the first bytes that the server sends are no record of TLS.
Changed: where the proxy itself listens there in plain, and the server has a certificate, its `listen` learns `ssl` (of
Apache, `SSLEngine on`); another port than 443 needs consent, since plain clients may be on it. Else the way by the proxy on
443 is shown.
Source: RFC 8446 section 5.1; ngx_http_core_module, listen; mod_ssl, SSLEngine.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import apache, nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import can_look, failure_of
from wsfix.faults.tls.settings import in_force
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS310",
    "scheme-wss-to-plain-port",
    Hop.TLS,
    Safety.SAFE,
    explained_by=("dns-wrong-address", "nginx-down", "apache-down", "proxy-down"),
)
HTTPS = 443


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the port answers in something else than TLS."""
    if not seen.site.tls:
        raise NotApplicable
    walks = [walk for walk in (seen.observation.outside, seen.observation.proxy) if walk is not None]
    failed = [walk for walk in walks if failure_of(walk) is Failure.NOT_TLS]
    if not failed:
        return
    port, evidence = seen.site.port, [Evidence(walk.place.value, walk.reason) for walk in failed]
    curable = can_look(seen) and _curable(seen)
    if curable:
        evidence.append(seen.at(seen.route.server))
    yield FAULT.finding(
        f"port {port} does not speak TLS, and the URL says wss://",
        *evidence,
        severity=Severity.ERROR,
        safety=(Safety.SAFE if port == HTTPS else Safety.CONFIRM) if curable else Safety.ADVICE,
        advice=_advice(seen),
    )


def _curable(seen: Seen) -> bool:
    """Whether the proxy's own server answers at that port, and has a certificate."""
    if seen.route.kind is RouteKind.NONE or not seen.route.named:
        return False
    return in_force(seen, "ssl_certificate", "SSLCertificateFile") is not None


def _advice(seen: Seen) -> str:
    port, host = seen.site.port, seen.site.host
    if port != HTTPS:
        return (
            f"Open wss://{host}{seen.site.parts.path or '/'} on 443 in the client, and let the proxy hand that path on."
        )
    words = "`SSLEngine on`" if seen.site.proxy.kind == "apache" else f"`listen {port} ssl;`"
    return f"Give the server of {host} a certificate and {words}."


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Speak TLS there."""
    config, server = seen.config, seen.route.server
    if isinstance(config, nginx.Config):
        yield config.listen_with_tls(server, seen.site.port)
    elif isinstance(config, apache.Config):
        yield config.set_directive(server, "SSLEngine", "on")
