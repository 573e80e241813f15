"""uvicorn was told not to speak WebSocket.

Seen as: 404 with the application's own words on every socket, while pages and the API work.
Told apart: the command line of the listening process holds `--ws none`; otherwise it is asgi-no-ws-library.
Changed: with consent, where the command stands in a unit of systemd: a drop-in words it without `--ws`, and the unit is
restarted. The unit itself is left as it is, and the undo takes the drop-in away.
Source: uvicorn, --ws; systemd.unit(5), drop-ins.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS541", "asgi-ws-none", Hop.BACKEND, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the flag stands in the command and the backend does not upgrade."""
    if seen.works:
        return
    there, refused = serving(seen), refusal(seen)
    if there is None or refused is None or there.running.option("--ws") != "none":
        return
    yield FAULT.finding(
        f"{there.running.words} on {seen.backend.words} was started with --ws none and takes no socket",
        there.evidence,
        answer(refused[0]),
        severity=seen.severity,
        safety=safety(reworded(seen, _with_sockets)),
        advice="Take `--ws none` out of the command that starts the backend, and restart it.",
    )


def _with_sockets(words: Words) -> Words:
    return without(words, valued=["--ws"])


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run it without the option."""
    words = reworded(seen, _with_sockets)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
