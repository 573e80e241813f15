"""The formats for programs, each read back strictly by its own grammar, for every scene there is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from tests.report.reports import MOMENT, report_of
from tests.report.scenes import SCENES
from wsfix.commands.gathering import bundled
from wsfix.model.finding import Severity
from wsfix.model.report import Report
from wsfix.report import document, github, html, junit, nagios, prometheus, sarif

RENDERERS = {
    "json": document.whole,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "nagios": nagios.render,
    "prometheus": prometheus.render,
    "html": html.render,
    "bundle": bundled,
}
HOSTILE = "web1: \x1b[31m<script>alert(1)</script> token=c4n4ry7f3A9c | x,y:z 100% \r\n::error::no \udcff ]]> & \"'"
FAILING = [name for name in SCENES if not report_of(name).healthy]


def reports() -> list[tuple[str, Report]]:
    return [(name, report_of(name)) for name in SCENES]


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("name", SCENES)
def test_no_format_tells_a_secret_or_steers_a_terminal(name: str, form: str):
    told = RENDERERS[form](report_of(name, errors=(HOSTILE,)))
    assert "c4n4ry" not in told
    told.encode("utf-8")
    assert [sign for sign in told if not sign.isprintable() and sign not in "\n\t"] == []


@pytest.mark.parametrize("form", RENDERERS)
def test_a_run_in_which_nothing_could_be_checked_is_told_too(form: str):
    empty = Report(errors=("web1: could not connect (timed out)",), version="0.1.0", moment=MOMENT)
    told = RENDERERS[form](empty)
    assert "web1" in told or form == "prometheus"
    assert "could not connect" in told or form == "prometheus"


# nagios: one line, SERVICE STATE - text | 'label'=value[UOM];[warn];[crit];[min];[max]

LINE = re.compile(r"WSFIX (?P<state>OK|WARNING|CRITICAL|UNKNOWN) - (?P<text>[^|\n]+)(?: \| (?P<data>[^|\n]+))?")
DATUM = re.compile(r"'(?P<label>[^'=]+)'=(?P<value>\d+\.\d+)s;;;0")


@pytest.mark.parametrize("name", SCENES)
def test_nagios_gets_one_line_with_its_data(name: str):
    report = report_of(name)
    match = LINE.fullmatch(nagios.render(report))
    assert match is not None
    assert match["state"] == nagios.state(report).name
    for datum in (match["data"] or "").split():
        assert DATUM.fullmatch(datum), datum


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("healthy", 0),
        ("drift-only", 1),
        ("cause-with-diff", 2),
        ("unexplained-from-outside", 2),
        ("two-sites", 2),
        ("fixed", 0),
        ("rolled-back", 2),
    ],
)
def test_the_state_for_nagios_is_that_of_the_gravest_site(name: str, state: int):
    assert int(nagios.state(report_of(name))) == state


def test_a_warning_that_does_not_fail_a_check_is_ok_for_nagios():
    assert nagios.state(report_of("drift-only", fails=frozenset({Severity.ERROR}))) is nagios.State.OK


def test_a_host_that_was_not_reached_is_unknown_and_a_critical_site_is_graver():
    assert nagios.state(report_of("healthy", errors=("x: y",))) is nagios.State.UNKNOWN
    assert nagios.state(report_of("cause-with-diff", errors=("x: y",))) is nagios.State.CRITICAL
    assert nagios.state(Report()) is nagios.State.UNKNOWN


def test_the_line_for_nagios_is_not_longer_than_a_plugin_s():
    assert LINE.fullmatch(nagios.unknown(HOSTILE * 20)) is not None
    assert len(nagios.unknown(HOSTILE * 20)) < 300


# prometheus: the text exposition format 0.0.4

HELP = re.compile(r"# HELP (?P<name>[a-z_]+) [^\n]+")
TYPE = re.compile(r"# TYPE (?P<name>[a-z_]+) gauge")
LABEL = r'[a-z]+="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"(?P<name>[a-z_]+)(?P<labels>\{{{LABEL}(?:,{LABEL})*\}})? (?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?)")


def families(text: str) -> dict[str, list[tuple[str, float]]]:
    """Read the format as promtool does: each family once, its help and type before its samples, no sample twice."""
    assert text.endswith("\n")
    found: dict[str, list[tuple[str, float]]] = {}
    lines, name = text.splitlines(), ""
    for before, line in zip(["", *lines], lines, strict=False):
        if told := HELP.fullmatch(line):
            name = told["name"]
            assert name not in found
            found[name] = []
        elif kind := TYPE.fullmatch(line):
            assert kind["name"] == name
            assert HELP.fullmatch(before)
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample["name"] == name
            assert sample["labels"] not in [labels for labels, _ in found[name]]
            found[name].append((sample["labels"], float(sample["value"])))
    assert all(found.values())
    return found


@pytest.mark.parametrize("name", SCENES)
def test_prometheus_reads_it(name: str):
    report = report_of(name)
    read = families(prometheus.render(report))
    assert all(each.startswith("wsfix_") for each in read)
    assert [value for _, value in read["wsfix_probe_success"]] == [float(report.works(each)) for each in report.sites]
    assert read["wsfix_last_run_timestamp_seconds"] == [(None, MOMENT)]
    assert read["wsfix_build_info"] == [('{version="0.1.0"}', 1.0)]
    assert len(read["wsfix_findings"]) == 3 * len(report.sites)
    assert ("wsfix_last_success_timestamp_seconds" in read) is any(report.works(each) for each in report.sites)


def test_the_failing_hop_is_a_number_for_prometheus():
    read = families(prometheus.render(report_of("two-sites")))
    assert [value for _, value in read["wsfix_probe_failed_hop"]] == [0.0, 4.0]


# junit


@pytest.mark.parametrize("name", SCENES)
def test_junit_counts_what_it_holds(name: str):
    report = report_of(name, errors=("web9: no route to host",))
    root = ET.fromstring(junit.render(report))
    assert root.tag == "testsuites"
    cases = root.findall("testsuite/testcase")
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(root.findall(f".//{tag}")) == int(root.get(count, ""))
        for suite in root.findall("testsuite"):
            assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(count, ""))
    assert len(cases) == int(root.get("tests", ""))
    assert root.find("testsuite[@name='web9']/testcase/error") is not None
    assert all(float(case.get("time", "")) >= 0 and case.get("classname") and case.get("name") for case in cases)


@pytest.mark.parametrize("name", SCENES)
def test_junit_has_a_case_for_each_site_and_hop_and_fails_where_the_check_fails(name: str):
    report = report_of(name)
    root = ET.fromstring(junit.render(report))
    hops = [case.get("name") for case in root.findall("testsuite/testcase")]
    assert hops[:6] == ["DNS", "TCP", "TLS", "proxy", "backend", "application"]
    failed = bool(root.findall(".//failure"))
    assert failed is any(report.failing(each) or not report.works(each) for each in report.sites)


# sarif 2.1.0


@pytest.mark.parametrize("name", SCENES)
def test_sarif_has_what_its_standard_and_its_readers_ask_for(name: str):
    report = report_of(name)
    log = json.loads(sarif.render(report))
    assert (log["$schema"], log["version"]) == ("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "wsfix"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert "helpUri" not in rule
        assert len(rule.get("properties", {}).get("tags", [])) <= 20
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        assert re.fullmatch(r"[0-9a-f]{32}", result["partialFingerprints"]["wsfix/v1"])
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uri"] == "inventory/prod.py"
        assert location["physicalLocation"]["region"] == {"startLine": 12}
        assert location["logicalLocations"][0]["fullyQualifiedName"]
    assert run["invocations"][0]["executionSuccessful"] is True
    found = sum(len(each.diagnosis.findings) + each.diagnosis.unexplained for each in report.sites)
    assert len(run["results"]) == found


def test_a_fingerprint_stays_while_the_words_change_and_is_of_one_site_and_fault():
    one, two = (
        json.loads(sarif.render(report_of(name)))["runs"][0]["results"] for name in ("cause-with-diff", "rolled-back")
    )
    prints = [each["partialFingerprints"]["wsfix/v1"] for each in (*one, *two)]
    assert len(set(prints)) == 1
    many = json.loads(sarif.render(report_of("cause-and-what-it-brings-about")))["runs"][0]["results"]
    assert len({each["partialFingerprints"]["wsfix/v1"] for each in many}) == len(many)


def test_without_an_inventory_sarif_names_no_file_and_an_error_is_no_success():
    log = json.loads(sarif.render(report_of("cause-with-diff", inventory="", errors=("web1: gone",))))
    (run,) = log["runs"]
    assert "physicalLocation" not in run["results"][0]["locations"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "web1: gone"


# github

COMMAND = re.compile(
    r"::(?P<kind>error|warning|notice) title=(?P<title>[^:,\n]+)(?:,file=(?P<file>[^:,\n]+),line=(?P<line>\d+))?::(?P<text>.+)"
)


@pytest.mark.parametrize("name", SCENES)
def test_every_line_for_github_is_a_command(name: str):
    report = report_of(name, errors=(HOSTILE,))
    lines = github.render(report).splitlines()
    for line in lines:
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        assert (match["file"], match["line"] in {"1", "12"}) == ("inventory/prod.py", True)
        assert re.search(r"%(?!25|0A|0D)", match["text"]) is None
    told = sum(1 for each in report.sites for f in each.diagnosis.findings if not f.because)
    told += sum(each.diagnosis.unexplained for each in report.sites)
    assert len(lines) == told + 1


def test_what_was_repaired_is_no_error_for_github():
    kinds = [line.partition(" ")[0] for line in github.render(report_of("fixed")).splitlines()]
    assert kinds == ["::notice"]


# html


class Reader(HTMLParser):
    """Walks the file: which elements, which addresses, whether every element that is opened is closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.style = ""
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data


