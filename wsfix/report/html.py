"""The report as one HTML file: nothing is loaded, nothing runs; the path, the cause, its evidence, the points, the change."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from wsfix.model.answers import meaning_of_walk
from wsfix.model.change import Action, Plan
from wsfix.model.finding import Diagnosis, Evidence, Finding, Severity
from wsfix.model.hop import Hop
from wsfix.model.outcome import Outcome, Status
from wsfix.model.points import State
from wsfix.model.report import Checked, Report
from wsfix.model.walk import Place
from wsfix.report.path import FAILED, PASSED, Station, stations
from wsfix.report.sheet import STYLE
from wsfix.report.text import said

_MARKS = {PASSED: "passed", FAILED: "failed"}
_POINTS = {State.FINE: ("✓", "fine"), State.FAULT: ("✗", "error"), State.UNSEEN: ("·", "")}
_PLACES = {
    Place.OUTSIDE: "From outside",
    Place.PROXY: "At the proxy, on its host",
    Place.BACKEND: "Straight at the backend",
}


def render(report: Report) -> str:
    """Return the file."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    body = [_head(report), "<main>", *_hosts(report)]
    body += [_error(error) for error in report.errors]
    body += ["</main>", f"<footer>wsfix {escape(report.version)} · secrets are masked as ***</footer>"]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_x(_title(report))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _hosts(report: Report) -> list[str]:
    """Return each host's sites and what is changed there: right below the cause where it has one site."""
    parts = []
    for host in dict.fromkeys(each.diagnosis.host for each in report.sites):
        sites = [each for each in report.sites if each.diagnosis.host == host]
        changes = [_plan(plan) for plan in report.plans if plan.host == host and host]
        changes += [_outcome(outcome) for outcome in report.outcomes if outcome.host == host]
        meant = {
            code for plan in report.plans if plan.host == host for change in plan.changes for code in change.faults
        }
        if len(sites) == 1:
            parts += [_site(report, sites[0], meant, changes)]
        else:
            parts += [*(_site(report, each, meant, []) for each in sites), *changes]
    return parts


def _title(report: Report) -> str:
    names = ", ".join(each.diagnosis.site.name for each in report.sites) or "nothing checked"
    return f"{'✓' if report.healthy else '✗'} {names} · wsfix"


def _head(report: Report) -> str:
    began = datetime.fromtimestamp(report.moment, UTC)
    told = f"{began:%Y-%m-%d %H:%M:%S} UTC, in {report.seconds:.1f} s"
    return f'<header><b>wsfix</b><time datetime="{began:%Y-%m-%dT%H:%M:%SZ}">{told}</time></header>'


def _site(report: Report, checked: Checked, meant: set[str], changes: list[str]) -> str:
    diagnosis = checked.diagnosis
    cause = diagnosis.cause
    others = [finding for finding in diagnosis.findings if finding is not cause]
    warned = any(finding.severity is not Severity.NOTE for finding in others)
    tone = ("warn" if warned and diagnosis.healthy else "good") if report.works(checked) else "bad"
    where = f" on {_x(diagnosis.host)}" if diagnosis.host else ""
    hops = stations(checked.observation, cause.hop if cause else None)
    head = (
        f'<section class="card top {tone}"><h1>{_x(diagnosis.site.name)}</h1>'
        f'<div class="soft"><code>{_x(diagnosis.site.url)}</code>{where}</div>'
        f'<p class="verdict">{_x(_verdict(diagnosis, hops, mended=report.mended(checked)))}</p>'
        f'<ol class="path" aria-label="The path">{_client(cause)}{"".join(_station(hop) for hop in hops)}</ol></section>'
    )
    parts = [head]
    if not diagnosis.healthy:
        mended = cause is not None and cause.code in meant and not report.outcomes
        parts.append(
            _card("Cause", _finding(cause, mended=mended)) if cause else _card("Not explained", _unexplained(checked))
        )
    if others:
        parts.append(_card("Also found", "".join(_finding(finding) for finding in others)))
    parts += [*changes, _places(report, checked), _points(diagnosis), _unknown(diagnosis)]
    return "\n".join(part for part in parts if part)


