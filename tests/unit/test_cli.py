"""The command line: answers on standard output, everything else on standard error, one meaning for each exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from websockets.sync.server import serve

from tests.probes.conftest import echo, run
from tests.probes.servers import Visit, closed_port, serving
from tests.sources import ROOT
from wsfix import __version__, cli
from wsfix.faults.catalogue import catalogue

NAMES = [entry.fault.name for entry in catalogue()]
OK, ERROR, FINDINGS, USAGE, CONFIG = 0, 1, 2, 64, 78


@pytest.fixture
def healthy() -> Iterator[int]:
    with serve(echo, "127.0.0.1", 0) as server:
        yield from run(server)


def pages_only(visit: Visit) -> None:
    """Answer every request as a server that knows nothing of sockets."""
    visit.read_request()
    body = b'{"detail":"Not Found"}'
    head = f"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    visit.conn.sendall(head.encode() + body)


class Told:
    """What one run of the command line said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        self.status = cli.run([*words])
        captured = capsys.readouterr()
        self.out, self.err = captured.out, captured.err


@pytest.fixture
def wsfix(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "WSFIX_CONFIRM"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: Told(capsys, *words)


def process(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from wsfix.cli import main; main()", *words],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **environ}, timeout=120,
    )  # fmt: skip


def test_help_names_every_command(wsfix):
    told = wsfix("--help")
    assert (told.status, told.err) == (OK, "")
    for command in ("check", "explain", "faults", "schema"):
        assert f"  {command} " in told.out


@pytest.mark.parametrize("command", ["check", "explain", "faults", "schema"])
def test_every_command_has_its_help(wsfix, command: str):
    told = wsfix(command, "--help")
    assert (told.status, told.err) == (OK, "")
    assert told.out.startswith(f"Usage: wsfix {command}")


def test_the_help_of_check_explains_every_exit_status(wsfix):
    said = " ".join(wsfix("check", "--help").out.split())
    codes = {cli.OK, cli.ERROR, cli.FINDINGS, cli.UNCHECKED, cli.ROLLED_BACK, cli.BROKEN, cli.USAGE, cli.CONFIG}
    assert [code for code in codes if f" {code} " not in said] == []


def test_the_version_is_told(wsfix):
    assert (wsfix("--version").out, wsfix("--version").status) == (f"wsfix {__version__}\n", OK)


@pytest.mark.parametrize("name", NAMES)
def test_explain_prints_the_manual_by_code_and_by_name(wsfix, name: str):
    entry = next(each for each in catalogue() if each.fault.name == name)
    told = wsfix("explain", name)
    assert (told.status, told.err) == (OK, "")
    assert told.out.startswith(f"{entry.fault.code} {name} ")
    assert entry.manual in told.out
    for word in (entry.fault.code, entry.fault.code.lower(), name.upper()):
        assert wsfix("explain", word).out == told.out


@pytest.mark.parametrize("word", ["WS999", "nginx", "", " ", "../x", "ws"])
def test_explain_knows_no_other_word(wsfix, word: str):
    told = wsfix("explain", word)
    assert (told.status, told.out) == (CONFIG, "")
    assert told.err == f"wsfix: there is no fault {word!r}; `wsfix faults` lists them\n"


def test_faults_lists_every_fault_in_the_order_of_the_hops(wsfix):
    told = wsfix("faults")
    rows = [line.split() for line in told.out.splitlines()]
    assert (told.status, [row[1] for row in rows]) == (OK, NAMES)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [line for line in told.out.splitlines() if len(line) > 80] == []


def test_faults_lists_them_for_programs_too(wsfix):
    told = wsfix("faults", "--format", "json")
    rows = json.loads(told.out)
    assert (told.status, [row["name"] for row in rows]) == (OK, NAMES)
    assert {frozenset(row) for row in rows} == {frozenset({"code", "name", "hop", "safety", "covers", "title"})}


def test_schema_prints_a_schema(wsfix):
    told = wsfix("schema")
    assert told.status == OK
    assert json.loads(told.out)["properties"]["url"] == {"title": "Url", "type": "string"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Usage: wsfix"),
        (("nope",), "No such command 'nope'"),
        (("--nope",), "No such option: --nope"),
        (("check",), "give either a URL or -i INVENTORY"),
        (("check", "wss://x/ws", "-i", "x.py"), "give either a URL or -i INVENTORY"),
        (("check", "wss://x/ws", "--fix"), "--fix needs a way in: -i INVENTORY"),
        (("check", "wss://x/ws", "more"), "unexpected extra argument"),
        (("check", "wss://x/ws", "--nope"), "No such option: --nope"),
        (("check", "wss://x/ws", "--timeout", "long"), "Invalid value for '--timeout'"),
        (("check", "wss://x/ws", "--format", "xml"), "'xml' is not one of 'text', 'json', 'junit', 'sarif'"),
        (("check", "wss://x/ws", "--fail-on", "note"), "'note' is not one of 'error', 'warning'"),
        (("check", "-i"), "requires an argument"),
        (("explain",), "Missing argument 'code'"),
        (("explain", "a", "b"), "unexpected extra argument"),
        (("faults", "x"), "unexpected extra argument"),
    ],
)
def test_bad_usage_is_one_sentence_and_64(wsfix, words: tuple[str, ...], says: str):
    told = wsfix(*words)
    assert (told.status, told.out) == (USAGE, "")
    assert told.err.startswith("wsfix: ")
    assert says in told.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("",), "url must begin with wss:// or ws://, not ''"),
        (("http://",), "url must begin with wss:// or ws://, not 'http'"),
        (("https://x/ws",), "not 'https'"),
        (("x",), "url must begin with"),
        (("wss://",), "url must name a host"),
        (("ws:///ws",), "url must name a host"),
        (("ws://user:canary@127.0.0.1/",), "url must not hold a user or password"),
        (("ws://canary@127.0.0.1/",), "url must not hold a user or password"),
        (("ws://127.0.0.1/?token=canary",), "url must not have a query"),
        (("ws://127.0.0.1/#x",), "url must not have a fragment"),
        (("ws://127.0.0.1:0/",), "port 0"),
        (("ws://127.0.0.1:99999/",), "Port out of range"),
        (("ws://127.0.0.1:http/",), "url: "),
        (("ws://[::1/",), "Invalid IPv6 URL"),
        (("ws://127.0.0.1/a b",), "a blank"),
        (("ws://127.0.0.1/\x00\x1b[31m",), "control character"),
        (("ws://127.0.0.1/\r\nHost: x",), "control character"),
        (("ws://\udcff/",), "unicode"),
        (("ws://127.0.0.1/", "--timeout", "0"), "timeout_seconds"),
        (("ws://127.0.0.1/", "--timeout", "nan"), "timeout_seconds"),
        (("ws://127.0.0.1/", "--address", "x"), "not a valid IPv4 or IPv6 address"),
        (("ws://127.0.0.1/", "--origin", "x/"), "must be an origin"),
    ],
)
def test_a_url_that_is_none_is_one_sentence_and_78(wsfix, words: tuple[str, ...], says: str):
    told = wsfix("check", *words)
    assert (told.status, told.out) == (CONFIG, "")
    assert told.err.startswith("wsfix: the command line: ")
    assert says in told.err
    assert "canary" not in told.err
    assert told.err.count("\n") == 1


