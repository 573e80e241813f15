"""What a person reads in a terminal: the path, the cause with its evidence, the plan with its diff, the outcome."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from wsfix.model.change import Action, Plan
from wsfix.model.finding import Diagnosis, Evidence, Finding, Severity
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome, Status
from wsfix.redact import mask_text, visible
from wsfix.report.colour import Paint
from wsfix.report.path import path_lines

WIDTH = 80
_DETAIL = 6
_MARK = {Severity.ERROR: ("✗", "red"), Severity.WARNING: ("!", "yellow"), Severity.NOTE: ("-", "dim")}


def diagnosis_lines(observation: Observation, diagnosis: Diagnosis, paint: Paint) -> list[str]:
    """Return one site's diagnosis; the cause stands in the first screen."""
    site, cause = diagnosis.site, diagnosis.cause
    where = f" on {diagnosis.host}" if diagnosis.host else ""
    lines = [f"{paint(site.name, 'bold')}  {_said(site.url)}{where}", ""]
    lines += [f"  {line}" for line in path_lines(observation, cause.hop if cause else None, paint)]
    lines.append("")
    if diagnosis.healthy:
        lines.append(paint("  ✓ the handshake succeeds and the socket carries messages", "green"))
    elif cause is not None:
        lines += _finding(cause, paint, title="cause")
    else:
        lines += _unexplained(diagnosis, paint)
    lines += _others(diagnosis, paint)
    lines += _unknown(diagnosis, paint)
    return lines


def _finding(finding: Finding, paint: Paint, title: str) -> list[str]:
    mark, style = _MARK[finding.severity]
    lines = _headline(mark, style, title, finding.message, paint)
    lines.append(paint(f"    {finding.code} {finding.name} — `wsfix explain {finding.code}`", "dim"))
    lines += _evidence(finding.evidence, paint)
    if finding.advice and finding.safety.value == "advice":
        lines += _wrapped(finding.advice, "    → ", paint, "cyan")
    return lines


def _headline(mark: str, style: str, title: str, message: str, paint: Paint) -> list[str]:
    first, *rest = _folded(f"{title}: {_said(message)}", WIDTH - 4) or [f"{title}:"]
    told = paint(first[len(title) + 1 :], "bold")
    lines = [f"  {paint(mark, style)} {paint(f'{title}:', style, 'bold')}{told}"]
    return lines + [f"    {paint(line, 'bold')}" for line in rest]


def _evidence(evidence: Iterable[Evidence], paint: Paint) -> list[str]:
    """Return each source with what it says: beside it where both fit on a line, below it where they do not."""
    held = [(_said(item.source), _said(item.excerpt)) for item in evidence]
    short = [source for source, excerpt in held if len(source) + len(excerpt) + 8 <= WIDTH]
    width = max((len(source) for source in short), default=0)
    lines: list[str] = []
    before = ""
    for source, excerpt in held:
        if source != before and width + len(excerpt) + 8 <= WIDTH and len(source) <= width:
            lines.append(f"      {paint(source.ljust(width), 'cyan')}  {excerpt}")
        else:
            lines += [f"      {paint(source, 'cyan')}"] if source != before else []
            lines += [f"        {part}" for part in _folded(excerpt, WIDTH - 8) or [""]]
        before = source
    return lines


