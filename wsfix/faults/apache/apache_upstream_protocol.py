"""Apache speaks TLS, or HTTP/1.0, to a backend that wants plain HTTP/1.1.

Seen as: 500 or 502 at once with Apache's own page, AH01144, AH00961 or AH02004 (`SSL Proxy connect failed`) in the error log; or
404, 400, 426 as for a plain request, although `upgrade=websocket` is set.
Told apart: the target of the ProxyPass begins with https:// or wss://, or `force-proxy-request-1.0` is set in the server that
takes the URL; the backend takes the socket in plain at that port.
Changed: the scheme of that target. The line that forces HTTP/1.0 is shown, since other paths may count on it.
Source: mod_proxy, ProxyPass, "Environment Variables" (force-proxy-request-1.0); mod_ssl, SSLProxyEngine; RFC 9110 section 7.8
(Upgrade is of 1.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache.tree import Node
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS493",
    "apache-upstream-protocol",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-wrong-vhost", "apache-site-not-enabled", "apache-upstream-wrong-port"),
    covers=("apache-upstream-https-scheme", "apache-http10-forced"),
)
_PLAIN = {"https": "http", "wss": "ws"}
_FAILED = frozenset({500, 502, 503})
_VARIABLE = "force-proxy-request-1.0"
_SETS = frozenset({"setenv", "setenvif", "setenvifnocase", "browsermatch", "browsermatchnocase"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where what is spoken is not what the backend wants."""
    upstream = seen.proxied.upstream
    if upstream is None or not seen.is_backend(upstream) or seen.works_through_proxy or not seen.backend_works:
        return
    walks = (answer(seen.through_proxy), answer(seen.at_backend))
    if upstream.scheme in _PLAIN and seen.through_proxy.status in _FAILED:
        yield FAULT.finding(
            "Apache speaks TLS to the backend, which speaks plain HTTP",
            seen.at(upstream.position or seen.route.position),
            *walks,
            severity=seen.severity_at_proxy,
        )
        return
    line = next(_forcing(seen), None)
    if line is not None:
        yield FAULT.finding(
            f"`{line.name} {' '.join(line.args)}` makes Apache speak HTTP/1.0 to the backend, which cannot be upgraded",
            seen.at(line.position),
            *walks,
            severity=seen.severity_at_proxy,
            safety=Safety.ADVICE,
            advice=f"Take that line away, or limit it to the paths that need it; {seen.site.prefix} must be asked with HTTP/1.1.",
        )


def _forcing(seen: Seen) -> Iterator[Node]:
    """Yield the directives that make Apache speak HTTP/1.0."""
    server = seen.apache.server(seen.route.server)
    for each in (inner for level in server.levels for node in level for inner in node.walk()):
        if each.name in _SETS and any(word.split("=")[0] == _VARIABLE for word in each.args):
            yield each


def cure(seen: Seen, finding: Finding) -> Iterator[ProxyConfig]:
    """Speak plain HTTP."""
    upstream = seen.proxied.upstream
    if finding.safety is Safety.SAFE and upstream is not None:
        yield seen.apache.set_upstream_scheme(seen.route, _PLAIN[upstream.scheme])
