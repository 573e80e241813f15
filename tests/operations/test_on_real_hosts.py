"""The same scripts on a real Debian: nginx's own test and reload, systemd's timer as the guard, a real power cut."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.lab import image, machine
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.operations.field import CURED, OWNER, SAME, until
from wsfix.model.change import Action, Change, Edit, Link, Plan
from wsfix.model.outcome import Outcome, Status
from wsfix.operations.proxy import NGINX
from wsfix.operations.script import apply_script
from wsfix.operations.status import read_records, read_status, status_fragment
from wsfix.operations.transaction import Verdict, repair, rollback
from wsfix.shell import Ran

pytestmark = pytest.mark.lab
FAULTS = ("WS313",)
SITE = "/etc/nginx/sites-enabled/backend.chat.conf"


class OverSsh:
    """OpenSSH as the connection: `deploy` with sudo."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def run(self, script: str, timeout: float) -> Ran:
        done = self.host.ssh("sudo sh -s", stdin=script)
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    reason = machine.reason_unavailable()
    if reason:
        pytest.skip(reason)
    made = Lab.create()
    yield made
    made.close()


@pytest.fixture(scope="module", params=image.RELEASES, ids=lambda release: f"debian{release}")
def host(request: pytest.FixtureRequest, lab: Lab) -> Host:
    return lab.start(f"txn{request.param}", Variant(release=request.param, login="deploy"))


def _edit(host: Host, addition: bytes) -> Edit:
    text = host.read(SITE).encode()
    return Edit(SITE, text, text + addition, FAULTS, hashlib.sha256(text).hexdigest())


def _plan(host: Host, addition: bytes = b"# wsfix\n", *more: Change) -> Plan:
    dropin = "/etc/systemd/system/chat.service.d/wsfix.conf"
    reread, restart = "systemctl daemon-reload", "systemctl restart chat.service"
    changes = (
        _edit(host, addition),
        Edit("/etc/nginx/sites-available/more", None, b"server { listen 8099; return 204; }\n", FAULTS, None),
        Link("/etc/nginx/sites-enabled/more", "../sites-available/more", FAULTS),
        Edit(dropin, None, b"[Service]\nEnvironment=WSFIX=1\n", FAULTS, None),
        Action(reread, reread, "daemon-reload", "keeps open sockets", FAULTS, rank=10),
        Action(restart, restart, "restart chat.service", "drops open sockets", FAULTS, rank=60),
    )
    return Plan(host.name, (*changes, *more), reload_proxy=True)


def _repair(host: Host, plan: Plan, verdict: Verdict) -> tuple[Outcome, str]:
    looks: list[str] = []

    def verify(look: str) -> Verdict:
        looks.append(look)
        return verdict

    look = (
        "curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8099/; systemctl show -p Environment chat.service"
    )
    return repair(OverSsh(host), plan, proxy=NGINX, verify=verify, owner=OWNER, look=look), "".join(looks)


def _states(host: Host) -> list[str]:
    said = host.sh("sh -s", stdin=status_fragment(everything=True)).stdout
    return [record.state for record in read_records(said)]


def test_a_repair_is_live_at_once_and_its_rollback_leaves_no_trace(host: Host) -> None:
    before = host.digests()
    outcome, look = _repair(host, _plan(host), CURED)
    assert outcome.status is Status.FIXED, outcome
    assert look.split() == ["204", "Environment=WSFIX=1"]
    assert (
        next(step for step in outcome.steps if step.name == "test").detail
        == "the staged tree, in a mount namespace of its own"
    )
    assert "systemd timer" in next(step for step in outcome.steps if step.name == "guard").detail
    assert not host.sh("systemctl list-units 'wsfix*' --all --no-legend").stdout
    assert rollback(OverSsh(host), host=host.name).status is Status.ROLLED_BACK
    assert host.digests() == before
    assert "WSFIX" not in host.sh("systemctl show -p Environment chat.service").stdout


def test_what_is_not_cured_is_put_back(host: Host) -> None:
    before = host.digests()
    outcome, _ = _repair(host, _plan(host), SAME)
    assert outcome.status is Status.ROLLED_BACK
    assert host.digests() == before
    assert not host.sh("systemctl list-units 'wsfix*' --all --no-legend").stdout


def test_nginx_refuses_the_stage(host: Host) -> None:
    before = host.digests()
    outcome, look = _repair(host, _plan(host, b"nonsense on;\n"), CURED)
    assert outcome.status is Status.ROLLED_BACK
    assert 'unknown directive "nonsense"' in outcome.message
    assert (look, host.digests()) == ("", before)


def test_a_port_that_is_taken_passes_the_test_and_fails_the_reload(host: Host) -> None:
    before = host.digests()
    outcome, _ = _repair(host, _plan(host, b"server { listen 22; }\n"), CURED)
    assert outcome.status is Status.ROLLED_BACK
    assert host.digests() == before


def test_the_timer_puts_back_in_time(host: Host) -> None:
    before = host.digests()
    script = apply_script(_plan(host), proxy=NGINX, owner=OWNER, guard_seconds=3)
    assert OverSsh(host).run(script.text, 60).status == 0
    started = time.monotonic()
    until(lambda: _states(host)[-1] == "undone", seconds=15)
    assert time.monotonic() - started < 8
    assert host.digests() == before


def test_a_connection_that_is_cut_leaves_the_host_to_help_itself(host: Host) -> None:
    before, card = host.digests(), host.card
    slow = Action("sleep 2", "true", "slow", "keeps open sockets", FAULTS, rank=1)
    script = apply_script(_plan(host, b"# cut\n", slow), proxy=NGINX, owner=OWNER, guard_seconds=3)
    options = ("-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={card.known_hosts}", "-i", card.key)
    address = ("-p", str(card.ssh_port), f"{card.user}@{card.address4}", "sudo sh -s")
    connection = subprocess.Popen(["ssh", *options, *address], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert connection.stdin
    connection.stdin.write(script.text.encode())
    connection.stdin.close()
    until(lambda: host.sh(f"test -e /var/lib/wsfix/txn/{script.transaction}/replaced", check=False).returncode == 0)
    connection.kill()
    connection.wait()
    until(lambda: _states(host)[-1] == "undone", seconds=20)
    assert "reload" in host.read(f"/var/lib/wsfix/txn/{script.transaction}/journal")
    assert host.digests() == before


def test_after_a_power_cut_the_open_transaction_is_found_and_undone(host: Host) -> None:
    before = host.digests()
    script = apply_script(_plan(host), proxy=NGINX, owner=OWNER, guard_seconds=60)
    assert OverSsh(host).run(script.text, 60).status == 0
    host.reboot(power_cut=True)
    found = read_status(host.sh("sh -s", stdin=status_fragment()).stdout)
    assert found is not None
    assert (found.id, found.state) == (script.transaction, "open")
    refused, _ = _repair(host, Plan(host.name, (_edit(host, b"#\n"),), reload_proxy=True), CURED)
    assert "deploys/rollback.py" in refused.message
    assert rollback(OverSsh(host), host=host.name).status is Status.ROLLED_BACK
    assert host.digests() == before
