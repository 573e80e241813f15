"""nginx sends another request than the client's, or hides what the backend answered.

Seen as: 400 or 426 from the backend, which misses Sec-WebSocket-Key or the method GET; or 101 that every client refuses, since
Upgrade or Sec-WebSocket-Accept is missing in it.
Told apart: by the lines in force: `proxy_pass_request_headers off`, a `proxy_method` other than GET, an empty or fixed
`Sec-WebSocket-…` header for the backend, or `proxy_hide_header` of a header of the answer.
Changed: the line, in the location; where it stands further out and others need it, it is only shown.
Source: ngx_http_proxy_module, proxy_pass_request_headers, proxy_method, proxy_set_header, proxy_hide_header; RFC 6455
sections 4.2.1 and 4.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS428",
    "nginx-handshake-altered",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-location-regex-steals", "nginx-wrong-vhost", "nginx-site-not-enabled"),
    covers=("nginx-pass-request-headers-off", "nginx-proxy-method", "nginx-hide-header-upgrade"),
)
ASKED = {"sec-websocket-key": "$http_sec_websocket_key", "sec-websocket-version": "$http_sec_websocket_version"}
ANSWERED = frozenset({"upgrade", "sec-websocket-accept"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each line that breaks the handshake."""
    if seen.works_through_proxy:
        return
    _ = seen.proxied
    for node, what in _altering(seen):
        yield FAULT.finding(
            f"{worded(node)} {what}",
            seen.at(node.position),
            answer(seen.through_proxy),
            *([answer(seen.observation.backend)] if seen.observation.backend is not None else []),
            severity=seen.severity_at_proxy,
            subject=f"{node.name} {node.args[0]}",
            advice=f"Take the line away, or write `proxy_pass_header {node.args[0]};` into `{seen.route.match or 'server'}`."
            if node.name == "proxy_hide_header"
            else "",
        )


def _altering(seen: Seen) -> Iterator[tuple[Node, str]]:
    route, config = seen.route, seen.nginx
    for node in config.in_force(route, "proxy_pass_request_headers")[-1:]:
        if node.args == ("off",):
            yield node, "sends none of the client's headers to the backend, Sec-WebSocket-Key among them"
    for node in config.in_force(route, "proxy_method")[-1:]:
        if node.args and "$" not in node.args[0] and node.args[0].upper() != "GET":
            yield node, "makes the handshake another method than GET"
    passed = {node.args[0].lower() for node in config.in_force(route, "proxy_pass_header") if node.args}
    for node in config.in_force(route, "proxy_hide_header"):
        if node.args and node.args[0].lower() in ANSWERED - passed:
            yield node, "takes away what a client needs to see in the backend's 101"
    for node in config.in_force(route, "proxy_set_header"):
        if len(node.args) > 1 and node.args[0].lower() in ASKED and "$" not in node.args[1]:
            yield node, "replaces what the client asked the backend for"


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Hand the request and the answer on as they are."""
    route, config = seen.route, seen.nginx
    name, _, word = finding.subject.partition(" ")
    if name == "proxy_pass_request_headers":
        yield config.set_directive(route.position, name, "on")
    elif name == "proxy_method":
        yield config.set_directive(route.position, name, "GET")
    elif name == "proxy_set_header":
        yield config.set_header(route, word, ASKED[word.lower()])
    else:
        for node in config.own(route, name):
            if node.args == (word,):
                yield config.without(node)
