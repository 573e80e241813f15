"""From what is wrong to what is to be done: the cures are asked one after the other on the text as already edited. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from wsfix.drivers import caddy
from wsfix.drivers.config import ProxyConfig
from wsfix.errors import CannotEdit, NotObserved
from wsfix.faults.catalogue import Entry, catalogue, entry_of
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.judge import examine
from wsfix.model.change import Action, Change, Edit, EnvChange, Held, Link, Plan, Reload
from wsfix.model.finding import Diagnosis, Finding, Safety, Severity
from wsfix.model.inside import Inside
from wsfix.model.observation import Observation
from wsfix.model.parts import Proxy


@dataclass(frozen=True, slots=True)
class Consent:
    """What the operator allows in this run."""

    faults: frozenset[str] | None = None
    """Names of the faults to cure; None for all."""
    confirm: frozenset[str] = frozenset()
    """Names or codes of faults whose unsafe cure is allowed; `all` for every one."""

    def narrows_out(self, finding: Finding) -> bool:
        """Whether this run is not about the finding."""
        return self.faults is not None and finding.name not in self.faults

    def allows(self, finding: Finding) -> bool:
        """Whether the cure of a finding may be made."""
        return finding.safety is Safety.SAFE or bool({"all", finding.name, finding.code} & self.confirm)


@dataclass(slots=True)
class _Draft:
    """The plan of one host while it is made."""

    config: ProxyConfig | None = None
    original: ProxyConfig | None = None
    faults: dict[str, list[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    advice: list[Finding] = field(default_factory=list)
    unworded: list[Finding] = field(default_factory=list)
    reload: bool = False


def plan(host: str, judged: Iterable[tuple[Observation, Diagnosis]], consent: Consent | None = None) -> Plan:
    """Return the plan of one host from the diagnoses of all its sites, in their order."""
    allowed = consent or Consent()
    pairs = tuple(judged)
    draft = _Draft()
    inhibited = _inhibited(pairs)
    for observation, diagnosis in pairs:
        _site(draft, observation, diagnosis, allowed)
    inside = next((o.inside for o, _ in pairs if o.inside is not None), None)
    edits = _edits(draft, inside)
    changes = _unique([*edits, *draft.changes])
    proxy = next((observation.site.proxy for observation, _ in pairs), Proxy())
    starts = any(isinstance(change, Action) and change.title == f"start {proxy.unit}" for change in changes)
    reload = (draft.reload or bool(edits) or any(isinstance(c, Link) for c in changes)) and not starts
    cost = _reload_cost(pairs, draft.original) if reload else ""
    if cost.startswith("drops") and not allowed.confirm & {"all", *DROPS}:
        why = f"the reload of {proxy.word} {cost}: allow it (WSFIX_CONFIRM={DROPS[0]})"
        loaded: tuple[Change, ...] = tuple(change for change in changes if isinstance(change, Edit | Link))
        draft.held += [Held(change, why) for change in loaded or (Reload((DROPS[1],)),)]
        changes, reload = tuple(change for change in changes if change not in loaded), False
    if inhibited:
        changes, reload = (), False
    return Plan(
        host=host,
        changes=changes,
        held=tuple(draft.held),
        advice=tuple(dict.fromkeys(draft.advice)),
        unworded=tuple(dict.fromkeys(draft.unworded)),
        inhibited=inhibited,
        proxy=proxy.word,
        busy=any(o.inside is not None and o.inside.transaction is not None for o, _ in pairs),
        reload_proxy=reload,
        reload_cost=cost if reload else "",
        also_activates=_pending(pairs, {e.path for e in edits}) if reload else (),
    )


def _inhibited(pairs: tuple[tuple[Observation, Diagnosis], ...]) -> str:
    """Return why nothing may be changed: a finding that forbids it, unless its own cause is cured by this plan."""
    for observation, diagnosis in pairs:
        if observation.inside is not None and observation.inside.transaction is not None:
            opened = observation.inside.transaction
            return f"transaction {opened.id} of {opened.owner} is {opened.state}; wait, or run deploys/rollback.py"
        for finding in diagnosis.findings:
            if finding.inhibits and not finding.because:
                return f"{finding.inhibits} ({finding.evidence[0].excerpt})"
    return ""


def _site(draft: _Draft, observation: Observation, diagnosis: Diagnosis, consent: Consent) -> None:
    """Fold over the findings of one site; each cure sees the configuration as edited so far."""
    for finding in diagnosis.findings:
        entry = entry_of(finding.name)
        if entry is None or consent.narrows_out(finding):
            continue
        if finding.safety is Safety.ADVICE or entry.cure is None:
            draft.advice.append(finding)
            continue
        _cure(draft, observation, entry, finding, allowed=consent.allows(finding))


def _cure(draft: _Draft, observation: Observation, entry: Entry, finding: Finding, *, allowed: bool) -> None:
    seen = Seen(observation, draft.config)
    if draft.config is not None and not _still(entry, seen, finding):
        return
    try:
        before = draft.config or _read(seen)
        changes = tuple(entry.cure(seen, finding)) if entry.cure else ()
    except (NotObserved, NotApplicable):
        return
    except CannotEdit as error:
        _leave(draft, finding, f"wsfix cannot word this change: {error}")
        return
    if not changes:
        _leave(draft, finding, finding.advice or "wsfix has no change for this case")
    for change in changes:
        _take(draft, before, change, finding, allowed=allowed)


def _leave(draft: _Draft, finding: Finding, why: str) -> None:
    left = replace(finding, safety=Safety.ADVICE, advice=why)
    draft.advice.append(left)
    if finding.severity is not Severity.NOTE:
        draft.unworded.append(left)


def _still(entry: Entry, seen: Seen, finding: Finding) -> bool:
    """Whether the finding stands after the edits made so far: an earlier cure may have mended it too."""
    again, unknown = examine(seen, (entry,))
    return bool(unknown) or any(found.subject == finding.subject for found in again)


def _read(seen: Seen) -> ProxyConfig | None:
    try:
        return seen.config
    except NotObserved:
        return None


def _take(
    draft: _Draft, before: ProxyConfig | None, change: Change | ProxyConfig, finding: Finding, *, allowed: bool
) -> None:
    if not isinstance(change, Change):
        touched = dict(change.changed(before)) if before is not None else {}
        if not allowed:
            draft.held += [
                Held(_edit(path, pair, (finding.code,), None), _why_held(finding)) for path, pair in touched.items()
            ]
            return
        draft.original = draft.original or before
        draft.config = change
        for path in touched:
            draft.faults.setdefault(path, []).append(finding.code)
    elif not allowed:
        draft.held.append(Held(change, _why_held(finding)))
    elif isinstance(change, Reload):
        draft.reload = True
    else:
        draft.changes.append(change)


def _why_held(finding: Finding) -> str:
    return f"needs consent: allow {finding.name} (WSFIX_CONFIRM={finding.name})"


def _edits(draft: _Draft, inside: Inside | None) -> list[Edit]:
    """Return one edit for each file that the configuration differs in."""
    if draft.config is None or draft.original is None:
        return []
    changed = draft.config.changed(draft.original)
    return [
        _edit(path, pair, tuple(dict.fromkeys(draft.faults.get(path, []))), inside) for path, pair in changed.items()
    ]


def _edit(path: str, pair: tuple[bytes | None, bytes | None], faults: tuple[str, ...], inside: Inside | None) -> Edit:
    before, after = pair
    seen = (inside.files or {}).get(path) if inside is not None else None
    return Edit(path, before, after, faults, seen.sha256 if seen else None)


def _unique(changes: list[Change]) -> tuple[Change, ...]:
    """Return the changes without repetitions: two sites may ask for the same restart or value."""
    found: dict[object, Change] = {}
    for change in changes:
        key: object = (
            change.do
            if isinstance(change, Action)
            else (type(change), change.path)
            if not isinstance(change, Reload)
            else Reload
        )
        held = found.get(key)
        found[key] = _merge(held, change) if held is not None else change
    return tuple(found.values())


def _merge(first: Change, second: Change) -> Change:
    """Join two wishes about the same thing."""
    if isinstance(first, EnvChange) and isinstance(second, EnvChange):
        values: Mapping[str, str] = {**dict(first.values), **dict(second.values)}
        return replace(
            first,
            values=tuple(values.items()),
            hidden=first.hidden | second.hidden,
            visible=(first.visible[0], second.visible[1]),
        )
    if isinstance(first, Action) and isinstance(second, Action):
        return replace(first, faults=tuple(dict.fromkeys((*first.faults, *second.faults))))
    return first


def _reload_cost(pairs: tuple[tuple[Observation, Diagnosis], ...], config: ProxyConfig | None) -> str:
    """What the reload does to those who are connected; Caddy has no old workers and closes what it hands on."""
    inside = next((o.inside for o, _ in pairs if o.inside is not None), None)
    drops = not all(observation.site.proxy.keeps_old_workers for observation, _ in pairs)
    if inside is None or inside.sockets is None:
        return "drops open sockets" if drops else "keeps open sockets on the old workers"
    ports = {observation.site.port for observation, _ in pairs}
    count = sum(inside.sockets.get(port, 0) for port in ports)
    shown = f"the {count} open connection{'' if count == 1 else 's'}"
    if not drops:
        return f"keeps {shown} on the old workers"
    held = config or next((_read(Seen(observation)) for observation, _ in pairs), None)
    if isinstance(held, caddy.Config) and held.keeps_streams:
        return f"keeps {shown} until stream_close_delay"
    return f"drops {shown}" if count else "nothing is connected"


DROPS = ("caddy-reload-drops", "WS499")
"""The fault whose consent allows a reload that closes open sockets."""


_NOT_RELOADED = frozenset({"nginx-edited-not-reloaded", "apache-edited-not-reloaded", "proxy-edited-not-reloaded"})


def _pending(pairs: tuple[tuple[Observation, Diagnosis], ...], edited: set[str]) -> tuple[str, ...]:
    found = [f.subject for _, d in pairs for f in d.findings if f.name in _NOT_RELOADED]
    return tuple(dict.fromkeys(path for path in found if path not in edited))


def all_faults() -> frozenset[str]:
    """Return the names of every fault there is."""
    return frozenset(entry.fault.name for entry in catalogue() if entry.detect is not None)
