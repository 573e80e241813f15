"""The proxy waits for the PROXY protocol, and clients come without it.

Seen as: the connection is reset in the TLS handshake (or answered 400 on a plain port), for every client and every site of the
port. Often left from a time behind a load balancer, or switched on before the balancer was.
Told apart: a line of what is loaded asks for it at this port, and the handshake breaks off at once from outside and on the
host. Where a balancer stands before the proxy and sends it, the site works from outside, and this is silent.
Changed: nothing; the line is shown. Take the word away where clients come directly, or let the balancer send it. In nginx
the word counts for an address and port, whichever server{} writes it.
HAProxy's own words for it are haproxy-accept-proxy.
Source: ngx_http_core_module, listen (proxy_protocol); mod_remoteip, RemoteIPProxyProtocol; the PROXY protocol, versions 1
and 2, section 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.route import Position
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS313",
    "proxy-protocol-expected",
    Hop.TLS,
    Safety.ADVICE,
    explained_by=("dns-wrong-address", "nginx-edited-not-reloaded", "apache-edited-not-reloaded"),
)
_LINE = re.compile(
    r"\s*(?:listen\s+(?P<where>\S+)\s.*\bproxy_protocol\b|RemoteIPProxyProtocol\s+on\b|proxy_protocol\b)", re.IGNORECASE
)
_BROKEN_OFF = frozenset({Failure.RESET, Failure.CLOSED, Failure.TLS_FAILED, Failure.NOT_TLS})
BAD_REQUEST = 400


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where such a line names the port, and the handshake breaks off at both places."""
    outside, here = seen.outside, seen.observation.proxy
    if outside.sound or not _breaks_off(outside) or (here is not None and not _breaks_off(here)):
        return
    lines = _lines(seen)
    if not lines:
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} waits for the PROXY protocol on port {seen.site.port}, and clients come without it",
        *(seen.at(line) for line in lines[:2]),
        answer(outside),
        *([answer(here)] if here is not None else []),
        severity=Severity.ERROR,
        advice=f"Take it away at {lines[0]} where clients come directly, and reload; or let the balancer before it send it.",
    )


def _breaks_off(walk: Walk) -> bool:
    if walk.sound or walk.wall is None:
        return False
    told = {phase.failure for phase in walk.phases} | {walk.handshake.failure if walk.handshake else None}
    return bool(told & _BROKEN_OFF) or walk.status == BAD_REQUEST


def _lines(seen: Seen) -> list[Position]:
    found, config = [], seen.config
    for path, data in config.files.items():
        if path not in config.loaded:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            told = _LINE.match(line)
            where = (told["where"] or "") if told else ""
            if told and (not where or where.rstrip(";").rpartition(":")[2] == str(seen.site.port)):
                found.append(Position(path, number))
    return found
