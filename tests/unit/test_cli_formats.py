"""The formats, the bundle and --explain-command as a user calls them, against servers of this test."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from websockets.sync.server import serve

from tests.probes.conftest import echo, run
from tests.probes.servers import closed_port, serving
from tests.unit.test_cli import Told, pages_only
from wsfix import cli
from wsfix.commands import manuals
from wsfix.faults.catalogue import catalogue
from wsfix.report.colour import Paint

OK, ERROR, FINDINGS, USAGE, CONFIG = 0, 1, 2, 64, 78
FORMATS = ("text", "json", "junit", "sarif", "github", "nagios", "prometheus", "html")
CURL = "curl -i -N -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: test'"


@pytest.fixture
def wsfix(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "WSFIX_CONFIRM"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: Told(capsys, *words)


@pytest.fixture
def healthy() -> Iterator[str]:
    with serve(echo, "127.0.0.1", 0) as server:
        for port in run(server):
            yield f"ws://127.0.0.1:{port}/ws"


@pytest.fixture
def sick() -> Iterator[str]:
    with serving(pages_only) as port:
        yield f"ws://127.0.0.1:{port}/ws"


@pytest.mark.parametrize("form", FORMATS)
def test_a_healthy_socket_is_0_in_every_format(wsfix, healthy: str, form: str):
    told = wsfix("check", healthy, "--format", form)
    assert (told.status, told.err) == (OK, "")
    assert bool(told.out.strip()) is (form != "github")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("text", 2),
        ("json", 2),
        ("junit", 2),
        ("sarif", 0),
        ("github", 2),
        ("nagios", 2),
        ("prometheus", 2),
        ("html", 2),
    ],
)
def test_a_sick_one_ends_as_the_format_s_readers_expect(wsfix, sick: str, form: str, status: int):
    told = wsfix("check", sick, "--format", form)
    assert (told.status, told.err) == (status, "")
    assert wsfix("check", sick, "--format", form, "--exit-zero").status == (2 if form == "nagios" else 0)


def test_a_program_can_read_each(wsfix, sick: str):
    assert json.loads(wsfix("check", sick, "--format", "json").out)["sites"][0]["healthy"] is False
    assert json.loads(wsfix("check", sick, "--format", "sarif").out)["runs"][0]["results"]
    assert ET.fromstring(wsfix("check", sick, "--format", "junit").out).get("failures") == "1"
    assert wsfix("check", sick, "--format", "nagios").out.startswith("WSFIX CRITICAL - 127.0.0.1: ")
    assert wsfix("check", sick, "--format", "github").out.startswith("::error title=wsfix (unexplained)::")
    assert (
        'wsfix_probe_success{site="127.0.0.1",host="127.0.0.1"} 0\n'
        in wsfix("check", sick, "--format", "prometheus").out
    )
    assert wsfix("check", sick, "--format", "html").out.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "words", [("check",), ("check", "nonsense"), ("check", "ws://x/", "--nope"), ("check", "ws://x/", "--timeout", "0")]
)
def test_what_cannot_be_asked_is_unknown_for_nagios(wsfix, words: tuple[str, ...]):
    for option in (("--format", "nagios"), ("--format=nagios",)):
        told = wsfix(*words, *option)
        assert (told.status, told.err) == (3, "")
        assert told.out.startswith("WSFIX UNKNOWN - ")
        assert told.out.count("\n") == 1


def test_a_report_is_written_as_a_whole_or_not_at_all(wsfix, healthy: str, tmp_path: Path):
    target = tmp_path / "report.html"
    target.write_text("old")
    told = wsfix("check", healthy, "--format", "html", "--output", str(target))
    assert (told.status, told.out) == (OK, "")
    assert target.read_text().startswith("<!doctype html>")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    nowhere = wsfix("check", healthy, "-o", str(tmp_path / "none" / "x"))
    assert (nowhere.status, nowhere.err.count("\n")) == (ERROR, 1)
    assert "cannot be written" in nowhere.err


def test_metrics_can_be_read_by_the_collector(wsfix, healthy: str, tmp_path: Path):
    target = tmp_path / "wsfix.prom"
    assert wsfix("check", healthy, "--format", "prometheus", "-o", str(target)).status == OK
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_text_in_a_file_has_no_colour(wsfix, healthy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert wsfix("check", healthy, "-o", str(tmp_path / "x")).status == OK
    assert "\x1b" not in (tmp_path / "x").read_text()
    assert "\x1b" in wsfix("check", healthy).out


def test_a_bundle_is_written_beside_the_report_or_in_its_place(wsfix, sick: str, tmp_path: Path):
    target = tmp_path / "bundle.md"
    told = wsfix("check", sick, "--bundle", str(target))
    assert (told.status, "stops at" in told.out) == (FINDINGS, True)
    assert told.err == f"wsfix: {target} holds what a colleague would ask for; secrets are masked\n"
    text = target.read_text()
    assert text.startswith("# wsfix bundle, ")
    assert "404 Not Found" in text
    printed = wsfix("check", sick, "--bundle", "-")
    assert (printed.status, printed.err) == (FINDINGS, "")
    assert printed.out.startswith("# wsfix bundle, ")
    assert "stops at proxy" in printed.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "-i", "x.py", "--explain-command", "curl x"), "goes alone or with a URL"),
        (("check", "--explain-command", "curl x", "--format", "html"), "text or json"),
        (("check", "--explain-command", "curl x", "--bundle", "x"), "--bundle needs a URL"),
        (("check", "ws://x/", "--bundle", "x", "-o", "x"), "the same file"),
        (("check", "--explain-command", "ls -l"), "the command is none of curl, wscat"),
        (("check", "--explain-command", "curl"), "no URL"),
        (("check", "--explain-command", "curl 'x"), "not closed"),
        (("check", "--explain-command", "curl ftp://x/"), "ftp://"),
        (("check", "--explain-command", "openssl x509 -in x"), "s_client"),
        (("check", "--explain-command", "nc -l 80"), "listen"),
        (("faults", "--format", "sarif"), "text or json"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence_and_64(wsfix, words: tuple[str, ...], says: str):
    told = wsfix(*words)
    assert (told.status, told.out) == (USAGE, "")
    assert told.err.startswith("wsfix: ")
    assert says in told.err
    assert told.err.count("\n") == 1


def test_a_command_is_explained_alone(wsfix):
    told = wsfix("check", "--explain-command", f"{CURL} https://chat.example.com/ws/1?token=c4n4ry7f3A9c")
    assert (told.status, told.err) == (FINDINGS, "")
    assert [code for code in ("WS003", "WS004", "WS005") if code not in told.out] == []
    assert "c4n4ry" not in told.out
    sound = wsfix("check", "--explain-command", "wscat -c wss://chat.example.com/ws/1 -o https://chat.example.com")
    assert (sound.status, "a sound test" in sound.out) == (OK, True)


def test_a_command_is_explained_beside_the_socket_that_it_was_meant_for(wsfix, healthy: str, sick: str):
    for url, says in (
        (healthy, "the command is wrong and not the server"),
        (sick, "The socket fails for a real client"),
    ):
        told = wsfix("check", url, "--explain-command", f"{CURL} {url.replace('ws://', 'http://')}")
        assert told.status == FINDINGS
        assert "WS003" in told.out
        assert says in " ".join(told.out.split())
        assert f"wsfix check {url}" in told.out


def test_a_command_is_explained_for_programs(wsfix, healthy: str):
    told = wsfix("check", healthy, "--format", "json", "--explain-command", f"{CURL} https://x.example/ws/1")
    said = json.loads(told.out)
    assert said["sites"][0]["healthy"] is True
    assert [each["code"] for each in said["command"]["findings"]] == ["WS003", "WS004", "WS005"]
    assert said["command"]["sound"] is False


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("1006", "Never on the wire"),
        ("403", "origin-not-allowed-channels"),
        ("502", "backend-not-running"),
        ("4999", "own code"),
    ],
)
def test_a_number_is_explained(wsfix, number: str, says: str):
    told = wsfix("explain", number)
    assert (told.status, told.err) == (OK, "")
    assert told.out.startswith(f"{number} ")
    assert says in told.out
    assert [line for line in told.out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("number", ["299", "999", "5000", "2999"])
def test_a_number_of_which_nothing_is_known_is_78(wsfix, number: str):
    told = wsfix("explain", number)
    assert (told.status, told.out) == (CONFIG, "")
    assert told.err.startswith(f"wsfix: nothing is known of {number}")


def test_a_port_that_is_closed_is_told_in_every_format(wsfix):
    url = f"ws://127.0.0.1:{closed_port()}/ws"
    for form in FORMATS:
        told = wsfix("check", url, "--format", form)
        assert told.out
        assert "Traceback" not in told.err


def test_the_formats_are_those_that_the_command_line_names():
    assert tuple(each.value for each in cli.Format) == FORMATS


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_manual_is_folded_to_the_terminal_and_loses_no_word(columns: int):
    for entry in catalogue():
        whole, folded = manuals.explain(entry.fault.name, Paint()), manuals.explain(entry.fault.name, Paint(), columns)
        assert folded.split() == whole.split()
        long = [line for line in folded.splitlines() if len(line) > columns and " " in line.strip()]
        assert [line for line in long if line in whole.splitlines() and line.startswith(" ")] == long
        assert "\nTold apart: " in folded


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("openssl") is None, reason="needs curl and openssl")
def test_the_sound_command_gets_101_where_the_user_s_own_did_not(wsfix, healthy: str):
    """Run both for real, against one healthy server: the user's with its key that is none, and the one that wsfix words."""
    own = f"{CURL} {healthy.replace('ws://', 'http://')}"
    told = json.loads(wsfix("check", healthy, "--format", "json", "--explain-command", own).out)
    sound = told["command"]["instead"][0]["command"].replace("--max-time 10", "--max-time 2")

    def answer(command: str) -> str:
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=30)
        return done.stdout.partition("\r\n")[0]

    assert answer(own).startswith("HTTP/1.1 400 ")
    assert answer(sound).startswith("HTTP/1.1 101 ")
