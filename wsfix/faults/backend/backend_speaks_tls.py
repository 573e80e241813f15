"""The backend speaks TLS by itself, and the proxy speaks plain HTTP to it.

Seen as: 502 at once (Apache and HAProxy: 502 or 503), `upstream prematurely closed connection` in nginx's error log; the unit is
active, and its log says `Uvicorn running on https://…`, or complains of an invalid request.
Told apart: straight at the backend the plain request ends without an answer, and a TLS handshake on the same port succeeds. A
backend that answers `plain HTTP request was sent to HTTPS port` behind nginx is nginx-upstream-https-scheme.
Changed: with consent, behind nginx: the scheme of that `proxy_pass`; nginx does not verify the backend's certificate unless it is
told to (proxy_ssl_verify). Else both ways are shown: on loopback TLS hides nothing, so that the backend may as well speak plainly.
Source: uvicorn, --ssl-keyfile; Daphne, -e ssl:; gunicorn, --certfile; ngx_http_proxy_module, proxy_pass, proxy_ssl_verify.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import is_here
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS556", "backend-speaks-tls", Hop.BACKEND, Safety.CONFIRM, explained_by=("nginx-upstream-https-scheme",))
_TLS = frozenset({"https", "wss"})
_HOW = {
    "apache": "In Apache: `SSLProxyEngine on` in the virtual host, and `https://` in its ProxyPass.",
    "caddy": "In Caddy: `https://` before the address in reverse_proxy, and `tls_insecure_skip_verify` or the CA in its transport.",
    "haproxy": "In HAProxy: `ssl verify required ca-file …` on the server's line.",
}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the port took TLS and the proxy dials it plainly."""
    upstream = seen.proxied.upstream
    if upstream is None or upstream.scheme in _TLS or not seen.is_backend(upstream) or seen.works_through_proxy:
        return
    walk = seen.at_backend
    if not walk.tls_spoken or not is_here(seen, upstream):
        return
    kept = keeper(seen)
    kind = seen.site.proxy.kind
    yield FAULT.finding(
        f"the backend on {seen.backend.words} speaks TLS, and {seen.site.proxy.word} speaks plain HTTP to it",
        seen.at(upstream.position or seen.route.position),
        answer(walk),
        Evidence(seen.backend.words, "took a TLS handshake"),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity_at_proxy,
        safety=Safety.CONFIRM if kind == "nginx" else Safety.ADVICE,
        advice=""
        if kind == "nginx"
        else f"Take the certificate out of the backend's command: on the host itself it hides nothing. "
        f"{_HOW.get(kind, '')}".strip(),
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Speak TLS to it."""
    if isinstance(seen.config, nginx.Config):
        yield seen.config.set_upstream_scheme(seen.route, "https")
