"""What a person reads in a terminal: the path, the cause with its evidence, the plan with its diff, the outcome."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from wsfix.model.answers import meaning_of_walk
from wsfix.model.change import Action, Plan
from wsfix.model.finding import Diagnosis, Evidence, Finding, Severity
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome, Status
from wsfix.model.report import Report
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
    lines = [f"{paint(site.name, 'bold')}  {said(site.url)}{where}", ""]
    lines += [f"  {line}" for line in path_lines(observation, cause.hop if cause else None, paint)]
    lines.append("")
    if diagnosis.healthy:
        lines.append(paint("  ✓ the handshake succeeds and the socket carries messages", "green"))
    elif cause is not None:
        lines += finding_lines(cause, paint, title="cause")
    else:
        lines += _unexplained(observation, diagnosis, paint)
    if diagnosis.compared and not diagnosis.healthy:
        lines += _wrapped(diagnosis.compared, "    compared: ", paint, "dim")
    lines += _lasting(diagnosis, paint)
    lines += _others(diagnosis, paint)
    lines += _unknown(diagnosis, paint)
    return lines


def finding_lines(finding: Finding, paint: Paint, title: str, *, advise: bool = False) -> list[str]:
    """Return a finding with its evidence; its advice where nothing else mends it, or where `advise` says so."""
    mark, style = _MARK[finding.severity]
    lines = _headline(mark, style, title, finding.message, paint)
    lines.append(paint(f"    {finding.code} {finding.name} — `wsfix explain {finding.code}`", "dim"))
    lines += _evidence(finding.evidence, paint)
    if finding.advice and (advise or finding.safety.value == "advice"):
        lines += _wrapped(finding.advice, "    → ", paint, "cyan")
    return lines


def _headline(mark: str, style: str, title: str, message: str, paint: Paint) -> list[str]:
    first, *rest = folded(f"{title}: {said(message)}", WIDTH - 4) or [f"{title}:"]
    told = paint(first[len(title) + 1 :], "bold")
    lines = [f"  {paint(mark, style)} {paint(f'{title}:', style, 'bold')}{told}"]
    return lines + [f"    {paint(line, 'bold')}" for line in rest]


def _evidence(evidence: Iterable[Evidence], paint: Paint) -> list[str]:
    """Return each source with what it says: beside it where both fit on a line, below it where they do not."""
    held = [(said(item.source), said(item.excerpt)) for item in evidence]
    short = [source for source, excerpt in held if len(source) + len(excerpt) + 8 <= WIDTH]
    width = max((len(source) for source in short), default=0)
    lines: list[str] = []
    before = ""
    for source, excerpt in held:
        if source != before and width + len(excerpt) + 8 <= WIDTH and len(source) <= width:
            lines.append(f"      {paint(source.ljust(width), 'cyan')}  {excerpt}")
        else:
            lines += [f"      {paint(source, 'cyan')}"] if source != before else []
            lines += [f"        {part}" for part in folded(excerpt, WIDTH - 8) or [""]]
        before = source
    return lines


def _unexplained(observation: Observation, diagnosis: Diagnosis, paint: Paint) -> list[str]:
    if not diagnosis.seen_outside and not diagnosis.reason:
        return _headline("·", "yellow", "not asked", "the site was not asked from outside, so nothing is proved", paint)
    reason = diagnosis.reason or "the handshake fails"
    outside_only = not diagnosis.host
    title = f"stops at {diagnosis.wall.word}" if outside_only and diagnosis.wall else "unexplained"
    lines = _headline("✗", "red", title, reason, paint)
    lines += _evidence((item for item in diagnosis.evidence if item.excerpt != reason), paint)
    lines += _meaning(observation, paint)
    if outside_only:
        told = (
            "Only the outside was seen. Name the host in an inventory, and wsfix looks from inside: "
            "wsfix check -i inventory/prod.py"
        )
    else:
        told = (
            "wsfix check -i inventory/prod.py --bundle FILE writes down all that a colleague would ask for, "
            "secrets masked."
        )
    return lines + _wrapped(told, "    → ", paint, "cyan")


def _meaning(observation: Observation, paint: Paint) -> list[str]:
    """Return what the answer's status or close code means, of the walk that came least far."""
    walks = (observation.outside, observation.proxy, observation.backend)
    meaning = next((told for walk in walks if walk is not None and (told := meaning_of_walk(walk))), None)
    if meaning is None:
        return []
    line = f"{meaning.number} {meaning.name}: {meaning.means} `wsfix explain {meaning.number}` names the faults that give it."
    return _wrapped(line, "    ", paint, "dim")