def test_a_healthy_socket_is_0(wsfix, healthy: int):
    told = wsfix("check", f"ws://127.0.0.1:{healthy}/ws")
    assert (told.status, told.err) == (OK, "")
    assert "the handshake succeeds and the socket carries messages" in told.out
    assert "\x1b" not in told.out


def test_a_healthy_socket_is_0_for_programs_too(wsfix, healthy: int):
    told = wsfix("check", f"ws://127.0.0.1:{healthy}/ws", "--format", "json")
    (site,) = json.loads(told.out)["sites"]
    assert (told.status, site["healthy"], site["cause"], site["host"]) == (OK, True, None, None)
    assert site["walks"]["outside"]["sound"] is True


@pytest.mark.parametrize(
    "path", ["", "/", "/%", "/{user}", "/a%20b", "/" + "a" * 4000, "/..;/x", "//", "/gr\u00fc\u00dfe"]
)
def test_an_odd_path_of_a_healthy_server_is_asked_for(wsfix, healthy: int, path: str):
    assert wsfix("check", f"ws://127.0.0.1:{healthy}{path}").status == OK


@pytest.mark.parametrize("path", ["/" + "a" * 100000, "/\u202e"], ids=["huge", "backwards"])
def test_a_path_that_no_server_takes_is_no_traceback(wsfix, healthy: int, path: str):
    assert wsfix("check", f"ws://127.0.0.1:{healthy}{path}").status in {FINDINGS, CONFIG}


