"""Annotations for GitHub Actions: one workflow command for each finding, at the site's line of the inventory."""

from __future__ import annotations

from wsfix.model.finding import Finding, Severity
from wsfix.model.report import Checked, Report
from wsfix.report.text import said

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """Return the workflow commands, and a line for each site that works."""
    lines = [line for each in report.sites for line in _site(report, each)]
    lines += [_command("error", "wsfix", _place(report), error) for error in report.errors]
    return "".join(f"{line}\n" for line in lines)


def _site(report: Report, checked: Checked) -> list[str]:
    diagnosis, place = checked.diagnosis, _place(report, checked.line)
    mended = report.mended(checked)
    lines = [_finding(checked, f, place, mended=mended) for f in diagnosis.findings if not f.because]
    if diagnosis.unexplained:
        at = f"stops at {diagnosis.wall.word}: " if diagnosis.wall else ""
        answers = [f"{item.source}: {item.excerpt}" for item in diagnosis.evidence]
        told = "\n".join([f"{diagnosis.site.name}: {at}{diagnosis.reason or 'the handshake fails'}", *answers])
        lines.insert(0, _command("error", "wsfix (unexplained)", place, told))
    return lines


def _finding(checked: Checked, finding: Finding, place: str, *, mended: bool) -> str:
    told = [f"{checked.diagnosis.site.name} on {checked.where}: {'repaired: ' if mended else ''}{finding.message}"]
    told += [f"{item.source}: {item.excerpt}" for item in finding.evidence]
    told += [finding.advice] if finding.advice else []
    title = f"wsfix ({finding.code} {finding.name})"
    return _command("notice" if mended else _COMMAND[finding.severity], title, place, "\n".join(told))


def _place(report: Report, line: int = 1) -> str:
    return f",file={_property(report.inventory)},line={line}" if report.inventory else ""


def _command(kind: str, title: str, place: str, text: str) -> str:
    return f"::{kind} title={_property(title)}{place}::{_data(said(text))}"


def _data(text: str) -> str:
    """Return a value as the runner reads it (actions/toolkit, packages/core/src/command.ts, escapeData)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
