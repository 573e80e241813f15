"""Nobody confirms: wsfix is killed, its connection is cut, the power goes. The host helps itself, or is put back later."""

from __future__ import annotations

from tests.lab.apps import held_behind_proxy, let_in, until_asked
from tests.lab.breaks import break_host
from tests.lab.breaks.steps import restart_chat
from tests.lab.client import knock
from tests.lab.commands import pyinfra
from tests.lab.host import until
from tests.lab.runs import Run, flat
from tests.lab.site import UNIT
from tests.lab.transactions import journal, states, until_state

REPAIR = ("deploys/websocket.py", "-y")
PATIENT = {"probe": {"timeout_seconds": 30}}
SHORT = {"WSFIX_GUARD_SECONDS": "5"}
DROP = "INPUT -p tcp --dport 22 -j DROP"


def _kept_waiting(host):
    """Break it so that the repair's proof waits at the door; return what stood there before the repair."""
    held_behind_proxy(host)
    break_host(host, "nginx-upgrade-headers-missing")
    return host.digests()


def _as_before(host, before):
    assert host.digests() == before
    until(10, "nginx's old workers to leave: it fails as it did before", lambda: knock(host.card).word == "404")
    assert not host.sh("systemctl list-units 'wsfix*' --all --no-legend").stdout


def test_killed_between_reload_and_proof_the_host_puts_itself_back(healthy_host):
    host = healthy_host(release=12)
    before = _kept_waiting(host)
    with Run(*REPAIR, host=host.name, site=PATIENT, **SHORT) as run:
        until_asked(host)
        assert host.digests() != before
        run.kill()
        until_state(host, "undone", seconds=5 + 5)
    _as_before(host, before)


def test_a_connection_that_is_silent_for_too_long_is_too_late(healthy_host):
    """The packets of SSH are dropped from the reload on; when they pass again, the guard has acted and wsfix says so."""
    host = healthy_host(release=13)
    before = _kept_waiting(host)
    with Run(*REPAIR, host=host.name, site=PATIENT, **SHORT) as run:
        until_asked(host)
        host.sh(f"iptables -I {DROP}")
        until_state(host, "undone", seconds=5 + 5)
        host.sh(f"iptables -D {DROP}")
        let_in(host)
        assert run.end() != 0
        assert f"{host.name}: rolled back. the proof took too long: the guard has put the host back" in run.text
    _as_before(host, before)


def test_a_connection_that_is_cut_is_explained(healthy_host):
    """sshd's session dies while the proof is made: nobody can confirm, and the report says what will happen."""
    host = healthy_host(release=12)
    before = _kept_waiting(host)
    with Run(*REPAIR, host=host.name, site=PATIENT, **SHORT) as run:
        until_asked(host)
        host.sh("pkill -KILL -f '^sshd: root'")
        let_in(host)
        assert run.end() != 0
        assert "the SSH connection broke" in run.text
        assert "its guard puts it back within 5 s" in run.text
        until_state(host, "undone", seconds=5 + 5)
    _as_before(host, before)


def test_killed_in_the_middle_is_reported_and_rolled_back(healthy_host):
    host = healthy_host(release=12)
    host.edit(UNIT, "[Service]\n", "[Service]\nExecStartPre=/bin/sleep 2\n")
    restart_chat(host)
    break_host(host, "env-not-loaded")
    break_host(host, "nginx-upgrade-headers-missing")
    before = host.digests()
    with Run(*REPAIR, host=host.name) as run:
        until(60, "the restart of the chat to begin", lambda: " action " in journal(host))
        owner = f"pid {run.pid}"
        run.kill()
    opened = until_state(host, "waiting")
    assert " applied" in journal(host), "the host goes on by itself"

    look = pyinfra("deploys/diagnose.py", "-y", host=host.name)
    assert f"transaction {opened.id}" in flat(look.stderr), look.stderr
    refused = pyinfra(*REPAIR, host=host.name)
    again = flat(refused.stderr)
    assert refused.returncode == 1, "what was asked for was not done"
    assert f"nothing will be changed on {host.name}: transaction {opened.id}" in again
    assert owner in again
    assert "deploys/rollback.py" in again

    back = pyinfra("deploys/rollback.py", "-y", host=host.name)
    assert back.returncode == 0, back.stderr
    assert states(host) == ["undone"]
    _as_before(host, before)


def test_a_power_cut_in_an_open_transaction_is_reported_and_rolled_back(healthy_host):
    host = healthy_host(release=12)
    before = _kept_waiting(host)
    with Run(*REPAIR, host=host.name, site=PATIENT) as run:
        until_asked(host)
        host.reboot(power_cut=True)
        run.kill()
    let_in(host)
    opened = until_state(host, "open")
    again = flat(pyinfra(*REPAIR, host=host.name).stderr)
    assert f"transaction {opened.id}" in again
    assert "is open" in again
    back = pyinfra("deploys/rollback.py", "-y", host=host.name)
    assert back.returncode == 0, back.stderr
    _as_before(host, before)
