"""The server wants a certificate of the client, and browsers or programs have none to show.

Seen as: 400 "No required SSL certificate was sent" of nginx; of Apache 403, or a handshake that ends with an alert.
Told apart: by nginx's words, by the alert "certificate required", or by a refused handshake where the server's directive
demands a certificate.
Changed: nothing; who has to prove himself is for the operator to decide. The directive is shown.
Source: ngx_http_ssl_module, ssl_verify_client; mod_ssl, SSLVerifyClient; RFC 8446 section 6.2 (certificate_required).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.faults.tls.certificates import can_look, failure_of
from wsfix.faults.tls.settings import Setting, in_force
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault("WS308", "tls-mtls-required", Hop.TLS, Safety.ADVICE)
_SAYS = (b"No required SSL certificate was sent", b"The SSL certificate error")
_DEMANDS = frozenset({"on", "require"})
_LINES = {"nginx": "`ssl_verify_client optional;`", "apache": "`SSLVerifyClient none`"}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the server's words or alert."""
    if not seen.site.tls:
        raise NotApplicable
    walk = seen.observation.outside or seen.through_proxy
    if walk.sound:
        return
    setting = in_force(seen, "ssl_verify_client", "SSLVerifyClient") if can_look(seen) else None
    demands = setting is not None and setting.args[:1] != () and setting.args[0].lower() in _DEMANDS
    failure = failure_of(walk)
    if not (_told(walk) or failure is Failure.TLS_CLIENT or (demands and failure is Failure.TLS_FAILED)):
        return
    yield FAULT.finding(
        "the server takes only clients that show a certificate",
        answer(walk),
        *_where(seen, setting),
        severity=Severity.ERROR,
        advice="Install the client's certificate where the socket is opened, or let the server do without for this name "
        f"({_LINES.get(seen.site.proxy.kind, 'see its manual')}) and check the client by a token.",
    )


def _told(walk: Walk) -> bool:
    reply = walk.handshake.reply if walk.handshake is not None else None
    return reply is not None and any(words in reply.body for words in _SAYS)


def _where(seen: Seen, setting: Setting | None) -> list[Evidence]:
    return [seen.at(setting.position)] if setting is not None else []
