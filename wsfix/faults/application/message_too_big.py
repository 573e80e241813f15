"""A message is longer than the server takes, and it closes with 1009.

Seen as: the socket opens, and closes with 1009 as soon as a larger message is sent: a picture, a long list.
Told apart: by the close code of the probe, or by the server's own words in its log; `--ws-max-size` in its command tells the
limit.
Changed: with consent, where the command stands in a unit of systemd and holds --ws-max-size: a drop-in words it without (16 MiB
then), and the unit is restarted. Else the option is shown.
Source: RFC 6455 section 7.4.1 (1009); uvicorn, --ws-max-size; websockets, max_size; ws, maxPayload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import log_source, logged, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS615", "message-too-big", Hop.APPLICATION, Safety.CONFIRM)
TOO_BIG = 1009
_WORDS = (
    "exceeds limit of",
    "Max payload size exceeded",
    "message too big",
    "websocket: read limit exceeded",
    "1009 (",
)
_OF_SOCKETS = re.compile(r"\b(?:websockets?|frame|payload|1009)\b", re.IGNORECASE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the probe was closed for that, or the log says that clients were."""
    closed = _closed(seen)
    said = _said(seen) if closed is None else None
    if closed is None and said is None:
        return
    there = serving(seen) if seen.observation.inside is not None and seen.site.backend else None
    limit = there.running.option("--ws-max-size") if there is not None else None
    evidence = [answer(closed)] if closed is not None else []
    evidence += [Evidence(log_source(seen), said)] if said else []
    evidence += [there.evidence] if there is not None and limit else []
    yield FAULT.finding(
        "the server closes with 1009: a message is longer than it takes" + (f" ({limit} bytes)" if limit else ""),
        *evidence,
        severity=seen.severity if closed is not None else Severity.WARNING,
        safety=safety(reworded(seen, _unlimited)) if limit else Safety.ADVICE,
        advice="Raise the limit (`--ws-max-size` of uvicorn, `max_size` of websockets, `maxPayload` of ws, `maxHttpBufferSize` of "
        "Socket.IO), or send large things over HTTP.",
    )


def _closed(seen: Seen) -> Walk | None:
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    return next((w for w in held if w and w.handshake and w.handshake.close_code == TOO_BIG), None)


def _said(seen: Seen) -> str | None:
    said = logged(seen, *_WORDS)
    return said if said is not None and _OF_SOCKETS.search(said) else None


def _unlimited(words: Words) -> Words:
    return without(words, valued=["--ws-max-size"])


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Run it with the server's own limit."""
    words = reworded(seen, _unlimited)
    if words is not None and finding.safety is Safety.CONFIRM:
        yield from run_instead(seen, words, FAULT.code)