def test_a_server_that_knows_no_sockets_is_2(wsfix):
    with serving(pages_only) as port:
        told = wsfix("check", f"ws://127.0.0.1:{port}/ws")
    assert (told.status, told.err) == (FINDINGS, "")
    assert "404" in told.out
    assert "wsfix check -i" in told.out


def test_a_server_that_knows_no_sockets_is_2_for_programs_too(wsfix):
    with serving(pages_only) as port:
        told = wsfix("check", f"ws://127.0.0.1:{port}/ws", "--format", "json")
    (site,) = json.loads(told.out)["sites"]
    assert (told.status, site["healthy"], site["wall"], site["walks"]["outside"]["status"]) == (
        FINDINGS,
        False,
        "proxy",
        404,
    )


def test_a_closed_port_is_2_and_says_so(wsfix):
    told = wsfix("check", f"ws://127.0.0.1:{closed_port()}/ws")
    assert told.status == FINDINGS
    assert "refused" in told.out


def test_ipv6_is_asked_by_its_literal(wsfix):
    told = wsfix("check", f"ws://[::1]:{closed_port()}/ws")
    assert told.status == FINDINGS
    assert "stops at TCP" in told.out


def test_another_address_may_be_asked_for_the_same_name(wsfix, healthy: int):
    assert wsfix("check", f"ws://chat.example.com:{healthy}/ws", "--address", "127.0.0.1").status == OK


def test_an_origin_may_be_given(wsfix):
    seen: list[bytes] = []
    with serving(pages_only, seen=seen) as port:
        wsfix("check", f"ws://127.0.0.1:{port}/ws", "--origin", "https://page.example.com")
    assert b"https://page.example.com" in b"".join(seen)


def test_a_name_longer_than_a_site_s_may_be_is_no_complaint(wsfix):
    host = f"{'a' * 40}.{'b' * 40}.example.com"
    told = wsfix("check", f"ws://{host}:{closed_port()}/ws", "--address", "127.0.0.1")
    assert (told.status, told.err) == (FINDINGS, "")


def test_a_trust_file_that_is_not_there_is_said_and_no_traceback(wsfix):
    with serving(pages_only) as port:
        told = wsfix("check", f"wss://127.0.0.1:{port}/ws", "--ca-file", "/no/such.pem", "--timeout", "2")
    assert told.status in {ERROR, FINDINGS, CONFIG}
    assert "/no/such.pem" in told.out + told.err


def test_colour_is_given_where_it_is_forced(wsfix, healthy: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert "\x1b[32m" in wsfix("check", f"ws://127.0.0.1:{healthy}/ws").out


def test_the_program_is_run_as_a_program(healthy: int):
    done = process("check", f"ws://127.0.0.1:{healthy}/ws")
    assert (done.returncode, done.stderr) == (OK, "")


def test_a_terminal_of_one_byte_signs_is_no_traceback(healthy: int):
    done = process("check", f"ws://127.0.0.1:{healthy}/ws", PYTHONIOENCODING="ascii")
    assert "Traceback" not in done.stderr
    assert done.returncode == OK


def test_explain_starts_without_what_it_does_not_need():
    code = "import sys; from wsfix.cli import run; run(['explain', 'WS420']); print([m for m in ('pyinfra', 'paramiko', 'gevent') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_pipe_that_is_closed_is_no_traceback():
    done = subprocess.run(
        f"{sys.executable} -c 'from wsfix.cli import main; main()' faults | head -n 1",
        shell=True, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
