"""The server refuses the TLS handshake, since it knows no site of this name.

Seen as: ERR_SSL_UNRECOGNIZED_NAME_ALERT, and 1006 for the socket.
Told apart: the alert "unrecognized name" (SNI), as nginx sends it by `ssl_reject_handshake on`. Where no server of the host has
the name, nginx-wrong-vhost or apache-wrong-vhost is the cause.
Changed: nothing by this fault; the name belongs to the site's own server.
Source: RFC 6066 section 3; ngx_http_ssl_module, ssl_reject_handshake.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import failure_of
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS311",
    "tls-name-unrecognised",
    Hop.TLS,
    Safety.ADVICE,
    explained_by=(
        "dns-wrong-address",
        "nginx-wrong-vhost",
        "nginx-site-not-enabled",
        "nginx-edited-not-reloaded",
        "apache-wrong-vhost",
        "apache-site-not-enabled",
        "proxy-site-missing",
    ),
    covers=("tls-sni-no-server",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the alert."""
    if not seen.site.tls:
        raise NotApplicable
    walk = seen.observation.outside or seen.through_proxy
    if failure_of(walk) is not Failure.TLS_NAME:
        return
    yield FAULT.finding(
        f"the server at {walk.addresses[0] if walk.addresses else seen.site.host} knows no site of the name {seen.site.host}",
        Evidence(walk.place.value, walk.reason or "alert unrecognized name"),
        severity=Severity.ERROR,
        advice=f"Name {seen.site.host} in the server of this site (nginx: server_name, Apache: ServerName), with a "
        "certificate for it, or correct the name's address.",
    )
