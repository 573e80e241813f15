"""Everything that a colleague would ask for when a failure is not explained: one Markdown text, secrets masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from wsfix.model.answers import meaning_of_walk
from wsfix.model.finding import Diagnosis, Evidence
from wsfix.model.inside import Inside
from wsfix.model.report import Checked, Report
from wsfix.model.walk import Reply, Walk
from wsfix.redact import mask_text, printable
from wsfix.report.colour import Paint
from wsfix.report.path import path_lines
from wsfix.report.text import said

_BODY = 400
_MOST_FILES = 60
_SHOWN_HEADERS = 20
_PLACES = ("outside", "proxy", "backend")

Excerpts = Mapping[tuple[str, str], tuple[Evidence, ...]]


def render(report: Report, excerpts: Excerpts, versions: Mapping[str, str]) -> str:
    """Return the text; `excerpts` holds the route's lines by host and site, `versions` what runs where wsfix runs."""
    began = datetime.fromtimestamp(report.moment, UTC)
    lines = [f"# wsfix bundle, {began:%Y-%m-%d %H:%M:%S} UTC", ""]
    lines += _table([*versions.items(), ("time taken", f"{report.seconds:.1f} s")])
    lines += [f"- not checked: {_line(error)}" for error in report.errors] + ([""] if report.errors else [])
    for checked in report.sites:
        lines += _site(checked, excerpts.get((checked.diagnosis.host, checked.diagnosis.site.name), ()))
    hosts = {c.diagnosis.host: c.observation.inside for c in report.sites if c.observation.inside is not None}
    for host, inside in hosts.items():
        lines += _host(host, inside)
    for plan in report.plans:
        lines += [f"## plan for {_line(plan.host)}", "", *_fence(plan.diff(), "diff")] if plan.diff() else []
    return "\n".join(lines).rstrip("\n") + "\n"


def _site(checked: Checked, excerpts: Iterable[Evidence]) -> list[str]:
    diagnosis, seen = checked.diagnosis, checked.observation
    cause = diagnosis.cause
    where = f" on {_line(diagnosis.host)}" if diagnosis.host else ""
    lines = [f"## {_line(diagnosis.site.name)}: `{_line(diagnosis.site.url)}`{where}", ""]
    lines += _fence("\n".join(path_lines(seen, cause.hop if cause else None, Paint())))
    lines += [f"**{_line(_verdict(diagnosis))}**", ""]
    walks = (seen.outside, seen.proxy, seen.backend, *seen.candidates)
    for walk in walks:
        lines += _walk(walk) if walk is not None else []
    lines += [f"- not asked: {_line(what)}: {_line(why)}" for what, why in seen.missing]
    lines += [
        f"- port {c.port} at {c.address}: {c.failure.value if c.failure else 'reached'}" for c in seen.closed_ports
    ]
    if diagnosis.findings:
        lines += ["", "### findings", ""]
    for finding in diagnosis.findings:
        because = f" (because of {finding.because})" if finding.because else ""
        lines.append(
            f"- **{finding.code} {finding.name}**, {finding.severity.value}: {_line(finding.message)}{because}"
        )
        lines += [f"  - {_line(item.source)}: `{_tick(item.excerpt)}`" for item in finding.evidence]
    if diagnosis.unknown and diagnosis.host:
        lines += ["", "### not seen", ""]
        lines += [
            f"- {_line(u.what)}: {_line(u.why) or 'no reason'} ({', '.join(u.faults)})" for u in diagnosis.unknown
        ]
    route = [f"{_line(item.source)}\n{item.excerpt}" for item in excerpts]
    lines += ["", "### route in the proxy's configuration", "", *_fence("\n\n".join(route))] if route else [""]
    return lines


def _verdict(diagnosis: Diagnosis) -> str:
    if diagnosis.healthy:
        return "works"
    if diagnosis.cause is not None:
        return f"cause: {diagnosis.cause.code} {diagnosis.cause.name}: {diagnosis.cause.message}"
    at = f"stops at {diagnosis.wall.word}: " if diagnosis.wall else ""
    return f"unexplained: {at}{diagnosis.reason or 'the handshake fails'}"


def _walk(walk: Walk) -> list[str]:
    lines = [f"### {walk.place.value}: `{_tick(walk.target)}`", ""]
    rows = [("result", "proved" if walk.sound else f"fails: {walk.reason}")]
    rows += [("addresses", ", ".join(walk.addresses))] if walk.addresses else []
    rows += [
        (f"connect {c.address}", f"{c.seconds * 1000:.1f} ms {c.failure.value if c.failure else ''}")
        for c in walk.connections
    ]
    rows += [
        (p.name, f"{p.seconds * 1000:.1f} ms {p.failure.value if p.failure else ''} {p.reason}") for p in walk.phases
    ]
    if walk.certificate is not None:
        held = walk.certificate
        ends = datetime.fromtimestamp(held.not_after, UTC)
        rows.append(("certificate", f"{held.subject}, by {held.issuer}, to {ends:%Y-%m-%d}, verify {held.verify_code}"))
    if walk.handshake is not None:
        met = walk.handshake
        rows.append(("origin sent", met.origin or "none"))
        rows += [("close", f"{met.close_code} {met.close_reason}")] if met.close_code is not None else []
        rows += [("subprotocol", met.subprotocol)] if met.subprotocol else []
    meaning = meaning_of_walk(walk)
    rows += [("meaning", f"{meaning.number} {meaning.name}: {meaning.means}")] if meaning else []
    rows.append(("in logs as", f"User-Agent with {walk.nonce}")) if walk.nonce else None
    lines += _table(rows)
    if walk.handshake is not None and walk.handshake.reply is not None:
        lines += _reply(walk.handshake.reply)
    if walk.plain is not None:
        lines += [f"A plain GET: {walk.plain.status}, {'the same' if walk.same_as_plain else 'another'} answer.", ""]
    return lines


