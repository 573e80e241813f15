"""The report as JSON: `format_version` grows by its minor part for additions, by its major part for anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wsfix.model.change import Action, Plan
from wsfix.model.finding import Diagnosis, Finding
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome
from wsfix.model.report import Report
from wsfix.model.walk import Walk
from wsfix.redact import mask_text
from wsfix.report.points import points_document
from wsfix.report.room import room_document

FORMAT_VERSION = "1.2"


def site_document(observation: Observation, diagnosis: Diagnosis) -> dict[str, Any]:
    """Return one site: what was asked at each place, and what was concluded."""
    cause = diagnosis.cause
    walks = {"outside": observation.outside, "proxy": observation.proxy, "backend": observation.backend}
    return {
        "site": diagnosis.site.name,
        "url": diagnosis.site.url,
        "host": diagnosis.host or None,
        "healthy": diagnosis.healthy,
        "unexplained": diagnosis.unexplained,
        "wall": diagnosis.wall.word if diagnosis.wall else None,
        "reason": mask_text(diagnosis.reason),
        "compared": mask_text(diagnosis.compared) or None,
        "after": [mask_text(line) for line in diagnosis.after],
        "lasts": diagnosis.lasts,
        "cause": cause.code if cause else None,
        "findings": [document_finding(finding) for finding in diagnosis.findings],
        "points": points_document(diagnosis),
        "capacity": room_document(diagnosis),
        "unknown": [{"what": u.what, "why": u.why, "faults": list(u.faults)} for u in diagnosis.unknown],
        "walks": {place: _walk(walk) for place, walk in walks.items() if walk is not None},
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan of one host; diffs are masked as on the terminal."""
    return {
        "host": plan.host,
        "inhibited": plan.inhibited or None,
        "diff": mask_text(plan.diff()),
        "actions": [{"title": action.title, "cost": action.cost} for action in plan.actions],
        "reload": plan.reload_cost if plan.reload_proxy else None,
        "held": [{"what": _what(held.change), "why": held.why} for held in plan.held],
        "advice": [{"code": finding.code, "advice": finding.advice} for finding in plan.advice],
    }


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return how a transaction ended."""
    return {
        "host": outcome.host,
        "status": outcome.status.value,
        "transaction": outcome.transaction or None,
        "message": mask_text(outcome.message),
        "steps": [{"name": s.name, "ok": s.ok, "detail": mask_text(s.detail)} for s in outcome.steps],
    }


def render(sites: Iterable[dict[str, Any]], **more: object) -> str:
    """Return the whole document as text; what is no letter is written as JSON's escape."""
    told = json.dumps({"format_version": FORMAT_VERSION, "sites": list(sites), **more}, indent=2, ensure_ascii=False)
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in told)


def whole(report: Report) -> str:
    """Return the document of a run."""
    return render(
        (site_document(each.observation, each.diagnosis) for each in report.sites),
        plans=[plan_document(plan) for plan in report.plans],
        outcomes=[outcome_document(outcome) for outcome in report.outcomes],
        errors=[mask_text(error) for error in report.errors],
    )


def _what(change: object) -> str:
    return change.title if isinstance(change, Action) else str(getattr(change, "path", "reload"))


def document_finding(finding: Finding) -> dict[str, Any]:
    """Return one finding, masked."""
    return {
        "code": finding.code,
        "name": finding.name,
        "hop": finding.hop.word,
        "severity": finding.severity.value,
        "safety": finding.safety.value,
        "message": mask_text(finding.message),
        "because": finding.because or None,
        "advice": finding.advice or None,
        "evidence": [{"source": e.source, "excerpt": mask_text(e.excerpt)} for e in finding.evidence],
    }


def _walk(walk: Walk) -> dict[str, Any]:
    return {
        "target": walk.target,
        "sound": walk.sound,
        "status": walk.status,
        "wall": walk.wall.word if walk.wall else None,
        "reason": mask_text(walk.reason),
        "phases": [
            {"name": p.name, "seconds": round(p.seconds, 6), "failure": p.failure.value if p.failure else None}
            for p in walk.phases
        ],
    }