def _verdict(diagnosis: Diagnosis, hops: Iterable[Station], *, mended: bool) -> str:
    if diagnosis.healthy:
        count = sum(finding.severity is not Severity.NOTE for finding in diagnosis.findings)
        more = f"; {count} thing{'' if count == 1 else 's'} to mend" if count else ""
        return f"✓ The handshake succeeds and the socket carries messages{more}"
    hop = diagnosis.cause.hop if diagnosis.cause else diagnosis.wall
    if hop is None:
        return "✗ The socket fails"
    label = next((each.label for each in hops if each.hop is hop), hop.word)
    where = label if label == hop.word else f"{label}, the {hop.word}"
    return f"✓ Repaired and proved: the socket failed at {where}" if mended else f"✗ The socket fails at {where}"


def _client(cause: Finding | None) -> str:
    fails = cause is not None and cause.hop is Hop.CLIENT
    return _station(Station(Hop.CLIENT, "client", FAILED if fails else PASSED, ""))


def _station(station: Station) -> str:
    state = _MARKS.get(station.mark, "unseen")
    note = f"<small>{_x(station.note)}</small>" if station.note else ""
    word = {"passed": "passes", "failed": "fails"}.get(state, "not seen")
    return (
        f'<li class="{state}"><span class="dot" role="img" aria-label="{word}">{station.mark}</span>'
        f"<b>{_x(station.label)}</b>{note}</li>"
    )


def _finding(finding: Finding, *, mended: bool = False) -> str:
    kind = finding.severity.value
    because = f'<p class="soft">Because of {_x(finding.because)}.</p>' if finding.because else ""
    told = (
        "`wsfix check -i INVENTORY --fix` makes the change below and proves it, or puts everything back."
        if mended
        else finding.advice
    )
    advice = f'<div class="do"><b>What to do</b>{_code(told)}</div>' if told else ""
    return (
        f'<div class="finding"><span class="tag {kind}">{kind}</span> <span class="soft">{_x(finding.hop.word)}</span>'
        f'<h3>{_code(finding.message)}</h3><div class="soft mono">{_x(finding.code)} {_x(finding.name)}</div>{because}'
        f"{_evidence(finding.evidence)}{advice}</div>"
    )


def _evidence(evidence: Iterable[Evidence]) -> str:
    rows, before = "", ""
    for item in evidence:
        source = f"<dt>{_x(item.source)}</dt>" if item.source != before else ""
        rows += f"{source}<dd>{_x(item.excerpt)}</dd>"
        before = item.source
    return f"<dl>{rows}</dl>" if rows else ""


def _unexplained(checked: Checked) -> str:
    diagnosis, seen = checked.diagnosis, checked.observation
    told = (
        "`wsfix check -i INVENTORY --bundle FILE` writes down all that a colleague would ask for, secrets masked."
        if diagnosis.host
        else "Only the outside was seen. Name the host in an inventory, and wsfix looks from inside."
    )
    walks = (seen.outside, seen.proxy, seen.backend)
    meaning = next((found for walk in walks if walk is not None and (found := meaning_of_walk(walk))), None)
    means = f"<p><b>{meaning.number} {_x(meaning.name)}.</b> {_code(meaning.means)}</p>" if meaning else ""
    return (
        f'<div class="finding"><h3>{_code(diagnosis.reason or "The handshake fails")}</h3>{means}'
        f'<div class="do"><b>What to do</b>{_code(told)}</div></div>'
    )


def _places(report: Report, checked: Checked) -> str:
    seen = checked.observation
    walks = [walk for walk in (seen.outside, seen.proxy, seen.backend) if walk is not None]
    rows = ""
    for walk, answer in zip(walks, checked.diagnosis.evidence, strict=False):
        mark, kind = ("✓ proved", "fine") if walk.sound else ("✗ fails", "error")
        rows += (
            f'<tr><td>{_PLACES[walk.place]}<div class="soft mono">{_x(walk.target)}</div></td>'
            f'<td><span class="tag {kind}">{mark}</span></td><td class="mono">{_x(answer.excerpt)}</td></tr>'
        )
    head = "<thead><tr><th>asked</th><th></th><th>answer</th></tr></thead>"
    title = "The same handshake at each place" + (", before the change" if report.mended(checked) else "")
    return _card(title, f"<table>{head}<tbody>{rows}</tbody></table>") if rows else ""


