"""A backend that PM2 keeps, broken in PM2's own ways on real hosts: named, shown, repaired, proved, put back with its list."""

from __future__ import annotations

import re
import time

import pytest

from tests.lab import course, drawn
from tests.lab.breaks import Break, breaks
from tests.lab.commands import pyinfra
from tests.lab.course import Course
from tests.lab.courses import course_of
from tests.lab.host import Host, until
from tests.lab.systems.cofau import APP, ECOSYSTEM, NAME, PM2_HOME, PORT, USER, WS_PATH
from tests.lab.systems.pm2 import run

DUMP = f"{PM2_HOME}/dump.pm2"
UNIT = f"/etc/systemd/system/pm2-{USER}.service"
ENV_FILE = f"{APP}/backend/.env"
WITH_FILE = {"env": {"file": ENV_FILE, "origins_key": "ALLOWED_ORIGINS"}}
SETTLE_SECONDS = 60.0


def pm2(host: Host, words: str) -> str:
    return run(host, USER, PM2_HOME, words)


def listens(host: Host) -> bool:
    return bool(host.sh(f"ss -Htln 'sport = :{PORT}'").stdout)


def gives_up(host: Host) -> None:
    """Start what the file says and wait until PM2 starts it no more: here after two deaths, however slow the machine is."""
    host.edit(ECOSYSTEM, "autorestart: true,", "autorestart: true, max_restarts: 2, min_uptime: 60000,")
    pm2(host, f"start {ECOSYSTEM} --silent")
    until(SETTLE_SECONDS, f"PM2 on {host.name} to give up", lambda: '"status":"errored"' in pm2(host, "jlist"))


def saved_otherwise(host: Host) -> None:
    """PM2 runs what its list does not hold."""
    host.edit(ECOSYSTEM, "PYTHONUNBUFFERED: '1'", "PYTHONUNBUFFERED: 'yes'")
    pm2(host, f"restart {ECOSYSTEM} --silent")
    until(SETTLE_SECONDS, "the chat to listen", lambda: listens(host))


def no_startup_unit(host: Host) -> None:
    """Nobody ran `pm2 startup`."""
    host.sh(f"systemctl disable -q pm2-{USER}; rm {UNIT}; systemctl daemon-reload")
    pm2(host, "kill")
    pm2(host, "resurrect --silent")
    until(SETTLE_SECONDS, "the chat to listen", lambda: listens(host))


def env_file_wrong(host: Host) -> None:
    """The env file that the chat was started with names another page."""
    text = host.read(ECOSYSTEM)
    host.write(ENV_FILE, "# pages\nALLOWED_ORIGINS=https://old.example.com\nOTHER='a b'\n")
    host.write(ECOSYSTEM, re.sub(r"\n *ALLOWED_ORIGINS: '[^']*',", "", text))
    pm2(host, f"delete {NAME} --silent")
    env = f"HOME=/root PM2_HOME={PM2_HOME}"
    host.sh(f"set -a; . {ENV_FILE}; set +a; cd /; {env} pm2 start {ECOSYSTEM} --silent; {env} pm2 save --silent")
    until(SETTLE_SECONDS, "the chat to listen", lambda: listens(host))


def forgotten(host: Host) -> None:
    """PM2 knows nothing of it any more, and has saved that."""
    pm2(host, f"delete {NAME} --silent")
    pm2(host, "save --force --silent")


def never_started(host: Host) -> None:
    """Nobody ever started PM2 on this host."""
    host.sh(f"systemctl disable -q --now pm2-{USER}; rm {UNIT}; systemctl daemon-reload")
    pm2(host, "kill")
    host.sh(f"rm -rf {PM2_HOME}")


def wrong_entrypoint(host: Host) -> None:
    """PM2 starts app:app, but the file is server.py."""
    host.edit(ECOSYSTEM, "server:app", "app:app")
    gives_up(host)


def entrypoint_mended(host: Host) -> None:
    """The ecosystem file is right again, and PM2 was not told."""
    wrong_entrypoint(host)
    host.edit(ECOSYSTEM, "app:app", "server:app")


OWN = [
    (saved_otherwise, "101", Course("pm2-not-saved", drift=True)),
    (no_startup_unit, "101", Course("pm2-no-startup-unit", drift=True)),
    (env_file_wrong, "403", Course("env-value-wrong", site=WITH_FILE)),
    (forgotten, "502", Course("backend-not-running")),
    (never_started, "502", Course("backend-not-running")),
    (entrypoint_mended, "502", Course("backend-wrong-entrypoint", only_loaded=True)),
]


