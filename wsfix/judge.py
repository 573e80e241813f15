"""From what was seen to what is wrong: every rule is asked, and one that could not see says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wsfix.errors import CannotEdit, NotObserved, UnreadableConfig
from wsfix.faults.capacity.estimate import estimate
from wsfix.faults.catalogue import Entry, about, catalogue
from wsfix.faults.points import points
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.command import Command, Reading
from wsfix.model.finding import Diagnosis, Evidence, Finding, Severity, Unknown
from wsfix.model.observation import Observation
from wsfix.triage import comparison, lasting, lasts


def judge(observation: Observation, entries: Iterable[Entry] | None = None) -> Diagnosis:
    """Return what is known of one site; findings stand in the order of the hops."""
    seen = Seen(observation)
    findings, unseen = examine(seen, about(seen.site.proxy.kind) if entries is None else tuple(entries))
    walls = [walk for walk in (observation.outside, observation.proxy) if walk is not None]
    return Diagnosis(
        site=observation.site,
        host=observation.inside.host if observation.inside else "",
        findings=findings,
        unknown=unseen,
        healthy=seen.works and observation.outside is not None,
        seen_outside=observation.outside is not None,
        wall=walls[0].wall if walls else None,
        reason=walls[0].reason if walls else "",
        evidence=_places(observation),
        compared=comparison(observation),
        after=lasting(observation),
        lasts=lasts(observation),
        points=points(seen, findings, (name for each in unseen for name in each.faults)),
        capacity=estimate(seen),
    )


def examine(seen: Seen, entries: tuple[Entry, ...]) -> tuple[tuple[Finding, ...], tuple[Unknown, ...]]:
    """Ask every rule; a rule that needs something unseen adds to the unknown, and never counts as silent."""
    findings: list[Finding] = []
    unknown: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if entry.detect is None:
            continue
        try:
            findings += entry.detect(seen)
        except NotApplicable:
            continue
        except NotObserved as error:
            unknown.setdefault((error.what, error.why), []).append(entry.fault.name)
        except (UnreadableConfig, CannotEdit) as error:
            unknown.setdefault(("the proxy's configuration", str(error)), []).append(entry.fault.name)
    unseen = tuple(Unknown(what, why, tuple(names)) for (what, why), names in unknown.items())
    return _explained(findings, entries), unseen


def judge_command(command: Command) -> Reading:
    """Return what is wrong with a command as a test of a socket."""
    entries = catalogue()
    asked = (entry.detect_in_command(command) for entry in entries if entry.detect_in_command is not None)
    findings = [found for each in asked for found in each]
    return Reading(command, _explained(findings, entries))


def _explained(findings: list[Finding], entries: tuple[Entry, ...]) -> tuple[Finding, ...]:
    """Mark each finding that another one brings about; a note brings about no more than notes."""
    if not findings:
        return ()
    present = {finding.name for finding in findings}
    weighty = {finding.name for finding in findings if finding.severity is not Severity.NOTE}
    causes = {entry.fault.name: entry.fault.explained_by for entry in entries}
    marked = (
        replace(finding, because=next((name for name in causes[finding.name] if name in others), ""))
        for finding in findings
        for others in [present if finding.severity is Severity.NOTE else weighty]
    )
    return tuple(sorted(marked, key=lambda finding: finding.code))


def _places(observation: Observation) -> tuple[Evidence, ...]:
    walks = (observation.outside, observation.proxy, observation.backend, *observation.candidates)
    return tuple(replace(answer(walk), source=f"{walk.place}, {walk.target}") for walk in walks if walk is not None)
