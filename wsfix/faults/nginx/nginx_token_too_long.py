"""The handshake is longer than nginx takes: a long token in the query, or many cookies.

Seen as: 414 `Request-URI Too Large`, or 400 `Request Header Or Cookie Too Large`; only for users whose token or cookies are long.
Told apart: by these words on nginx's own page; the backend never sees the request.
Changed: with consent, since every connection may then take more memory: `large_client_header_buffers` of the server that
answers becomes 4 of 32k. Where it is so large already, nothing: the token must be shorter, or come in a first message.
Source: ngx_http_core_module, large_client_header_buffers (4 of 8k; a line must fit into one buffer; what the default server
says counts until the name of the server is known, which TLS tells before the request).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import before_the_location, by_nginx, reply_of, routed
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS413", "nginx-token-too-long", Hop.PROXY, Safety.CONFIRM)
TOO_LONG, BAD_REQUEST = 414, 400
WORDS = b"Request Header Or Cookie Too Large"
DIRECTIVE = "large_client_header_buffers"
NUMBER, KILOBYTES = 4, 32
_SIZE = re.compile(r"(\d+)([km]?)", re.IGNORECASE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx says that the request was too long."""
    walk = by_nginx(seen, TOO_LONG, BAD_REQUEST)
    reply = reply_of(walk)
    if walk is None or reply is None or (reply.status == BAD_REQUEST and WORDS not in reply.body):
        return
    outside_only = seen.observation.inside is None
    held = () if outside_only else seen.nginx.in_force(routed(seen), DIRECTIVE)
    yield FAULT.finding(
        "the handshake is longer than nginx takes: a long token in the URL, or many cookies",
        answer(walk),
        *(seen.at(node.position) for node in held[-1:]),
        severity=seen.severity,
        safety=Safety.ADVICE if outside_only or _large(held) else Safety.CONFIRM,
        advice=f"Send a shorter token and fewer cookies, or raise {DIRECTIVE} in the server of this site.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Take longer lines: in the server where TLS names it before the request, else for all."""
    yield before_the_location(seen, DIRECTIVE, str(NUMBER), f"{KILOBYTES}k")


def _large(held: tuple[Node, ...]) -> bool:
    """Whether the buffers in force are as large as the cure would make them."""
    if not held or len(held[-1].args) != 2 or not held[-1].args[0].isdigit():  # noqa: PLR2004 - number and size
        return False
    number, size = held[-1].args
    return int(number) >= NUMBER and _kilobytes(size) >= KILOBYTES


def _kilobytes(size: str) -> int:
    found = _SIZE.fullmatch(size)
    if found is None:
        return 0
    count = int(found[1])
    return {"": count // 1024, "k": count, "m": count * 1024}[found[2].lower()]