def _others(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    lines: list[str] = []
    for finding in diagnosis.findings:
        if finding is diagnosis.cause:
            continue
        if finding.because:
            mark, style = _MARK[finding.severity]
            told = folded(said(f"{finding.message} (because of {finding.because})"), WIDTH - 4)
            lines += [f"  {paint(mark, style)} {told[0]}", *(f"    {line}" for line in told[1:])]
        else:
            lines += ["", *finding_lines(finding, paint, title=finding.severity.value)]
    return lines


def _lasting(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    lines: list[str] = []
    for line in diagnosis.after:
        lines += _wrapped(line, "    after the 101: ", paint, "dim")
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
        lines.append(f"  {plan.host}: nothing {'is changed' if plan.unworded else f'to change{left}'}")
    else:
        lines += [paint(f"  plan for {plan.host}", "bold")]
        diff = said(plan.diff()).splitlines()
        lines += ["", *(_painted(line, paint) for line in diff)] if diff else []
        lines += _actions(plan, paint)
    for finding in plan.unworded if not plan.inhibited else ():
        lines += [
            "",
            *_wrapped(f"left to you: {finding.code} {finding.name}: {finding.advice}", "  ! ", paint, "yellow"),
        ]
    for held in plan.held:
        what = held.change.title if isinstance(held.change, Action) else getattr(held.change, "path", "a reload")
        lines += ["", *_wrapped(f"held back: {what}: {held.why}", "  ! ", paint, "yellow")]
        if not isinstance(held.change, Action) and hasattr(held.change, "diff"):
            lines += [_painted(line, paint) for line in said(held.change.diff()).splitlines()]
    return lines


def _actions(plan: Plan, paint: Paint) -> list[str]:
    rows = [(action.title, action.cost) for action in plan.actions]
    if plan.reload_proxy:
        kindly = "" if plan.reload_cost.startswith(("drops", "nothing")) else " gracefully"
        rows.append((f"reload {plan.proxy}{kindly}", plan.reload_cost))
    width = max((len(title) for title, cost in rows if len(title) + len(cost) + _DETAIL <= WIDTH), default=0)
    lines = [""]
    for title, cost in rows:
        if max(width, len(title)) + len(cost) + _DETAIL <= WIDTH:
            lines.append(f"  {paint('~', 'yellow')} {title:<{width}}  {paint(cost, 'dim')}")
        else:
            first, *more = folded(title, WIDTH - 4) or [""]
            lines += [f"  {paint('~', 'yellow')} {first}", *(f"    {line}" for line in more)]
            lines += _wrapped(cost, "      ", paint, "dim")
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
        told = said(step.detail).splitlines()
        if len(told) == 1 and len(step.name) + len(told[0]) + _DETAIL <= WIDTH:
            lines.append(f"  {mark} {step.name}  {paint(told[0], 'dim')}")
            continue
        lines.append(f"  {mark} {step.name}")
        for line in told:
            lines += [f"      {paint(part, 'dim')}" for part in folded(line, WIDTH - _DETAIL)]
    good = outcome.status in {Status.FIXED, Status.UNCHANGED}
    style = "green" if good else "red"
    lines += _wrapped(f"{outcome.host}: {outcome.status.value}. {outcome.message}".strip(), "  ", paint, style)
    if outcome.status is Status.FIXED and outcome.transaction:
        lines.append(paint(f"  transaction {outcome.transaction}; put back with deploys/rollback.py", "dim"))
    return lines


def summary_lines(report: Report, paint: Paint) -> list[str]:
    """Return the sum of a run over several sites; nothing for a single one."""
    if len(report.sites) + len(report.errors) < 2:  # noqa: PLR2004
        return []
    mended = sum(report.mended(each) and not each.diagnosis.healthy for each in report.sites)
    fail = sum(not report.works(each) for each in report.sites)
    told = [paint(f"{len(report.sites) - fail - mended} work", "green")] if len(report.sites) > fail + mended else []
    told += [paint(f"{mended} repaired", "green")] if mended else []
    told += [paint(f"{fail} fail", "red")] if fail else []
    told += [paint(f"{len(report.errors)} not checked", "red")] if report.errors else []
    hosts = len({each.where for each in report.sites}) + len(report.errors)
    many = f"{hosts} host{'' if hosts == 1 else 's'}"
    return [f"{len(report.sites)} site{'' if len(report.sites) == 1 else 's'} on {many}: {', '.join(told)}"]


def _wrapped(text: str, lead: str, paint: Paint, style: str) -> list[str]:
    parts = folded(said(text), WIDTH - len(lead)) or [""]
    return [paint((lead if not index else " " * len(lead)) + part, style) for index, part in enumerate(parts)]


def folded(text: str, width: int) -> list[str]:
    """Return the text in lines; a path or a name with dashes stays in one piece."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def said(text: str) -> str:
    """Return what others wrote as it may be shown."""
    return visible(mask_text(text))