@pytest.mark.parametrize("name", SCENES)
def test_the_html_is_one_file_that_closes_what_it_opens_and_loads_nothing(name: str):
    text = html.render(report_of(name, errors=(HOSTILE,)))
    reader = Reader()
    reader.feed(text)
    assert (reader.wrong, reader.open) == ([], [])
    assert reader.seen & {"script", "link", "img", "iframe", "object", "a", "form", "svg"} == set()
    names = {key for key, _ in reader.attributes}
    assert {key for key in names if key.startswith("on") or key in {"src", "href", "style"}} == set()
    assert "url(" not in reader.style
    assert "@import" not in reader.style
    digest = base64.b64encode(hashlib.sha256(reader.style.encode()).digest()).decode()
    assert ("content", f"default-src 'none'; style-src 'sha256-{digest}'") in reader.attributes


@pytest.mark.parametrize("name", FAILING)
def test_the_html_names_the_failing_hop_once_for_each_site(name: str):
    report = report_of(name)
    text = html.render(report)
    sick = [each for each in report.sites if not each.diagnosis.healthy]
    assert text.count('<li class="failed">') == len(sick)
    for each in sick:
        if each.diagnosis.cause is not None:
            assert each.diagnosis.cause.code in text


# bundle


@pytest.mark.parametrize("name", SCENES)
def test_a_bundle_is_markdown_whose_blocks_are_closed(name: str):
    text = bundled(report_of(name))
    fence = ""
    for line in text.splitlines():
        if not fence and line.startswith("```"):
            fence = re.match(r"`+", line)[0]  # type: ignore[index]
        elif fence and line == fence:
            fence = ""
    assert fence == ""


def test_a_bundle_of_an_unexplained_failure_holds_what_a_colleague_asks_for():
    text = bundled(report_of("unexplained-with-the-host"))
    asked = ["Python", "pyinfra", "### outside", "### proxy on the host", "### backend directly", "502 Bad Gateway"]
    asked += ["### route in the proxy's configuration", "location /api/chat/ws/", "### listeners", "0.0.0.0:443"]
    asked += ["### units", "chat.service", "### packet filter", "allow tcp 22", "nginx 1.22.1", "its test", "upgrade |"]
    assert [each for each in asked if each not in text] == []


def test_a_bundle_tells_what_was_not_seen():
    text = bundled(report_of("unknown-parts"))
    assert "Packet filter: not seen" in text
    assert "the packet filter may only be read as root" in text


def test_a_block_of_a_bundle_cannot_be_left_by_what_stands_in_it():
    report = report_of("odd-signs", errors=("x: ```\n# not a heading",))
    assert "\n# not a heading" not in bundled(report)
