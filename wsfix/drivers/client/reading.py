"""From the text of a command to what it would do: the programs that wsfix reads, by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wsfix.drivers.client import curl, lower, sockets
from wsfix.drivers.client.words import Line, line_of
from wsfix.model.command import Command

PROGRAMS: Mapping[str, Callable[[Line], Command]] = {
    "curl": curl.read,
    "wscat": sockets.wscat,
    "websocat": sockets.websocat,
    "websockets": sockets.websockets,
    "openssl": lower.openssl,
    "nc": lower.netcat,
    "ncat": lower.netcat,
    "netcat": lower.netcat,
}


def read(text: str) -> Command:
    """Return what the first command of a text that is of one of these programs would do; raises UnreadableCommand."""
    line = line_of(text, PROGRAMS)
    return PROGRAMS[line.program](line)
