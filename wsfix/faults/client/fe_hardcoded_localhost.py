"""The page asks the visitor's own machine: localhost is written into it.

Seen as: ERR_CONNECTION_REFUSED to localhost in the browser's console; nothing reaches the server, and the socket works when
it is asked from anywhere else.
Told apart: a file of the page words an address of localhost or 127.0.0.1 as the one to take; not in a comment, not behind
a question about the page's own name, not as the fallback of a variable of the build, not in the development proxy.
Changed: nothing; the code is the page's. The line and the text to write are shown.
Source: WHATWG URL; Create React App, "Adding Custom Environment Variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.javascript import Address, local_addresses
from wsfix.faults.application.sources import page_sources
from wsfix.faults.client.fe_dev_proxy_no_ws import FILES
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.application import Source
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.redact import mask_text, printable

FAULT = Fault("WS701", "fe-hardcoded-localhost", Hop.CLIENT, Safety.ADVICE, explained_by=("fe-env-baked-at-build",))
NOT_SERVED = re.compile(r"\.(?:test|spec|stories|config)\.[cm]?[jt]sx?$|\.d\.ts$")
MOST_SHOWN = 6


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire once, with every place."""
    if seen.site.host in {"localhost", "127.0.0.1"}:
        return
    held = [(source, address) for source in served(seen) for address in local_addresses(source.lines)]
    if not held:
        return
    yield FAULT.finding(
        f"the page asks {held[0][1].text}, which is the visitor's own machine and not this server",
        *places(held),
        severity=Severity.WARNING,
        advice=f"Write {_wanted(seen, held[0][1])} there; then build the page anew.",
    )


def _wanted(seen: Seen, address: Address) -> str:
    """Return what belongs in its place: the socket's address, or for HTTP the public origin or none at all."""
    if address.text.startswith("ws"):
        return f"the socket's own address, {own_address(seen)}"
    return f"`{'https' if seen.site.tls else 'http'}://{seen.site.parts.netloc}`, or a path without a host"


def served(seen: Seen) -> tuple[Source, ...]:
    """Return the files that a browser gets, or that are built into what it gets."""
    return tuple(s for s in page_sources(seen) if not FILES.match(s.name) and not NOT_SERVED.search(s.name))


def places(held: list[tuple[Source, Address]]) -> list[Evidence]:
    """Return each place with the text around the address."""
    shown = []
    for source, address in held[:MOST_SHOWN]:
        text = next((line for n, line in source.lines if n == address.line and address.text in line), address.text)
        start = max(0, text.find(address.text) - 40)
        shown.append(
            Evidence(f"{source.path}:{address.line}", printable(mask_text(text[start : start + 120].strip()), 120))
        )
    return shown


def own_address(seen: Seen) -> str:
    """Return the code that puts the address together from the page's own, or the public one where they differ."""
    path = seen.site.parts.path or "/"
    if any(origin.partition("://")[2].partition(":")[0] == seen.site.host for origin in seen.site.page_origins):
        words = re.sub(r"\{(\w+)\}", r"${\1}", path)
        return "`${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}" + f"{words}`"
    return seen.site.url