def _reply(reply: Reply) -> list[str]:
    head = [f"HTTP/{reply.version} {reply.status} {reply.reason}"]
    head += [
        f"{name}: {'***' if name.lower() == 'set-cookie' else value}" for name, value in reply.headers[:_SHOWN_HEADERS]
    ]
    body = printable(mask_text(reply.body[:_BODY].decode("utf-8", "replace")), _BODY)
    return _fence("\n".join([*(printable(line) for line in map(mask_text, head)), *(["", body] if body else [])]))


def _host(host: str, inside: Inside) -> list[str]:
    lines = [f"## host {_line(host)}", ""]
    clock = datetime.fromtimestamp(inside.clock, UTC)
    rows = [("release", inside.release or "not seen"), ("clock", f"{clock:%Y-%m-%d %H:%M:%S} UTC")]
    if inside.proxy is not None:
        tested = {True: "passed", False: "failed", None: "could not be run"}[inside.proxy.test_passed]
        master = inside.proxy.master
        rows += [
            ("proxy", f"{inside.proxy.kind} {inside.proxy.version}, {inside.proxy.config_path}"),
            ("its test", tested),
            ("its master", f"pid {master.pid}, {master.command}" if master else "none runs"),
            ("old workers", str(inside.proxy.old_workers)),
        ]
    if inside.transaction is not None:
        rows.append(("transaction", f"{inside.transaction.id}, {inside.transaction.state}"))
    lines += _table(rows)
    lines += _fence(inside.proxy.test_output) if inside.proxy is not None and inside.proxy.test_output else []
    lines += _listeners(inside) + _units(inside) + _pm2(inside) + _firewall(inside) + _files(inside)
    lines += [f"- not seen: {_line(what)}: {_line(why)}" for what, why in inside.missing.items()]
    return [*lines, ""]


def _listeners(inside: Inside) -> list[str]:
    if inside.listeners is None:
        return ["Listeners: not seen", ""]
    told = []
    for each in sorted(inside.listeners, key=lambda listener: listener.port):
        held = [(inside.processes or {}).get(pid) for pid in each.pids]
        owners = [f"{p.name}[{p.pid}] {p.user} {p.unit or ''} {p.command}" for p in held if p is not None]
        count = f", {inside.sockets[each.port]} open" if inside.sockets and each.port in inside.sockets else ""
        told.append(f"{each.address}:{each.port}{count}  {'; '.join(owners)}".rstrip())
    return ["### listeners", "", *_fence("\n".join(told))]


def _units(inside: Inside) -> list[str]:
    lines = ["### units", ""] if inside.services else []
    for unit in (inside.services or {}).values():
        told = f"{unit.load}, {unit.active} ({unit.sub}), {unit.enabled or 'not installed'}, {unit.restarts} restarts"
        lines += [f"- **{_line(unit.unit)}**: {_line(told)}", f"  - `{_tick(unit.command)}`"]
        lines += ["", *_fence("\n".join(unit.log))] if unit.log else []
    return [*lines, ""] if lines else []


def _pm2(inside: Inside) -> list[str]:
    lines: list[str] = []
    for daemon in inside.pm2.daemons if inside.pm2 else ():
        lines += [f"### PM2 {_line(daemon.version)} of {_line(daemon.user)}, {_line(daemon.home)}", ""]
        for app in daemon.applications or ():
            lines.append(
                f"- {_line(app.name)}: {app.status}, pid {app.pid}, {app.restarts} restarts: `{_tick(app.command)}`"
            )
            lines += ["", *_fence("\n".join(app.log))] if app.log else []
    return [*lines, ""] if lines else []


def _firewall(inside: Inside) -> list[str]:
    wall = inside.firewall
    if wall is None:
        return ["Packet filter: not seen", ""]
    told = f"{wall.kind}, {'active' if wall.active else 'not active'}, by default {wall.default_incoming}"
    return ["### packet filter", "", told, "", *_fence("\n".join(f"{r.family}  {r.text}" for r in wall.rules))]


def _files(inside: Inside) -> list[str]:
    lines = []
    for seen in list((inside.files or {}).values())[:_MOST_FILES]:
        when = datetime.fromtimestamp(seen.modified, UTC)
        lines.append(f"{seen.sha256[:12]}  {when:%Y-%m-%d %H:%M:%S}  {seen.mode:04o} {seen.owner}  {seen.path}")
    lines += [f"{path} -> {target}" for path, target in inside.links.items()][:_MOST_FILES]
    lines += [
        f"{env.path}: {', '.join(line.key for line in env.lines if line.key)}" for env in (inside.env or {}).values()
    ]
    return ["### files", "", *_fence("\n".join(lines))] if lines else []


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {_cell(name)} | {_cell(told)} |" for name, told in rows), ""]


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(said(text).split())


def _tick(text: str) -> str:
    return _line(text).replace("`", "'")


def _fence(text: str, kind: str = "") -> list[str]:
    """Return a block of code whose fence is longer than every one within it."""
    told = said(text).rstrip("\n")
    if not told.strip():
        return []
    marks = "```"
    while marks in told:
        marks += "`"
    return [f"{marks}{kind}", *(line.rstrip() for line in told.splitlines()), marks, ""]
