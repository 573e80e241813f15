"""The page asks the right host for another path than the socket's.

Seen as: 403 or 404 in the browser, while the socket of the inventory is proved.
Told apart: every socket that the page's files open is written out, none of their paths is that of the site, and the host is the
site's or the page's own.
Changed: nothing; the code is the page's. The line and the address to write are shown.
Source: WHATWG WebSockets, the constructor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.page import SocketAddress, openings, socket_addresses
from wsfix.faults.application.sources import line_of
from wsfix.faults.client.fe_hardcoded_localhost import own_address, served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS705", "fe-wrong-base-path", Hop.CLIENT, Safety.ADVICE, explained_by=("fe-env-baked-at-build",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where all are known and none fits."""
    if seen.site.protocol == "socketio":
        return
    sources = [source for source in served(seen) if source.whole]
    held = [(source, each) for source in sources for each in socket_addresses(source.text)]
    ours = [(source, each) for source, each in held if each.host in {"", seen.site.host} and each.path is not None]
    if not ours or len(held) < sum(openings(source.text) for source in sources):
        return
    template = seen.site.parts.path or "/"
    if any(_fits(each, seen.site.path) or _is_one_of(each, template) for _, each in ours):
        return
    source, first = ours[0]
    yield FAULT.finding(
        f"the page opens its socket at {first.path}, and the site's is at {seen.site.parts.path or '/'}",
        *(line_of(where, each.line) for where, each in ours[:4]),
        severity=Severity.WARNING,
        advice=f"Write {own_address(seen)} at {source.path}:{first.line}, or correct `url` in the inventory; then build anew.",
    )


def _fits(address: SocketAddress, path: str) -> bool:
    said = address.path or "/"
    if address.open:
        return path.startswith(said) or said.startswith(path)
    return said.rstrip("/") == path.rstrip("/")


def _is_one_of(address: SocketAddress, template: str) -> bool:
    """Whether a path of the page is one of those that the site's placeholders stand for."""
    parts = re.split(r"\{[^{}/]*\}", template.rstrip("/"))
    form = "[^/]+".join(re.escape(part) for part in parts)
    return re.fullmatch(f"{form}/*", address.path or "/") is not None