def _unexplained(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    reason = diagnosis.reason or "the handshake fails"
    outside_only = not diagnosis.host
    title = f"stops at {diagnosis.wall.word}" if outside_only and diagnosis.wall else "unexplained"
    lines = _headline("✗", "red", title, reason, paint)
    lines += _evidence((item for item in diagnosis.evidence if item.excerpt != reason), paint)
    if outside_only:
        lines += _wrapped(
            "Only the outside was seen. Name the host in an inventory, and wsfix looks from inside: wsfix check -i inventory/prod.py",
            "    → ",
            paint,
            "cyan",
        )
    return lines


def _others(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    lines: list[str] = []
    for finding in diagnosis.findings:
        if finding is diagnosis.cause:
            continue
        if finding.because:
            mark, style = _MARK[finding.severity]
            told = _folded(_said(f"{finding.message} (because of {finding.because})"), WIDTH - 4)
            lines += [f"  {paint(mark, style)} {told[0]}", *(f"    {line}" for line in told[1:])]
        else:
            lines += ["", *_finding(finding, paint, title=finding.severity.value)]
    return lines


def _unknown(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    lines = []
    for unknown in diagnosis.unknown if diagnosis.host else ():  # without a host that is said already
        why = f": {unknown.why}" if unknown.why else ""
        count = len(unknown.faults)
        rules = unknown.faults[0] if count == 1 else f"{count} rules"
        lines += _wrapped(
            f"unknown: {unknown.what} was not seen{why} ({rules} could not be asked)", "  · ", paint, "dim"
        )
    return ["", *lines] if lines else []


def plan_lines(plan: Plan, paint: Paint) -> list[str]:
    """Return the plan of one host: the diff of each file, the actions with what they cost, what is held back."""
    lines: list[str] = []
    if plan.inhibited:
        lines += _wrapped(f"nothing will be changed on {plan.host}: {plan.inhibited}", "  ✗ ", paint, "red")
    elif plan.empty:
        left = "; the advice above is for you to follow" if plan.advice else ""
        lines.append(f"  {plan.host}: nothing to change{left}")
    else:
        lines += ["", paint(f"  plan for {plan.host}", "bold")]
        diff = _said(plan.diff()).splitlines()
        lines += ["", *(_painted(line, paint) for line in diff)] if diff else []
        lines += _actions(plan, paint)
    for held in plan.held:
        what = held.change.title if isinstance(held.change, Action) else getattr(held.change, "path", "a reload")
        lines += ["", *_wrapped(f"held back: {what}: {held.why}", "  ! ", paint, "yellow")]
        if not isinstance(held.change, Action) and hasattr(held.change, "diff"):
            lines += [_painted(line, paint) for line in _said(held.change.diff()).splitlines()]
    return lines


def _actions(plan: Plan, paint: Paint) -> list[str]:
    rows = [(action.title, action.cost) for action in plan.actions]
    if plan.reload_proxy:
        kindly = "" if plan.reload_cost.startswith(("drops", "nothing")) else " gracefully"
        rows.append((f"reload {plan.proxy}{kindly}", plan.reload_cost))
    width = max((len(title) for title, _ in rows), default=0)
    lines = ["", *(f"  {paint('~', 'yellow')} {title:<{width}}  {paint(cost, 'dim')}" for title, cost in rows)]
    for path in plan.also_activates:
        lines += _wrapped(
            f"the reload also activates what somebody wrote to {path} and never loaded", "  ! ", paint, "yellow"
        )
    return lines


def _painted(line: str, paint: Paint) -> str:
    if line.startswith(("---", "+++")):
        return paint(line, "bold")
    if line.startswith("@@"):
        return paint(line, "cyan")
    if line.startswith("+"):
        return paint(line, "green")
    return paint(line, "red") if line.startswith("-") else line


def outcome_lines(outcome: Outcome, paint: Paint) -> list[str]:
    """Return how the transaction ended, step by step."""
    lines = []
    for step in outcome.steps:
        mark = paint("✓", "green") if step.ok else paint("✗", "red")
        told = _said(step.detail).splitlines()
        if len(told) == 1 and len(step.name) + len(told[0]) + _DETAIL <= WIDTH:
            lines.append(f"  {mark} {step.name}  {paint(told[0], 'dim')}")
            continue
        lines.append(f"  {mark} {step.name}")
        for line in told:
            lines += [f"      {paint(part, 'dim')}" for part in _folded(line, WIDTH - _DETAIL)]
    good = outcome.status in {Status.FIXED, Status.UNCHANGED}
    style = "green" if good else "red"
    lines += _wrapped(f"{outcome.host}: {outcome.status.value}. {outcome.message}".strip(), "  ", paint, style)
    if outcome.status is Status.FIXED and outcome.transaction:
        lines.append(paint(f"  transaction {outcome.transaction}; put back with deploys/rollback.py", "dim"))
    return lines


def _wrapped(text: str, lead: str, paint: Paint, style: str) -> list[str]:
    parts = _folded(_said(text), WIDTH - len(lead)) or [""]
    return [paint((lead if not index else " " * len(lead)) + part, style) for index, part in enumerate(parts)]


def _folded(text: str, width: int) -> list[str]:
    """Return the text in lines; a path or a name with dashes stays in one piece."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _said(text: str) -> str:
    """Return what others wrote as it may be shown."""
    return visible(mask_text(text))
