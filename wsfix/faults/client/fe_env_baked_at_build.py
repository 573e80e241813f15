"""The page was built before its env file was last changed: what stands in the file is not in the page.

Seen as: the file is right, and the browser goes on asking the old address.
Told apart: a built file words localhost as the address to take, and the page's env file, which names another one, was
changed after that build; or the values of the file are to be changed in this run. A build that is merely older is silent:
what it holds may be the same.
Changed: nothing; a build is for those who own the page. Its command is shown.
Source: Create React App, "Adding Custom Environment Variables"; Vite, "Env Variables and Modes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.javascript import Address, local_addresses
from wsfix.faults.application.sources import page_sources
from wsfix.faults.envfile import client_file, client_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.application import Source
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS704", "fe-env-baked-at-build", Hop.CLIENT, Safety.ADVICE)
BUILT = re.compile(r"/(?:build|dist|out|static|assets|public|html)/.*\.(?:js|mjs|html)$")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a new build is needed for what the file holds, or will hold."""
    file = client_file(seen)
    if not file.exists:
        return
    wrong = client_values(seen, file)
    built = _built(seen)
    stale = [(source, address) for source, address in built if file.modified > source.modified]
    if not stale and not wrong:
        return
    evidence = [Evidence(file.path, f"{want.key} {want.why}") for want in wrong]
    for source, address in stale[:1]:
        age = _span(file.modified - source.modified)
        evidence.append(
            Evidence(f"{source.path}:{address.line}", f"{address.text}, built {age} before {file.path} was changed")
        )
    yield FAULT.finding(
        f"what {file.path} holds reaches the browser only by a new build",
        *evidence,
        severity=Severity.WARNING if stale else Severity.NOTE,
        advice=f"Build the page anew in {file.path.rpartition('/')[0]} (`npm run build`) and put the result where it is served.",
    )


def _built(seen: Seen) -> list[tuple[Source, Address]]:
    """Return the built files that word an address of the visitor's own machine, with its place."""
    try:
        held = [source for source in page_sources(seen) if BUILT.search(source.path)]
    except NotApplicable:
        return []
    return [(source, address) for source in held for address in local_addresses(source.lines)[:1]]


def _span(seconds: float) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{seconds:.0f} s"
