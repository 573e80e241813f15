"""The server offers only versions of TLS that clients have given up.

Seen as: ERR_SSL_VERSION_OR_CIPHER_MISMATCH for the page, 1006 for the socket. The other way about, a server with TLS 1.3 alone
keeps out devices made before 2019.
Told apart: the server refuses TLS 1.2 by the alert "protocol version"; the directive in force lists nothing from 1.2 on.
Changed: with consent the server's own directive is set to TLS 1.2 and 1.3. Without the host the line is shown.
Source: RFC 8996 (TLS 1.0 and 1.1 are deprecated); ngx_http_ssl_module, ssl_protocols; mod_ssl, SSLProtocol.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import apache, nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import can_look, failure_of
from wsfix.faults.tls.settings import Setting, in_force
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault("WS307", "tls-old-protocol", Hop.TLS, Safety.CONFIRM, explained_by=("dns-wrong-address",))
NEW = frozenset({"tlsv1.2", "tlsv1.3"})
_LINES = {"nginx": "`ssl_protocols TLSv1.2 TLSv1.3;`", "apache": "`SSLProtocol -all +TLSv1.2 +TLSv1.3`"}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the handshake failed for its version; a note where old devices are kept out."""
    if not seen.site.tls:
        raise NotApplicable
    refused = Failure.TLS_VERSION in {failure_of(seen.observation.outside), failure_of(seen.observation.proxy)}
    if not refused and seen.observation.inside is None:
        return
    setting = in_force(seen, "ssl_protocols", "SSLProtocol") if can_look(seen) or not refused else None
    offered = _offered(setting)
    if refused:
        walk = seen.observation.outside or seen.through_proxy
        evidence = [Evidence(walk.place.value, walk.reason or "the server offers no TLS version from 1.2 on")]
        evidence += [seen.at(setting.position)] if setting is not None else []
        yield FAULT.finding(
            "the server offers no version of TLS that clients of today speak",
            *evidence,
            severity=Severity.ERROR,
            safety=Safety.CONFIRM if offered is not None and not offered & NEW else Safety.ADVICE,
            advice=f"Offer TLS 1.2 and 1.3: {_LINES.get(seen.site.proxy.kind, 'see the manual of the proxy')}.",
        )
    elif setting is not None and offered == frozenset({"tlsv1.3"}):
        yield FAULT.finding(
            "the server offers TLS 1.3 alone, which devices made before 2019 do not speak",
            seen.at(setting.position),
            severity=Severity.NOTE,
            safety=Safety.ADVICE,
            advice=f"Offer TLS 1.2 as well where such clients matter: {_LINES.get(seen.site.proxy.kind, '')}.",
        )


def _offered(setting: Setting | None) -> frozenset[str] | None:
    """Return the versions that a directive lists; None where it counts down from `all`."""
    if setting is None:
        return None
    words = [word.lower() for word in setting.args]
    if "all" in {word.lstrip("+") for word in words}:
        return None
    return frozenset(word.lstrip("+") for word in words if not word.startswith("-"))


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Set the directive of the server."""
    config, server = seen.config, seen.route.server
    if isinstance(config, nginx.Config):
        yield config.set_directive(server, "ssl_protocols", "TLSv1.2", "TLSv1.3")
    elif isinstance(config, apache.Config):
        yield config.set_directive(server, "SSLProtocol", "-all", "+TLSv1.2", "+TLSv1.3")
