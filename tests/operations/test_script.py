"""What is sent: run whole or not at all; no secret where others can read it; env files changed line by line."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from tests.operations.field import CURED, SECRET, Field
from wsfix.errors import TransactionError
from wsfix.model.change import Link, Reload
from wsfix.model.outcome import Status
from wsfix.operations import manifest
from wsfix.operations.proxy import PROXIES
from wsfix.operations.script import NOT_WHOLE, confirm_script, new_id, reloads, rollback_script
from wsfix.operations.status import read_records, read_status, status_fragment


def test_a_script_that_is_cut_anywhere_does_nothing(field: Field) -> None:
    text = field.script().text
    points = [
        1,
        60,
        100,
        len(text) // 2,
        *range(len(text) // 5, len(text), len(text) // 12),
        len(text) - 30,
        len(text) - 3,
    ]
    for cut in points:
        ran = field.shell.run(text[:cut], 20)
        assert ran.status == NOT_WHOLE or cut < 100, (cut, ran)
        assert "wsfix" not in ran.stdout
        assert not field.base.exists(), cut
        assert field.seen() == field.before, cut
    assert field.shell.run(text, 60).status == 0


def test_a_script_that_is_cut_is_told_as_one(dash_field: Field) -> None:
    run = dash_field.shell.run
    dash_field.shell.run = lambda script, timeout: run(script[: len(script) // 2], timeout)  # type: ignore[method-assign]
    outcome = dash_field.repair()
    assert outcome.status is Status.REFUSED
    assert outcome.message == "wsfix: the script did not arrive whole; nothing was done"


def test_a_user_who_is_not_root_is_told_so(dash_field: Field) -> None:
    dash_field.base.parent.rmdir()
    dash_field.base.parent.write_text("a file where the directory should be")
    outcome = dash_field.repair()
    assert outcome.status is Status.REFUSED
    assert "are these root's rights" in outcome.message


@pytest.mark.parametrize("secret", ["canary-4711-abcdef", SECRET])
def test_a_secret_is_nowhere_but_in_its_file_and_in_closed_directories(field: Field, secret: str) -> None:
    forms = (secret, manifest.quote_value(secret), "canary")
    env = field.env("opt/chat/.env", ("TOKEN", secret))
    new = field.env("opt/new/.env", ("TOKEN", secret), mode=0o600)
    slow = field.action("sleep 0.3", "true", "slow")
    prints = replace(field.proxy, test=f"cat {field.root}/opt/chat/.env; ! grep -q canary {field.root}/opt/chat/.env")
    with _watched("canary") as caught:
        outcome = field.repair(field.plan(env, new, slow), proxy=prints)
        assert outcome.status is Status.ROLLED_BACK
        assert field.repair(field.plan(env, new, slow, field.edit("etc/nginx/nginx.conf", b"x"))).status is Status.FIXED
    assert not caught
    assert not any(form in f"{outcome.message}{outcome.steps}" for form in forms)
    holding = [path for path in field.directory.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
    expected = {field.root / "opt/chat/.env", field.root / "opt/new/.env"}
    assert {path for path in holding if not path.is_relative_to(field.base)} == expected
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in expected)
    assert field.base.stat().st_mode & 0o777 == 0o700
    assert not any("canary" in ran.stdout + ran.stderr for ran in field.shell.ran[1:])


@contextmanager
def _watched(word: str) -> Iterator[list[str]]:
    """Watch the command lines and environments of all processes of this machine."""
    caught: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        text = (path / name).read_bytes()
                    except OSError:
                        continue
                    if word.encode() in text and b"pytest" not in text:
                        caught.append(text.decode("utf-8", "replace"))
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield caught
    finally:
        stop.set()
        watcher.join()


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        (b"A=1\nB=2\n", [("A", "3")], b"A=3\nB=2\n"),
        (b"A=1\nA=2\nB=2", [("A", "3")], b"A=1\nA=3\nB=2"),
        (b"A=1\nB=2", [("B", "3")], b"A=1\nB=3"),
        (b"A=1", [("B", "3")], b"A=1\nB=3\n"),
        (b"", [("B", "3")], b"B=3\n"),
        (b"A=1\r\nB=2", [("A", "3"), ("C", "4")], b"A=3\r\nB=2\r\nC=4\r\n"),
        (b"# A=0\n;A=0\nAA=1\nexport A='x y'\n", [("A", "x y")], b"# A=0\n;A=0\nAA=1\nexport A='x y'\n"),
        (b"  A = 1\n", [("A", "a b")], b"  A ='a b'\n"),
        (b'A="1" # why\n\xff\xfe latin\n', [("A", "")], b"A=\n\xff\xfe latin\n"),
        (b"\n\n\tA=\\x\n\n", [("A", "&\\1/")], b"\n\n\tA='&\\1/'\n\n"),
        (b"A=1\n", [("A", 'it\'s $HOME `x` "y" \\')], b'A="it\'s \\$HOME \\`x\\` \\"y\\" \\\\"\n'),
        (b"A=1\n", [("A", '["https://a.example"]')], b"A='[\"https://a.example\"]'\n"),
        (b"BA=1\nA_=2\n", [("A", "-n")], b"BA=1\nA_=2\nA=-n\n"),
    ],
)
def test_an_env_file_keeps_every_other_byte(
    field: Field, before: bytes, values: list[tuple[str, str]], after: bytes
) -> None:
    path = field.make("opt/x y/app.env", before)
    outcome = field.repair(field.plan(field.env("opt/x y/app.env", *values), reload_proxy=False))
    assert outcome.status is Status.FIXED, outcome.message
    assert path.read_bytes() == after


@pytest.mark.parametrize("before", [b"A='one\ntwo'\n", b'A="one\ntwo"\n', b"A=one\\\ntwo\n", b"A=1\0\n"])
def test_a_value_over_several_lines_is_not_guessed_at(field: Field, before: bytes) -> None:
    path = field.make("opt/app.env", before)
    outcome = field.repair(field.plan(field.env("opt/app.env", ("A", "2")), reload_proxy=False))
    assert outcome.status is Status.ROLLED_BACK
    assert path.read_bytes() == before


def test_a_new_env_file_has_its_mode_and_owner(field: Field) -> None:
    change = field.env("opt/deep/er/app.env", ("A", "1"), ("B", "two words"), mode=0o640, group="www-data")
    field.repair(field.plan(change, reload_proxy=False))
    path = field.root / "opt/deep/er/app.env"
    assert path.read_bytes() == b"A=1\nB='two words'\n"
    assert (path.stat().st_mode & 0o777, path.group()) == (0o640, "www-data")
    field.rollback()
    assert field.seen() == field.before


def test_an_env_file_that_holds_the_values_already_is_left_alone(field: Field) -> None:
    path = field.make("opt/app.env", b"A=1\n")
    about = path.stat()
    field.repair(field.plan(field.env("opt/app.env", ("A", "1")), reload_proxy=False))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (about.st_ino, about.st_mtime_ns)


def test_systemd_and_the_shell_read_the_value_that_was_meant(tmp_path: Path) -> None:
    for value in ("plain", "two words", SECRET, 'a"b', "a'b", "#x", "$A", "~", "*", "a;b", "\\", "ü"):
        (tmp_path / "env").write_text(f"VALUE={manifest.quote_value(value)}\n")
        command = ["sh", "-c", f'. {tmp_path}/env; printf %s "$VALUE"']
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == value


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_value_with_a_line_break_is_refused(value: str) -> None:
    with pytest.raises(TransactionError, match="line break"):
        manifest.quote_value(value)


def test_what_cannot_be_worded_is_refused(dash_field: Field) -> None:
    env = dash_field.env("opt/chat/.env", ("A-B", "x"))
    twice = dash_field.edit("etc/nginx/nginx.conf", b"x")
    link = Link(str(dash_field.tree / "x"), "a\nb", ("WS313",))
    for changes in ([env], [twice, twice], [link]):
        with pytest.raises(TransactionError):
            dash_field.script(dash_field.plan(*changes))


def test_a_wish_for_a_reload_is_one(dash_field: Field) -> None:
    plan = dash_field.plan(Reload(("WS314",)), reload_proxy=False)
    assert reloads(plan)
    assert dash_field.repair(plan).status is Status.FIXED
    assert dash_field.events.read_text() == "reload\n"


def test_ids_sort_by_time_and_differ() -> None:
    first, second = new_id(), new_id()
    assert first != second
    assert first[:15] <= second[:15]


def test_confirm_and_rollback_on_a_host_that_knows_nothing(field: Field) -> None:
    for script in (confirm_script("20260101T000000-aaaa", base=str(field.base)), rollback_script(base=str(field.base))):
        ran = field.shell.run(script.text, 20)
        assert ran.status == 3
        assert not field.base.exists()


def test_the_status_reads_only_and_is_silent_where_nothing_is(field: Field) -> None:
    ran = field.shell.run(f"{status_fragment(base=str(field.base))}umask; pwd\n", 20)
    assert (ran.status, ran.stderr, read_status(ran.stdout)) == (0, "", None)
    assert not field.base.exists()
    field.repair(field.plan(field.edit("etc/nginx/nginx.conf", b"x")))
    everything = field.shell.run(status_fragment(everything=True, base=str(field.base)), 20).stdout
    (record,) = read_records(everything)
    assert (record.state, record.owner) == ("confirmed", "ops@controller 4711")
    assert record.title.startswith("WS313: ")
    assert abs(record.started - time.time()) < 60


def test_a_transaction_that_another_boot_left_is_open(dash_field: Field) -> None:
    assert dash_field.apply().status == 0
    (dash_field.transactions()[-1] / "boot").write_text("another\n")
    found = read_status(dash_field.shell.run(status_fragment(base=str(dash_field.base)), 20).stdout)
    assert found is not None
    assert found.state == "open"


def test_the_confirmation_and_the_guard_never_both_win(dash_field: Field) -> None:
    for delay in (0.7, 0.9, 0.95, 1.0, 1.05, 1.1, 1.3):
        plan = dash_field.plan(dash_field.edit("etc/nginx/nginx.conf", f"after {delay}".encode()))
        before = dash_field.seen()

        def verify(_: str, delay: float = delay) -> object:
            time.sleep(delay)
            return CURED

        outcome = dash_field.repair(plan, verify=verify, guard_seconds=1)
        stays = dash_field.seen() != before
        assert outcome.status is (Status.FIXED if stays else Status.ROLLED_BACK), delay
        time.sleep(0.5)
        assert (dash_field.seen() != before) is stays


def test_every_proxy_of_the_map_is_whole() -> None:
    for kind, proxy in PROXIES.items():
        assert (proxy.kind, proxy.tree.startswith("/etc/")) == (kind, True)
        for text in (proxy.test, proxy.reload, proxy.settled):
            subprocess.run(["sh", "-n"], input=text, text=True, check=True)


def test_the_shell_texts_are_shipped_and_speak_posix() -> None:
    texts = list(resources.files("wsfix.operations").joinpath("sh").iterdir())
    assert {text.name for text in texts} == {
        f"{n}.sh" for n in ["apply", "confirm", "journal", "rollback", "status", "undo"]
    }
    for text in texts:
        subprocess.run(["sh", "-n"], input=text.read_text(encoding="utf-8"), text=True, check=True)
