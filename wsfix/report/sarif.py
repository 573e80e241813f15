"""SARIF 2.1.0 for code scanning: results point to the inventory, and by logical locations to the host's own lines."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from wsfix.model.finding import Finding, Severity
from wsfix.model.report import Checked, Report, Rule
from wsfix.report.text import said

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
UNEXPLAINED = "unexplained"
_MOST_RESULTS = 25_000
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PARTS = re.compile(r"\n(?=(?:Seen as|Told apart|Changed|Source): )")


def render(report: Report) -> str:
    """Return one run."""
    rules = _rules(report)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    results = [result for each in report.sites for result in _results(report, each, places)]
    run = {
        "tool": {
            "driver": {"name": "wsfix", "version": report.version, "semanticVersion": report.version, "rules": rules}
        },
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": results[:_MOST_RESULTS],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    told = [{"level": "error", "message": {"text": said(error)}} for error in report.errors]
    invocation: dict[str, Any] = {
        "executionSuccessful": not report.errors,
        "startTimeUtc": datetime.fromtimestamp(report.moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return invocation | ({"toolExecutionNotifications": told} if told else {})


def _rules(report: Report) -> list[dict[str, Any]]:
    codes = dict.fromkeys(f.code for each in report.sites for f in each.diagnosis.findings if f.code in report.rules)
    rules = [_rule(report.rules[code]) for code in sorted(codes)]
    if any(each.diagnosis.unexplained for each in report.sites):
        text = "The handshake fails, and nothing that was found says why."
        rules.append({"id": UNEXPLAINED, "shortDescription": {"text": text}, "help": {"text": text}})
    return rules


def _rule(rule: Rule) -> dict[str, Any]:
    whole = "\n\n".join(" ".join(part.split()) for part in _PARTS.split(f"\n{rule.manual}") if part.strip())
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": whole},
        "help": {"text": whole, "markdown": whole},
        "properties": {"tags": ["websocket", rule.hop.word], "safety": rule.safety.value, "fault": rule.name},
    }


def _results(report: Report, checked: Checked, places: dict[str, int]) -> list[dict[str, Any]]:
    diagnosis = checked.diagnosis
    found = [_result(report, checked, finding, places) for finding in diagnosis.findings]
    if diagnosis.unexplained:
        told = [diagnosis.reason or "the handshake fails", *(f"{e.source}: {e.excerpt}" for e in diagnosis.evidence)]
        found.insert(0, _made(report, checked, UNEXPLAINED, "error", "\n".join(told), places, ()))
    return found


def _result(report: Report, checked: Checked, finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    because = f" (because of {finding.because})" if finding.because else ""
    lines = [f"{finding.message}{because}", *(f"{item.source}: {item.excerpt}" for item in finding.evidence)]
    lines += [finding.advice] if finding.advice else []
    sources = tuple(item.source for item in finding.evidence if item.source.startswith("/"))
    level = "note" if report.mended(checked) else _LEVEL[finding.severity]
    made = _made(report, checked, finding.code, level, "\n".join(lines), places, sources)
    made["partialFingerprints"] = {"wsfix/v1": _print(checked, finding.name, finding.subject)}
    made["properties"] = {
        "hop": finding.hop.word,
        "cause": finding is checked.diagnosis.cause,
        "repaired": report.mended(checked),
    }
    return made


def _made(
    report: Report, checked: Checked, code: str, level: str, text: str, places: dict[str, int], sources: tuple[str, ...]
) -> dict[str, Any]:
    site = checked.diagnosis.site
    logical = [{"fullyQualifiedName": f"{checked.where}/{site.name}", "name": site.name, "kind": "resource"}]
    logical += [
        {"fullyQualifiedName": f"{checked.where}:{said(s)}", "kind": "resource"} for s in dict.fromkeys(sources)
    ]
    location: dict[str, Any] = {"logicalLocations": logical}
    if report.inventory:
        artifact = {"uri": report.inventory, "uriBaseId": "%SRCROOT%"}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": {"startLine": checked.line}}
    result: dict[str, Any] = {
        "ruleId": code,
        "level": level,
        "message": {"text": said(text)},
        "locations": [location],
        "partialFingerprints": {"wsfix/v1": _print(checked, code, "")},
    }
    return result | ({"ruleIndex": places[code]} if code in places else {})


def _print(checked: Checked, name: str, subject: str) -> str:
    """Return what is the same for one fault of one site from run to run, whatever its sentence."""
    words = repr((checked.where, checked.diagnosis.site.name, name, subject))
    return hashlib.sha256(words.encode()).hexdigest()[:32]
