"""`wsfix check URL`: one socket, from outside; and `--explain-command`, beside it or alone."""

from __future__ import annotations

import sys
import time
from typing import Any

from wsfix import __version__
from wsfix.commands import status
from wsfix.commands.formats import Format
from wsfix.commands.gathering import bundled, rules
from wsfix.commands.manner import Manner, Say
from wsfix.commands.progress import bar
from wsfix.drivers.client import read
from wsfix.judge import judge, judge_command
from wsfix.lasting import afterwards
from wsfix.model.after import Wanted
from wsfix.model.command import Reading
from wsfix.model.observation import Observation
from wsfix.model.report import Checked, Report
from wsfix.observe import observe_outside
from wsfix.report.command import command_document, command_lines, verdict_lines
from wsfix.report.document import render, site_document
from wsfix.report.text import diagnosis_lines
from wsfix.spec import sites_of


def check(url: str, options: dict[str, Any], manner: Manner, command: str, say: Say, wanted: Wanted) -> int:
    """Look at a socket from outside, judge, tell; with a command, say first what that one tests."""
    reading = judge_command(read(command)) if command else None
    (site,) = sites_of("the command line", [{"name": _name(url), "url": url, **options}])
    moment, began = time.time(), time.monotonic()
    observation = _lasting(observe_outside(site), wanted)
    seconds = time.monotonic() - began
    checked = Checked(observation, judge(observation))
    report = Report((checked,), rules=rules(), version=__version__, moment=moment, seconds=seconds, fails=manner.fails)
    manner.tell(_told(report, reading, manner, url), say)
    if manner.bundle:
        manner.keep(bundled(report), say)
    codes = [status.of_diagnosis(checked.diagnosis, manner.fails), *([_code(reading, manner)] if reading else [])]
    return manner.end(status.gravest(codes), report)


def _lasting(observation: Observation, wanted: Wanted) -> Observation:
    """See what comes after the 101, where that is asked for."""
    if not wanted:
        return observation
    progress = bar()
    try:
        return afterwards(observation, wanted, tell=progress)
    finally:
        progress.clear()


def explain(command: str, manner: Manner, say: Say) -> int:
    """Say what a command really tests."""
    reading = judge_command(read(command))
    if manner.format is Format.JSON:
        manner.tell(render([], command=command_document(reading)), say)
    else:
        manner.tell("\n".join(command_lines(reading, manner.paint(sys.stdout))), say)
    return manner.end(_code(reading, manner), Report())


def _told(report: Report, reading: Reading | None, manner: Manner, url: str) -> str:
    (checked,) = report.sites
    if manner.format is Format.JSON and reading is not None:
        return render([site_document(checked.observation, checked.diagnosis)], command=command_document(reading, url))
    if manner.format is not Format.TEXT:
        return manner.rendered(report)
    paint = manner.paint(sys.stdout)
    lines = [*command_lines(reading, paint, url)] if reading else []
    lines += diagnosis_lines(checked.observation, checked.diagnosis, paint)
    lines += verdict_lines(reading, checked.diagnosis, paint) if reading else []
    return "\n".join(lines)


def _code(reading: Reading, manner: Manner) -> int:
    bad = any(finding.severity in manner.fails for finding in reading.findings)
    return status.FINDINGS if bad else status.OK


def _name(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0][:64]
    return host if host and host.replace("-", "").replace(".", "").isalnum() else "site"