def _points(diagnosis: Diagnosis) -> str:
    if not diagnosis.host or not diagnosis.points:
        return ""
    rows = ""
    for point in diagnosis.points:
        mark, kind = _POINTS[point.state]
        state = ", ".join(point.codes) or point.state.value
        rows += (
            f'<tr><td class="num">{point.place.value}</td><td>{_x(point.place.word)}</td>'
            f'<td><span class="tag {kind}">{mark} {_x(state)}</span></td><td class="soft">{_code(point.proof)}</td></tr>'
        )
    return _card("Configuration points", f"<table><tbody>{rows}</tbody></table>")


def _unknown(diagnosis: Diagnosis) -> str:
    if not diagnosis.host or not diagnosis.unknown:
        return ""
    rows = "".join(
        f"<li>{_x(u.what)}{_x(f': {u.why}') if u.why else ''} <span class=soft>({len(u.faults)} rules)</span></li>"
        for u in diagnosis.unknown
    )
    return _card(
        "Not seen",
        f"<details open><summary>What could not be asked is not called fine</summary><ul>{rows}</ul></details>",
    )


def _plan(plan: Plan) -> str:
    if plan.empty and not (plan.inhibited or plan.held or plan.unworded):
        return ""
    parts = [f'<p class="no">Nothing will be changed: {_x(plan.inhibited)}</p>'] if plan.inhibited else []
    if not plan.inhibited and not plan.empty:
        rows = [(action.title, action.cost) for action in plan.actions]
        rows += [(f"reload {plan.proxy} gracefully", plan.reload_cost)] if plan.reload_proxy else []
        parts += [_diff(plan.diff())] if plan.diff() else []
        parts.append(
            "<ul>" + "".join(f"<li>{_x(do)} <span class=soft>{_x(cost)}</span></li>" for do, cost in rows) + "</ul>"
        )
    parts += [
        f'<p class="hm">Left to you: {_x(f"{finding.code} {finding.name}")}: {_x(finding.advice)}</p>'
        for finding in plan.unworded
    ]
    for held in plan.held:
        what = held.change.title if isinstance(held.change, Action) else getattr(held.change, "path", "a reload")
        parts.append(f'<p class="hm">Held back: {_x(str(what))}: {_x(held.why)}</p>')
        parts += (
            [_diff(held.change.diff())] if not isinstance(held.change, Action) and hasattr(held.change, "diff") else []
        )
    return _card(f"The change on {plan.host}", "".join(parts), long=True)


def _diff(text: str) -> str:
    lines = "".join(f'<span class="{_kind(line)}">{_x(line) or " "}</span>' for line in said(text).splitlines())
    return f"<pre>{lines}</pre>"


def _kind(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "file"
    return {"@": "hunk", "+": "add", "-": "del"}.get(line[:1], "same")


def _outcome(outcome: Outcome) -> str:
    good = outcome.status in {Status.FIXED, Status.UNCHANGED}
    rows = "".join(
        f'<tr><td><span class="{"ok" if step.ok else "no"}">{"✓" if step.ok else "✗"}</span> {_x(step.name)}</td>'
        f'<td class="soft">{_x(step.detail)}</td></tr>'
        for step in outcome.steps
    )
    told = f'<p class="{"ok" if good else "no"}"><b>{_x(outcome.status.value)}.</b> {_x(outcome.message)}</p>'
    named = f'<p class="soft">Transaction <code>{_x(outcome.transaction)}</code></p>' if outcome.transaction else ""
    return _card(f"What was done on {outcome.host}", f"<table><tbody>{rows}</tbody></table>{told}{named}")


def _error(error: str) -> str:
    return f'<section class="card top bad"><h1>Not checked</h1><p class="verdict">{_x(error)}</p></section>'


def _card(title: str, inner: str, *, long: bool = False) -> str:
    return f'<section class="card{" long" if long else ""}"><h2>{_x(title)}</h2>{inner}</section>'


def _code(text: str) -> str:
    """Return a sentence in which what stands between backquotes is set as code."""
    parts = _x(text).split("`")
    if len(parts) % 2 == 0:
        return _x(text)
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _x(text: str) -> str:
    return escape(said(text), quote=True)
