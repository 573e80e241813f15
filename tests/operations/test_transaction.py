"""A transaction from the plan to its end: kept, put back, refused; and the tree is never between two states."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.operations.field import CURED, SAME, CutShell, Field, ScratchShell, until
from wsfix.errors import LookFailed, TransactionError
from wsfix.model.change import Edit, Link
from wsfix.model.outcome import Status
from wsfix.operations.status import read_status, status_fragment
from wsfix.operations.transaction import Proof, Verdict
from wsfix.shell import Ran


def test_what_is_proved_stays(field: Field) -> None:
    outcome = field.repair()
    assert (outcome.status, outcome.message) == (Status.FIXED, "101 and an echo")
    assert all(step.ok for step in outcome.steps)
    assert field.states() == ["confirmed"]
    seen = field.seen()
    assert seen["etc/nginx/nginx.conf"][:5] == (
        "-rw-r-----",
        1234,
        5678,
        1,
        b"http {\n  include conf.d/*.conf;\n  map x y { }\n}",
    )
    if field.fine:
        assert seen["etc/nginx/nginx.conf"][5] == (("user.origin", b"mine"),)
    assert seen["etc/nginx/sites-enabled/chat"] == field.before["etc/nginx/sites-enabled/chat"]
    assert seen['etc/nginx/sites-available/it\'s a "site"'][4] == b"server {\r\n  listen 80;\r\n  # ws\r\n}\r\n"
    assert seen["etc/nginx/hard too.conf"] == seen["etc/nginx/hard.conf"]
    assert seen["etc/nginx/hard.conf"][3] == 2
    assert seen["elsewhere/included.conf"][4] == b"x z;\n"
    assert "etc/nginx/conf.d/old.conf" not in seen
    assert seen["etc/nginx/sites-available/new $HOME"][0] == "-rw-r-----"
    assert seen["etc/systemd/system/chat.service.d"][0] == "drwxr-xr-x"
    assert seen["etc/nginx/sites-enabled/new"][4] == b"../sites-available/new $HOME"
    assert not [name for name in seen if ".wsfix" in name]


def test_a_rollback_brings_back_bytes_owners_modes_times_names_and_links(field: Field) -> None:
    field.repair()
    outcome = field.rollback()
    assert outcome.status is Status.ROLLED_BACK
    assert field.seen() == field.before
    assert field.states() == ["undone"]
    assert field.rollback().status is Status.REFUSED
    assert field.seen() == field.before


@pytest.mark.parametrize("proof", [Proof.SAME, Proof.WORSE])
def test_what_is_not_proved_is_put_back_at_once(field: Field, proof: Proof) -> None:
    outcome = field.repair(verdict=Verdict(proof, "still 403"))
    assert outcome.status is Status.ROLLED_BACK
    assert outcome.message == "still 403; the host is as it was before"
    assert field.seen() == field.before
    assert len(field.shell.ran) == 2


def test_what_is_better_but_not_cured_stays(dash_field: Field) -> None:
    assert dash_field.repair(verdict=Verdict(Proof.BETTER)).status is Status.PARTIAL
    assert dash_field.states() == ["confirmed"]


def test_a_proof_that_fails_puts_back(dash_field: Field) -> None:
    def verify(_: str) -> Verdict:
        raise OSError("no route to host")

    outcome = dash_field.repair(verify=verify)
    assert outcome.status is Status.ROLLED_BACK
    assert "OSError: no route to host" in outcome.message
    assert dash_field.seen() == dash_field.before


def test_ctrl_c_puts_back_and_goes_on_as_ctrl_c(dash_field: Field) -> None:
    def verify(_: str) -> Verdict:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stop:
        dash_field.repair(verify=verify)
    assert "as it was before" in stop.value.__notes__[0]
    assert dash_field.seen() == dash_field.before


def test_the_look_comes_with_the_log(dash_field: Field) -> None:
    looks: list[str] = []
    status = status_fragment(base=str(dash_field.base))

    def verify(look: str) -> Verdict:
        looks.append(look)
        return CURED

    dash_field.repair(verify=verify, look=f"echo 'looking here'\n{status}exit 9")
    assert looks[0].startswith("looking here\n")
    transaction = read_status(looks[0])
    assert transaction is not None
    assert (transaction.owner, transaction.state) == ("ops@controller 4711", "waiting")
    assert read_status(dash_field.shell.run(status, 5).stdout) is None


def test_a_failing_test_of_the_stage_touches_nothing(field: Field) -> None:
    plan = field.plan(field.edit("etc/nginx/nginx.conf", b"BROKEN"), *field.everything().changes[1:])
    outcome = field.repair(plan)
    assert outcome.status is Status.ROLLED_BACK
    assert "unknown directive" in outcome.message
    assert "replace" not in [step.name for step in outcome.steps]
    assert field.seen() == field.before
    assert not field.events.exists()


@pytest.mark.parametrize(
    "where", ["etc/nginx/conf.d/broken.conf", "elsewhere/included.conf", "etc/nginx/deep/er/broken.conf"]
)
def test_the_stage_is_tested_with_files_that_are_made_and_files_that_lie_elsewhere(field: Field, where: str) -> None:
    outcome = field.repair(field.plan(field.edit(where, b"BROKEN")))
    assert "test failed: nginx: [emerg] unknown directive" in outcome.message
    assert field.seen() == field.before


def test_a_broken_link_target_is_seen_in_the_stage(field: Field) -> None:
    bad = field.make("elsewhere/bad.conf", b"BROKEN")
    field.before = field.seen()
    link = Link(str(field.tree / "sites-enabled/bad"), str(bad), ("WS313",))
    proxy = replace(field.proxy, test=f"! cat {field.tree}/*/* | grep -q BROKEN")
    outcome = field.repair(field.plan(link), proxy=proxy)
    assert outcome.status is Status.ROLLED_BACK
    assert "replace" not in [step.name for step in outcome.steps]
    assert field.seen() == field.before


def test_without_a_namespace_the_test_is_made_in_place(dash_field: Field, tmp_path: Path) -> None:
    _forbid(dash_field, tmp_path, "unshare", "echo 'unshare: Operation not permitted' >&2; exit 1")
    outcome = dash_field.repair(dash_field.plan(dash_field.edit("etc/nginx/nginx.conf", b"BROKEN")))
    assert outcome.status is Status.ROLLED_BACK
    assert "not permitted" in next(step for step in outcome.steps if step.name == "test").detail
    assert "test in place failed" in outcome.message
    assert dash_field.seen() == dash_field.before
    assert not dash_field.events.exists()
    assert dash_field.repair().status is Status.FIXED


def test_a_failing_action_takes_back_what_was_done(field: Field) -> None:
    actions = [replace(field.action("echo no; exit 7", "true", "restart chat"), rank=99)]
    outcome = field.repair(field.plan(*field.everything().changes, *actions))
    assert outcome.status is Status.ROLLED_BACK
    assert "restart chat failed: exit code 7; no" in outcome.message
    assert field.seen() == field.before
    assert "reload" not in field.events.read_text()


def test_an_undo_that_fails_is_said_with_what_to_do_by_hand(field: Field) -> None:
    action = field.action("exit 1", "false # by hand", "start chat")
    outcome = field.repair(field.plan(field.edit("etc/nginx/nginx.conf", b"new"), action))
    assert outcome.status is Status.FAILED
    assert "by hand: false # by hand" in outcome.message
    assert field.seen() == field.before
    assert field.states() == ["failed"]
    assert field.repair().status is Status.REFUSED


def test_a_reload_that_fails_is_put_back_and_the_old_configuration_loaded(field: Field) -> None:
    failing = f"echo reload >> {field.events}; ! grep -q map {field.tree}/nginx.conf"
    outcome = field.repair(proxy=replace(field.proxy, reload=failing))
    assert outcome.status is Status.ROLLED_BACK
    assert field.seen() == field.before
    assert field.events.read_text().count("reload\n") == 2


def test_a_proxy_that_keeps_its_old_workers_is_put_back(dash_field: Field) -> None:
    settled = f"! grep -q map {dash_field.tree}/nginx.conf"
    outcome = dash_field.repair(proxy=replace(dash_field.proxy, settled=settled))
    assert outcome.status is Status.ROLLED_BACK
    assert "no new worker within 5 s" in outcome.message
    assert dash_field.seen() == dash_field.before


def test_the_way_back_needs_no_sound_configuration(field: Field) -> None:
    """The configuration is broken by somebody else meanwhile: the files go back, the running proxy is left alone."""
    assert field.apply().status == 0
    field.make("etc/nginx/conf.d/other.conf", b"BROKEN")
    done = field.undo_by_hand()
    assert done.returncode == 0
    assert "the running proxy was left alone" in done.stdout
    (field.tree / "conf.d/other.conf").unlink()
    assert field.seen() == field.before
    assert field.events.read_text().count("reload\n") == 1


def test_drift_is_refused_with_nothing_written(field: Field) -> None:
    plan = field.everything()
    for name in ("etc/nginx/nginx.conf", "opt/chat/.env"):
        field.make(name, b"edited by somebody")
    field.make("etc/systemd/system/chat.service.d/wsfix.conf", b"made by somebody")
    (field.tree / "sites-enabled/new").symlink_to("nowhere")
    before = field.seen()
    outcome = field.repair(plan)
    assert outcome.status is Status.REFUSED
    for name in ("nginx.conf", ".env", "wsfix.conf", "sites-enabled/new"):
        assert name in outcome.message
    assert field.seen() == before
    assert field.states() == []
    assert not (field.base / "lock").exists()
    assert not list((field.base / "txn").iterdir())


def test_two_paths_of_one_file_are_refused(dash_field: Field) -> None:
    twice = [
        dash_field.edit(f"etc/nginx/{name}", b"x") for name in ("sites-enabled/chat", 'sites-available/it\'s a "site"')
    ]
    outcome = dash_field.repair(dash_field.plan(*twice))
    assert (outcome.status, dash_field.seen()) == (Status.REFUSED, dash_field.before)
    assert "the same file" in outcome.message


def test_a_file_that_somebody_edited_since_is_not_overwritten(field: Field) -> None:
    field.repair()
    changed = field.root / "etc/nginx/nginx.conf"
    changed.write_bytes(changed.read_bytes() + b"# mine\n")
    seen = field.seen()
    outcome = field.rollback()
    assert outcome.status is Status.REFUSED
    assert "edited by somebody since" in outcome.message
    assert str(changed) in outcome.message
    assert field.seen() == seen
    assert field.rollback(force=True).status is Status.ROLLED_BACK
    assert field.seen() == field.before
    (kept,) = field.base.glob("txn/*/item/*/edited")
    assert kept.read_bytes().endswith(b"# mine\n")


def test_undo_twice_is_undo_once(field: Field) -> None:
    assert field.apply().status == 0
    first, second = field.undo_by_hand(), field.undo_by_hand()
    assert (first.returncode, second.returncode) == (0, 0)
    assert "already, by hand" in second.stdout
    assert field.seen() == field.before
    assert field.events.read_text().count("reload\n") == 2


def test_the_guard_puts_back_when_nobody_confirms(field: Field) -> None:
    assert field.apply(guard_seconds=3).status == 0
    assert (field.tree / "nginx.conf").read_bytes() != field.before["etc/nginx/nginx.conf"][4]
    until(lambda: field.states() == ["undone"])
    assert field.seen() == field.before
    until(lambda: not (field.base / "lock").exists())


def test_a_proof_that_comes_after_the_guard_is_told(field: Field) -> None:
    def verify(_: str) -> Verdict:
        until(lambda: field.states() == ["undone"])
        return CURED

    outcome = field.repair(verify=verify, guard_seconds=1)
    assert outcome.status is Status.ROLLED_BACK
    assert "the guard has put the host back" in outcome.message
    assert field.seen() == field.before


def test_the_guard_waits_for_slow_steps_and_gives_the_proof_its_whole_time(dash_field: Field) -> None:
    slow = dash_field.action("sleep 3", "true", "slow")
    outcome = dash_field.repair(dash_field.plan(*dash_field.everything().changes, slow), guard_seconds=2)
    assert outcome.status is Status.FIXED
    assert dash_field.states() == ["confirmed"]


def test_after_the_confirmation_no_guard_is_left(dash_field: Field) -> None:
    dash_field.repair(guard_seconds=2)
    seen = dash_field.seen()
    with pytest.raises(AssertionError):
        until(lambda: _processes(dash_field), seconds=0.3)
    with pytest.raises(AssertionError):
        until(lambda: dash_field.seen() != seen, seconds=3)


def test_a_cut_connection_says_that_the_host_helps_itself(tmp_path: Path) -> None:
    field = Field(tmp_path, CutShell())
    outcome = field.repair(guard_seconds=1)
    assert outcome.status is Status.FAILED
    assert "puts it back within 1 s" in outcome.message
    field.shell = ScratchShell()
    until(lambda: field.states() == ["undone"])
    assert field.seen() == field.before


def test_an_undo_that_is_not_answered_is_left_to_the_guard(dash_field: Field) -> None:
    run = dash_field.shell.run

    def cut(script: str, timeout: float) -> Ran:
        if dash_field.shell.ran:
            raise LookFailed("example: the SSH connection broke")
        return run(script, timeout)

    dash_field.shell.run = cut  # type: ignore[method-assign]
    outcome = dash_field.repair(verdict=SAME, guard_seconds=1)
    assert outcome.status is Status.FAILED
    assert "its guard puts it back" in outcome.message
    dash_field.shell = ScratchShell()
    until(lambda: dash_field.states() == ["undone"])
    assert dash_field.seen() == dash_field.before


def test_two_at_once_are_one_after_the_other_or_one_refused(field: Field) -> None:
    outcomes = []
    slow = field.plan(field.edit("etc/nginx/nginx.conf", b"one"), field.action("sleep 2", "true", "slow"))
    other = field.plan(field.edit("etc/nginx/conf.d/old.conf", b"two"))
    first = threading.Thread(target=lambda: outcomes.append(field.repair(slow)))
    first.start()
    until((field.base / "lock/owner").exists)
    refused = field.repair(other)
    first.join()
    assert refused.status is Status.REFUSED
    assert "another wsfix acts on this host now: ops@controller 4711, since 20" in refused.message
    assert outcomes[0].status is Status.FIXED
    assert field.repair(other).status is Status.FIXED


def test_an_open_transaction_is_named_with_what_to_run(field: Field) -> None:
    assert field.apply().status == 0
    refused = field.repair(field.plan(field.edit("etc/nginx/conf.d/old.conf", b"two")))
    assert refused.status is Status.REFUSED
    assert "it waits for its proof for" in refused.message
    _age(field)
    refused = field.repair(field.plan(field.edit("etc/nginx/conf.d/old.conf", b"two")))
    assert "deploys/rollback.py" in refused.message
    opened = read_status(field.shell.run(status_fragment(base=str(field.base)), 9).stdout)
    assert opened is not None
    assert opened.state == "open"
    assert field.rollback().status is Status.ROLLED_BACK
    assert field.seen() == field.before


def test_a_lock_that_was_left_behind_is_taken_over(field: Field) -> None:
    (field.base / "lock").mkdir(parents=True)
    (field.base / "lock/owner").write_text("gone@elsewhere 1\n")
    outcome = field.repair()
    assert outcome.status is Status.FIXED
    assert outcome.steps[0].detail == "taken over from gone@elsewhere 1, who left it behind"


def test_the_last_twenty_are_kept(dash_field: Field) -> None:
    for number in range(22):
        edit = dash_field.edit("etc/nginx/nginx.conf", f"version {number}".encode())
        assert dash_field.repair(dash_field.plan(edit, reload_proxy=False)).status is Status.FIXED
    assert len(dash_field.transactions()) == 20


def test_nothing_to_do_and_inhibited_plans_send_nothing(dash_field: Field) -> None:
    assert dash_field.repair(dash_field.plan(reload_proxy=False)).status is Status.UNCHANGED
    inhibited = replace(dash_field.everything(), inhibited="nginx -t fails already")
    assert dash_field.repair(inhibited).message == "nginx -t fails already"
    assert not dash_field.shell.ran


def test_a_plan_without_a_proxy_needs_none(dash_field: Field) -> None:
    plan = dash_field.plan(dash_field.env("opt/chat/.env", ("A", "2")), reload_proxy=False)
    assert dash_field.repair(plan, proxy=None).status is Status.FIXED
    assert dash_field.rollback().status is Status.ROLLED_BACK
    assert dash_field.seen() == dash_field.before


def test_only_a_reload(dash_field: Field) -> None:
    assert dash_field.repair(dash_field.plan()).status is Status.FIXED
    assert dash_field.events.read_text() == "reload\n"


def test_a_directory_of_somebody_else_does_not_lead_roots_pen(field: Field) -> None:
    """Whoever owns the directory guesses the staged name and lays a link there: what it points to stays untouched."""
    victim = field.make("etc/shadow", b"root:*:\n", mode=0o600)
    script = field.script(field.plan(field.env("opt/chat/.env", ("TOKEN", "x")), reload_proxy=False))
    (field.root / f"opt/chat/.wsfix-{script.transaction}-001").symlink_to(victim)
    assert field.shell.run(script.text, 60).status == 0
    assert victim.read_bytes() == b"root:*:\n"
    (field.root / f"opt/chat/.wsfix-{script.transaction}-001").symlink_to(victim)
    assert field.undo_by_hand().returncode == 0
    assert victim.read_bytes() == b"root:*:\n"
    victim.unlink()
    assert field.seen() == field.before


def test_a_large_file_arrives_whole(field: Field) -> None:
    content = os.urandom(3_000_000)
    assert field.repair(field.plan(field.edit("etc/nginx/nginx.conf", content))).status is Status.FIXED
    assert (field.tree / "nginx.conf").read_bytes() == content


@pytest.mark.parametrize("path", ["relative", "/a\nb", "/a/../b", "/a//b", "/a/", "/"])
def test_a_path_that_is_no_plain_path_is_refused_before_anything_is_sent(dash_field: Field, path: str) -> None:
    plan = dash_field.plan(Edit(path, None, b"x", ("WS313",), None))
    assert dash_field.repair(plan).status is Status.REFUSED
    assert not dash_field.shell.ran
    with pytest.raises(TransactionError):
        dash_field.script(plan)


def _forbid(field: Field, directory: Path, tool: str, text: str) -> None:
    tools = directory / "forbidden"
    tools.mkdir(exist_ok=True)
    (tools / tool).write_text(f"#!/bin/sh\n{text}\n")
    (tools / tool).chmod(0o755)
    field.shell.path = f"{tools}:{field.shell.path}"


def _age(field: Field) -> None:
    field.leave()
    (field.transactions()[-1] / "deadline").write_text("1\n")


def _processes(field: Field) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_text()
        except OSError:
            continue
        if str(field.base) in command:
            found.append(command)
    return found
