"""A flag of the page switches its sockets off.

Seen as: nothing: no request, no error; what should arrive at once arrives after a reload, or never.
Told apart: a line of the page's source sets such a flag to false, or its env file holds the variable of such a flag with that
value.
Changed: nothing; the flag is the page's. The line is shown.
Source: Create React App and Vite: what the env file holds is written into the build.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.page import is_switch, switched_off
from wsfix.faults.application.sources import line_of
from wsfix.faults.client.fe_hardcoded_localhost import served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS708", "fe-websocket-disabled-flag", Hop.CLIENT, Safety.ADVICE)
_OFF = ("false", "0", "off", "no", "False", "FALSE")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first place that says so."""
    evidence = [*_of_env(seen), *_of_sources(seen)]
    if evidence:
        yield FAULT.finding(
            "the page's sockets are switched off by a flag of its own",
            *evidence[:4],
            severity=Severity.WARNING,
            advice=f"Set it to true at {evidence[0].source}, and build the page anew.",
        )


def _of_env(seen: Seen) -> Iterator[Evidence]:
    client = seen.site.client
    if client is None or client.env_file is None:
        return
    file = seen.inside.known("env", seen.inside.env).get(client.env_file)
    off = {seen.inside.digest(word) for word in _OFF}
    for line in file.lines if file is not None else ():
        if line.key is not None and is_switch(line.key) and line.digest in off:
            yield Evidence(f"{client.env_file}:{line.number}", f"{line.key} is off")


def _of_sources(seen: Seen) -> Iterator[Evidence]:
    if seen.site.client is None or not seen.site.client.files:
        return
    for source in served(seen):
        for line, _ in switched_off(source.text) if source.whole else ():
            yield line_of(source, line)
