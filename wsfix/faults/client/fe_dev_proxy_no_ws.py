"""The development server's proxy does not take sockets.

Seen as: `closed before the connection is established`, or 404, on a developer's machine only.
Told apart: in setupProxy.js or vite.config the entry that the socket's path takes has no `ws: true`; comments do not count.
Changed: nothing; the file is the page's. The line and the words to add are shown.
Source: http-proxy-middleware, `ws`; Vite, server.proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.javascript import DevProxy, dev_proxies
from wsfix.faults.application.sources import line_of, page_sources
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS700", "fe-dev-proxy-no-ws", Hop.CLIENT, Safety.ADVICE, covers=("dev-proxy-no-ws",))
FILES = re.compile(r"^(?:setupProxy\.[cm]?[jt]s|vite\.config\.[cm]?[jt]s|webpack\.config\.[cm]?js)$")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each file whose entry for the socket hands no upgrade on."""
    for source in page_sources(seen):
        if not FILES.match(source.name) or not source.whole:
            continue
        entries = [entry for entry in dev_proxies(source.text) if is_for_socket(entry, seen)]
        if not entries or any(entry.sockets for entry in entries):
            continue
        paths = ", ".join(entries[0].paths)
        yield FAULT.finding(
            f"the development proxy's entry for {paths} does not take sockets",
            *(line_of(source, line) for line in dict.fromkeys((entries[0].line, entries[0].closing))),
            severity=Severity.WARNING,
            advice=f"Write `ws: true,` into the options of {paths} that end at {source.path}:{entries[0].closing}.",
            subject=source.path,
        )


def is_for_socket(entry: DevProxy, seen: Seen) -> bool:
    """Whether the entry takes the path of the socket, as the page or as the application knows it."""
    asked = {seen.site.path, seen.site.backend_path}
    for path in (path.removeprefix("^").rstrip("/") for path in entry.paths):
        if any(f"{one}/".startswith(f"{path}/") for one in asked) or re.search(
            r"/(?:ws|socket|sock|socket\\?\.io)\b", path
        ):
            return True
    return False
