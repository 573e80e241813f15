"""A `rewrite` changes the socket's path into one that the backend does not know.

Seen as: as nginx-proxy-pass-uri-strips: 403 with an empty body (Starlette), 500 (Channels), 400 (ws), 502 after one second
(Socket.IO). Often a rule for pages or for the API that also takes the socket.
Told apart: without that line the backend would be asked for its own path.
Changed: with consent, since other paths may need the rule: the line is taken away.
Source: ngx_http_rewrite_module, rewrite (flags last, break); ngx_http_proxy_module, proxy_pass (after `rewrite … break` the URI
of the directive is ignored).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import worded
from wsfix.faults.nginx.rewriting import culprit
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS416",
    "nginx-rewrite-breaks-path",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-location-regex-steals", "nginx-wrong-vhost", "nginx-site-not-enabled"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where one rewrite alone makes the path wrong."""
    node = culprit(seen)
    if node is None:
        return
    site, asked = seen.site, seen.route.backend_path
    told = (seen.observation.proxy or seen.observation.outside, seen.observation.backend)
    yield FAULT.finding(
        f"{worded(node)} makes {asked} of {site.path}, and the backend knows {site.backend_path}",
        seen.at(node.position),
        Evidence(str(node.position), f"without this line the backend is asked for {site.backend_path}"),
        *(answer(walk) for walk in told if walk is not None),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Take the line away."""
    node = culprit(seen)
    if node is not None:
        yield seen.nginx.without(node)
