"""A header with an underscore in its name is dropped before the backend sees it.

Seen as: 401 or 403 through nginx only, for clients that send such as `access_token` or `api_key`; nothing in the error log at its
default level.
Told apart: the handshake carries such a header, the backend takes it directly, and `underscores_in_headers` is not on.
Changed: with consent, since an application behind nginx may take `X_Real_IP` for the proxy's own X-Real-IP:
`underscores_in_headers on;` in the server of this site. A name with dashes is better.
Source: ngx_http_core_module, underscores_in_headers, ignore_invalid_headers (what the default server says counts until the
name of the server is known, which TLS tells before the request).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import before_the_location, only_through_nginx
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS419",
    "nginx-underscore-header",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-duplicate-proxy-set-header", "nginx-handshake-altered"),
)
REFUSALS = frozenset({400, 401, 403})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a header that nginx drops is what the handshake carries."""
    names = [name for name in _sent(seen) if "_" in name]
    walk = only_through_nginx(seen, REFUSALS) if names else None
    if walk is None:
        return
    for directive, good in (("underscores_in_headers", "on"), ("ignore_invalid_headers", "off")):
        said = seen.nginx.in_force(seen.route, directive)
        if said and said[-1].args == (good,):
            return
    yield FAULT.finding(
        f"nginx drops the header {names[0]}, since its name holds an underscore",
        Evidence(str(seen.route.server), "underscores_in_headers is off"),
        answer(walk),
        answer(seen.at_backend),
        severity=Severity.ERROR,
        advice=f"Send it as {names[0].replace('_', '-')}.",
    )


def _sent(seen: Seen) -> list[str]:
    token = seen.site.probe.token
    return [*seen.site.probe.headers_from_env, *([token.name] if token and token.place == "header" else [])]


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Let such names pass: in the server where TLS names it before the request, else for all."""
    yield before_the_location(seen, "underscores_in_headers", "on")
