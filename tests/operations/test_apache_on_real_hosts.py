"""The transaction on a real Apache: its test of the stage, its graceful reload, and what a reload does that ends it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.lab import image, machine
from tests.lab.furnish import Variant
from tests.lab.host import Host, until
from tests.lab.laboratory import Lab
from tests.operations.field import CURED, OWNER, SAME
from tests.operations.test_on_real_hosts import OverSsh
from wsfix.model.change import Change, Edit, Link, Plan
from wsfix.model.outcome import Outcome, Status
from wsfix.operations.proxy import APACHE
from wsfix.operations.transaction import Verdict, repair, rollback

pytestmark = pytest.mark.lab
FAULTS = ("WS478",)
SITE = "/etc/apache2/sites-available/echo.conf"
TEXT = """\
<VirtualHost *:80>
    ServerName echo.test
    ProxyPass /ws/ http://127.0.0.1:8001/ws/ upgrade=websocket
</VirtualHost>
"""
TLS = """\
<VirtualHost *:443>
    ServerName echo.test
    SSLEngine on
    SSLCertificateFile /etc/ssl/one.pem
    SSLCertificateKeyFile /etc/ssl/KEY
</VirtualHost>
"""
ECHO = """\
from websockets.sync.server import serve
with serve(lambda socket: [socket.send(text) for text in socket], "127.0.0.1", 8001, ping_interval=None) as server:
    server.serve_forever()
"""
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=echo.test -days 2 -keyout /etc/ssl/one.key -out /etc/ssl/one.pem"


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
    made = lab.start(f"apache{request.param}", Variant(release=request.param, login="deploy", site=False))
    made.write(SITE, TEXT)
    made.write("/opt/echo.py", ECHO)
    made.sh(f"{CERTIFICATE}; openssl genpkey -algorithm RSA -out /etc/ssl/other.key 2>/dev/null")
    made.sh("systemd-run -q --unit echo /opt/venv/bin/python /opt/echo.py")
    made.sh("a2enmod -q proxy_http; a2dissite -q 000-default; a2ensite -q echo; systemctl start apache2")
    until(10, "the echo behind Apache", lambda: made.sh("ss -Htln 'sport = :8001'").stdout != "")
    return made


def _socket(host: Host) -> ClientConnection:
    return connect(f"ws://{host.card.address4}/ws/1", ping_interval=None)


def _echoes(socket: ClientConnection, text: str) -> bool:
    socket.send(text)
    return socket.recv(timeout=5) == text


def _edit(host: Host, addition: str) -> Edit:
    before = host.read(SITE).encode()
    return Edit(SITE, before, before + addition.encode(), FAULTS, hashlib.sha256(before).hexdigest())


def _module(name: str, *suffixes: str) -> list[Link]:
    """The links that a2enmod makes."""
    links = [f"{name}.{suffix}" for suffix in ("load", *suffixes)]
    return [Link(f"/etc/apache2/mods-enabled/{link}", f"../mods-available/{link}", FAULTS) for link in links]


def _repair(host: Host, *changes: Change, verdict: Verdict = CURED) -> Outcome:
    plan = Plan(host.name, changes, reload_proxy=True)
    return repair(OverSsh(host), plan, proxy=APACHE, verify=lambda _: verdict, owner=OWNER)


def _master(host: Host) -> str:
    return host.read("/run/apache2/apache2.pid").strip()


def test_ten_sockets_live_through_a_repair_that_loads_a_module_and_its_rollback(host: Host) -> None:
    before, master = host.digests(), _master(host)
    with ExitStack() as held:
        sockets = [held.enter_context(_socket(host)) for _ in range(10)]
        assert all(_echoes(socket, "before") for socket in sockets)
        outcome = _repair(host, _edit(host, "Header always set X-Loaded yes\n"), *_module("headers"))
        assert outcome.status is Status.FIXED, outcome
        detail = next(step for step in outcome.steps if step.name == "test").detail
        assert detail == "the staged tree, in a mount namespace of its own"
        assert "X-Loaded: yes" in host.sh("curl -si http://127.0.0.1/").stdout
        assert all(_echoes(socket, "after") for socket in sockets)
        assert rollback(OverSsh(host), host=host.name).status is Status.ROLLED_BACK
        assert "X-Loaded" not in host.sh("curl -si http://127.0.0.1/").stdout
        assert all(_echoes(socket, "put back") for socket in sockets)
    assert (host.digests(), _master(host)) == (before, master)


def test_what_is_not_cured_is_put_back(host: Host) -> None:
    before = host.digests()
    assert _repair(host, *_module("headers"), verdict=SAME).status is Status.ROLLED_BACK
    assert host.digests() == before


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        pytest.param("Nonsense on\n", "Invalid command 'Nonsense'", id="unknown"),
        pytest.param("Header always set X-Loaded yes\n", "Invalid command 'Header'", id="its module is not loaded"),
        pytest.param("<IfModule x>\n", "</IfModule>", id="not closed"),
    ],
)
def test_apache_refuses_the_stage(host: Host, addition: str, complaint: str) -> None:
    before = host.digests()
    with _socket(host) as socket:
        outcome = _repair(host, _edit(host, addition))
        assert outcome.status is Status.ROLLED_BACK
        assert complaint in outcome.message
        assert not [step for step in outcome.steps if step.name == "replace"], "nothing was live"
        assert _echoes(socket, "still here")
    assert host.digests() == before


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        pytest.param("Listen 22\n", "no listening sockets available", id="a port that is taken"),
        pytest.param(TLS.replace("KEY", "other.key"), "do not match", id="a key of another"),
    ],
)
def test_what_passes_the_test_and_ends_apache_is_put_back_and_apache_started(
    host: Host, addition: str, complaint: str
) -> None:
    before = host.digests()
    links = [*_module("ssl", "conf"), *_module("socache_shmcb")] if "SSL" in addition else []
    outcome = _repair(host, _edit(host, addition), *links)
    assert outcome.status is Status.ROLLED_BACK, outcome
    assert complaint in outcome.message
    assert host.digests() == before
    assert host.sh("systemctl is-active apache2").stdout.strip() == "active"
    with _socket(host) as socket:
        assert _echoes(socket, "served again")


def test_an_apache_that_was_started_by_hand_is_reloaded_where_it_runs(host: Host) -> None:
    host.sh("systemctl stop apache2; . /etc/apache2/envvars; mkdir -p /run/apache2/socks; /usr/sbin/apache2 -k start")
    until(10, "Apache to run by hand", lambda: host.sh("ss -Htln 'sport = :80'").stdout != "")
    try:
        with _socket(host) as socket:
            outcome = _repair(host, _edit(host, "# by hand\n"))
            assert outcome.status is Status.FIXED, outcome
            assert _echoes(socket, "kept")
        assert rollback(OverSsh(host), host=host.name).status is Status.ROLLED_BACK
    finally:
        host.sh("apache2ctl graceful-stop; sleep 1; systemctl start apache2")
