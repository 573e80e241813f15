"""The exit statuses of the command line, each with one meaning, and which of several a run ends with."""

from __future__ import annotations

from collections.abc import Iterable

from wsfix.model.finding import Diagnosis, Severity
from wsfix.model.outcome import Outcome, Status

OK, ERROR, FINDINGS, UNCHECKED, ROLLED_BACK, BROKEN = 0, 1, 2, 3, 4, 5
USAGE, CONFIG, INTERRUPTED = 64, 78, 130

_GRAVITY = [OK, FINDINGS, UNCHECKED, ERROR, ROLLED_BACK, BROKEN]
"""Which of several hosts' codes the run ends with: the last one in this list."""
_ENDS = {
    Status.FIXED: OK,
    Status.UNCHANGED: OK,
    Status.PARTIAL: FINDINGS,
    Status.ROLLED_BACK: ROLLED_BACK,
    Status.REFUSED: ERROR,
    Status.FAILED: BROKEN,
}


def of_diagnosis(diagnosis: Diagnosis, fails: frozenset[Severity]) -> int:
    """Return the status of one site that was checked."""
    bad = any(finding.severity in fails for finding in diagnosis.findings)
    if not diagnosis.healthy or bad or diagnosis.lasts is False:
        return FINDINGS
    return UNCHECKED if diagnosis.after and diagnosis.lasts is None else OK


def of_outcome(outcome: Outcome) -> int:
    """Return the status of one host that was repaired."""
    return _ENDS[outcome.status]


def gravest(codes: Iterable[int]) -> int:
    """Return the one of several with which a run ends."""
    return max(codes, default=UNCHECKED, key=_GRAVITY.index)