def _cases():
    """The breaks of this file beside those of the lab, each with its course."""
    yield from ((each, None) for each in breaks("001").values())
    for apply, shows, way in OWN:
        name = apply.__name__.replace("_", "-")
        yield Break(name, way.fault, apply, shows, "", WS_PATH, system="001"), way


WAYS = dict(_cases())
CASES = list(drawn.cases(WAYS, 12))


def saved(host: Host) -> str:
    return host.sh(f"sha256sum {DUMP} {DUMP}.bak 2>&1", check=False).stdout


@pytest.mark.parametrize(("chosen", "release"), CASES, ids=drawn.word)
def test_a_fault_is_repaired_and_the_list_put_back(healthy_host, chosen, release):
    host = healthy_host(system="001", release=release)
    chosen.apply(host)
    before = saved(host)
    way = WAYS[chosen] or course_of(host, chosen)
    course.run(host, chosen, way, golden=f"001/{chosen.name}", compare=release == 12)
    assert saved(host) == before


def test_what_was_repaired_comes_back_after_a_boot(healthy_host):
    host = healthy_host(system="001", release=12)
    never_started(host)
    done = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert f"{host.name}: fixed" in done.stderr, done.stderr
    host.reboot()
    until(SETTLE_SECONDS, "PM2 to start the chat", lambda: host.system.answers(host.card))
    assert host.system.echo(host.card) == "hello"


def kept_by_another(host: Host) -> None:
    pm2(host, f"delete {NAME} --silent")
    words = f"start {APP}/venv/bin/uvicorn --name {NAME} --interpreter none --silent -- nothing:here"
    run(host, "deploy", "/home/deploy/.pm2", words)


def started_by_hand(host: Host) -> None:
    pm2(host, f"stop {NAME} --silent")
    secret = "SECRET_KEY=0123456789abcdef0123456789abcdef"
    host.ssh(
        f"cd {APP}/backend; {secret} ALLOWED_ORIGINS={host.card.origin} nohup ../venv/bin/uvicorn server:app "
        f"--host 127.0.0.1 --port {PORT} >/dev/null 2>&1 </dev/null &"
    )
    until(SETTLE_SECONDS, "the chat to listen", lambda: listens(host))


def port_in_use(host: Host) -> None:
    pm2(host, f"stop {NAME} --silent")
    host.sh(f"systemd-run -q --unit=old-chat python3 -m http.server {PORT} --bind 127.0.0.1")
    until(SETTLE_SECONDS, "the port to be taken", lambda: listens(host))
    gives_up(host)


@pytest.mark.parametrize(
    ("apply", "fault", "says", "asked"),
    [
        pytest.param(kept_by_another, "pm2-wrong-user-daemon", 'service.user = "deploy"', {}, id="user"),
        pytest.param(started_by_hand, "nohup-ssh-session", "pm2 save", {}, id="by-hand"),
        pytest.param(port_in_use, "backend-port-in-use", "old-chat.service", {}, id="port"),
        pytest.param(lambda _host: None, "pm2-wrong-name", NAME, {"service": {"name": "cofau-ba"}}, id="name"),
    ],
)
def test_what_only_people_can_mend_is_named_and_left_alone(healthy_host, apply, fault, says, asked):
    host = healthy_host(system="001", release=12)
    apply(host)
    before, kept, pids = host.digests(), saved(host), host.sh(f"ss -Htlnp 'sport = :{PORT}'").stdout
    done = pyinfra("deploys/websocket.py", "-y", host=host.name, site=asked)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stderr.split())
    assert fault in text, done.stderr
    assert says in text, done.stderr
    time.sleep(1)
    assert (host.digests(), saved(host)) == (before, kept)
    assert host.sh(f"ss -Htlnp 'sport = :{PORT}'").stdout == pids, "whatever held the port still does"


def test_no_daemon_is_started_by_a_look(healthy_host):
    host = healthy_host(system="001", release=13)
    host.sh(f"systemctl stop pm2-{USER}")
    pm2(host, "kill")
    pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "PM2 v" not in host.sh("cat /proc/[0-9]*/comm", check=False).stdout


def test_no_value_that_pm2_holds_is_said(healthy_host):
    host = healthy_host(system="001", release=12)
    wrong_entrypoint(host)
    secret = host.site.secrets["jwt_secret"]
    host.sh(f"printf 'SyntaxError: got %s\\n' '{secret}' >> {PM2_HOME}/logs/{NAME}-error.log")
    done = pyinfra("deploys/websocket.py", "--dry", "-vvv", host=host.name)
    assert "backend-wrong-entrypoint" in done.stderr
    assert [key for key, value in host.site.secrets.items() if value in done.stdout + done.stderr] == []
