"""JUnit's XML: a suite for each host, a case for each site and hop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from wsfix.model.finding import Finding, Severity
from wsfix.model.hop import Hop
from wsfix.model.report import Checked, Report
from wsfix.report.path import FAILED, UNSEEN, Station, stations
from wsfix.report.text import said

_PHASES = {Hop.DNS: "resolve", Hop.TCP: "connect", Hop.TLS: "tls", Hop.PROXY: "upgrade", Hop.APPLICATION: "echo"}


def render(report: Report) -> str:
    """Return the document; a hop that could not be seen is skipped, a host that could not be looked at an error."""
    root = ET.Element("testsuites", name="wsfix")
    hosts = dict.fromkeys(each.where for each in report.sites)
    suites = [_suite(report, host, [each for each in report.sites if each.where == host]) for host in hosts]
    suites += [_unreached(report, error) for error in report.errors]
    root.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", f"{report.seconds:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, host: str, sites: list[Checked]) -> ET.Element:
    cases = [case for each in sites for case in _cases(report, each)]
    suite = _counted(host, cases, report)
    unseen = [
        f"{each.diagnosis.site.name}: {u.what} was not seen: {u.why}" for each in sites for u in each.diagnosis.unknown
    ]
    if unseen and all(each.diagnosis.host for each in sites):
        ET.SubElement(suite, "system-out").text = said("\n".join(unseen))
    return suite


def _counted(host: str, cases: list[ET.Element], report: Report) -> ET.Element:
    kinds = [child.tag for case in cases for child in case]
    began = datetime.fromtimestamp(report.moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.Element("testsuite", name=host, timestamp=began, tests=str(len(cases)))
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(kinds.count(tag)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.6f}")
    suite.extend(cases)
    return suite


def _cases(report: Report, checked: Checked) -> list[ET.Element]:
    diagnosis = checked.diagnosis
    found = report.failing(checked)
    hops = stations(checked.observation, diagnosis.cause.hop if diagnosis.cause else None)
    if report.mended(checked):
        hops = tuple(replace(each, mark="") for each in hops)
    cases = [_case(checked, each, [f for f in found if f.hop is each.hop]) for each in hops]
    held = {each.hop for each in hops}
    others = {f.hop: None for f in found if f.hop not in held}
    cases += [_case(checked, Station(hop, hop.word, "", ""), [f for f in found if f.hop is hop]) for hop in others]
    return cases


def _case(checked: Checked, station: Station, found: list[Finding]) -> ET.Element:
    diagnosis = checked.diagnosis
    case = ET.Element("testcase", classname=f"{checked.where}.{diagnosis.site.name}", name=station.hop.word)
    case.set("time", f"{_seconds(checked, station.hop):.6f}")
    for finding in found:
        error = finding.severity is Severity.ERROR
        failure = ET.SubElement(case, "failure", type=f"{finding.code} {finding.name}", message=said(finding.message))
        failure.text = _told(finding) if error else f"warning\n{_told(finding)}"
    if not found and station.mark == FAILED:
        failure = ET.SubElement(case, "failure", type="unexplained", message=said(diagnosis.reason))
        failure.text = said("\n".join(f"{item.source}: {item.excerpt}" for item in diagnosis.evidence))
    elif not found and station.mark == UNSEEN:
        ET.SubElement(case, "skipped", message="not seen")
    return case


def _told(finding: Finding) -> str:
    lines = [f"{item.source}: {item.excerpt}" for item in finding.evidence]
    return said("\n".join([*lines, *([finding.advice] if finding.advice else [])]))


def _seconds(checked: Checked, hop: Hop) -> float:
    walk = checked.observation.outside
    name = _PHASES.get(hop)
    return next((phase.seconds for phase in (walk.phases if walk else ()) if phase.name == name), 0.0)


def _unreached(report: Report, error: str) -> ET.Element:
    host, colon, told = error.partition(":")
    case = ET.Element("testcase", classname=host if colon else "wsfix", name="look", time="0")
    ET.SubElement(case, "error", type="not checked", message=said((told if colon else error).strip()))
    return _counted(host if colon else "wsfix", [case], report)
