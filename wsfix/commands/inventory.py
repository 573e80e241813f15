"""`wsfix check -i INVENTORY`: every host of an inventory, from outside and from inside, and its repair where asked."""

from __future__ import annotations

import sys
import time

from wsfix import __version__
from wsfix.commands import status
from wsfix.commands.formats import Format
from wsfix.commands.gathering import bundled, lines_of, named, rules
from wsfix.commands.manner import Manner, Say
from wsfix.commands.progress import bar
from wsfix.consent import consent
from wsfix.fleet import Result, check_fleet
from wsfix.model.after import Wanted
from wsfix.model.report import Checked, Report
from wsfix.report.colour import Paint
from wsfix.report.points import points_lines
from wsfix.report.room import room_lines
from wsfix.report.text import diagnosis_lines, outcome_lines, plan_lines, summary_lines


def check(inventory: str, limit: tuple[str, ...], manner: Manner, say: Say, wanted: Wanted, *, fix: bool) -> int:
    """Look at every host, repair where asked, tell."""
    moment, began = time.time(), time.monotonic()
    paint = manner.paint(sys.stdout)

    progress = bar()

    def tell(result: Result) -> None:
        progress.clear()
        if not _is_text(manner):
            return
        if result.error:
            sys.stderr.write(f"wsfix: {result.error}\n")
        if result.seen is not None and manner.streams:
            say("\n".join(_lines(result, paint)))

    asked = consent()
    results = check_fleet(inventory, limit=limit, consent=asked, fix=fix, tell=tell, wanted=wanted, progress=progress)
    report = _report(inventory, results, manner, moment, time.monotonic() - began)
    if not _is_text(manner):
        manner.tell(manner.rendered(report), say)
    elif manner.streams:
        for line in summary_lines(report, paint):
            say(line)
    elif manner.output:
        manner.tell("\n".join(line for each in results if each.seen for line in _lines(each, paint)), say)
    if manner.bundle:
        manner.keep(bundled(report), say)
    return manner.end(status.gravest(_code(each, manner) for each in results), report)


def _is_text(manner: Manner) -> bool:
    return manner.format is Format.TEXT


def _report(inventory: str, results: list[Result], manner: Manner, moment: float, seconds: float) -> Report:
    seen = [result.seen for result in results if result.seen is not None]
    lines = lines_of(inventory, {site.name for each in seen for site in each.sites})
    sites = tuple(
        Checked(observation, diagnosis, lines.get(diagnosis.site.name, 1))
        for each in seen
        for observation, diagnosis in zip(each.observations, each.diagnoses, strict=True)
    )
    return Report(
        sites,
        plans=tuple(each.plan for each in seen),
        outcomes=tuple(result.outcome for result in results if result.outcome is not None),
        errors=tuple(result.error for result in results if result.error),
        rules=rules(),
        inventory=named(inventory),
        version=__version__,
        moment=moment,
        seconds=seconds,
        fails=manner.fails,
    )


def _lines(result: Result, paint: Paint) -> list[str]:
    seen, lines = result.seen, list[str]()
    if seen is None:
        return lines
    for observation, diagnosis in zip(seen.observations, seen.diagnoses, strict=True):
        lines += [
            *diagnosis_lines(observation, diagnosis, paint),
            *points_lines(diagnosis, paint),
            *room_lines(diagnosis, paint),
            "",
        ]
    if not seen.plan.empty or seen.plan.inhibited or seen.plan.held:
        lines += [*plan_lines(seen.plan, paint), ""]
    if result.outcome is not None:
        lines += [*outcome_lines(result.outcome, paint), ""]
    elif not seen.plan.empty:
        lines += [f"  {result.host}: not changed; run again with --fix to make these changes", ""]
    return lines


def _code(result: Result, manner: Manner) -> int:
    if result.error or result.seen is None:
        return status.ERROR
    if result.outcome is not None:
        return status.of_outcome(result.outcome)
    return max((status.of_diagnosis(each, manner.fails) for each in result.seen.diagnoses), default=status.UNCHECKED)
