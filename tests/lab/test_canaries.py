"""Secrets stay where they are: they show in no output at any verbosity, in no file, and in no command line."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from tests.lab.breaks import break_host
from tests.lab.breaks.steps import edit_ws_location, restart_chat
from tests.lab.canaries import canary, command_lines, leaks
from tests.lab.client import echo
from tests.lab.commands import pyinfra, wsfix
from tests.lab.site import APP, ENV_FILE, NGINX_SITE, UNIT

NEW = "CHAT_NEW_JWT"
SITE = {"env": {"values": {"JWT_SECRET": {"from_env": NEW}}}}
WEBSOCKET, ROLLBACK, DIAGNOSE = (f"deploys/{name}.py" for name in ("websocket", "rollback", "diagnose"))
AT_REST = {NGINX_SITE, UNIT, f"{APP}/server.py"}
"""Where a canary was put by the operator, readable for everybody."""
FIND = "find / /run /tmp /dev/shm -xdev -type f -cnewer /etc/hostname ! -path /tmp/words -readable -exec grep -lF -f /tmp/words {} +"


def _hide_canaries(host):
    """Put a secret into every place where people keep them; return them all."""
    held = {name: canary(name) for name in ("header", "unit", "option", "comment", "former", "bearer")}
    last = "        proxy_set_header X-Forwarded-Proto $scheme;\n"
    edit_ws_location(host, last, f'{last}        proxy_set_header X-Api-Key "{held["header"]}";\n')
    host.edit(UNIT, "[Service]\n", f"[Service]\nEnvironment=STRIPE_LIVE={held['unit']}\n")
    host.edit(UNIT, "server:app", f"server:app --ssl-keyfile-password={held['option']}")
    host.edit(
        ENV_FILE,
        "\nCORS_ORIGINS=",
        f"\n# the old one was {held['comment']}\n#JWT_FORMER={held['former']}\nCORS_ORIGINS=",
    )
    talk = f'print("answered:", os.environ.get("STRIPE_LIVE"), os.environ.get("DATABASE_URL"), "Authorization: Bearer {held["bearer"]}", flush=True)\n'
    host.edit(f"{APP}/server.py", "app = FastAPI(", f"{talk}app = FastAPI(")
    restart_chat(host)
    password = host.card.sudo_password_file
    held["sudo"] = Path(password).read_text(encoding="utf-8").strip() if password else canary("none")
    return {*held.values(), *host.site.secrets.values()}


def _readable(host, words):
    """Return the files, written since the host was furnished, in which somebody without any rights reads a word."""
    host.write("/tmp/words", "\n".join(words) + "\n")
    search = f"setpriv --reuid=65534 --regid=65534 --clear-groups {FIND} 2>/dev/null"
    return set(host.sh(search, check=False).stdout.splitlines())


def test_the_search_finds_what_is_packed():
    packed = base64.b64encode(b"..wolpertinger..........")
    inflated = base64.b64encode(gzip.compress(b"wolpertinger"))
    wrapped = base64.encodebytes(b"z" * 50 + b"wolpertinger" * 3)
    for text in (b"a wolpertinger", packed, inflated, wrapped, b"word" + inflated):
        assert leaks(text, ["wolpertinger"]) == {"wolpertinger"}, text
    assert leaks(b"nothing of the kind " * 9, ["wolpertinger"]) == set()


def test_secrets_show_nowhere(healthy_host):
    host = healthy_host(release=12, login="ops")
    held = _hide_canaries(host)
    break_host(host, "nginx-upgrade-headers-missing")
    break_host(host, "origin-value-wrong")
    fresh = canary("fresh")
    held |= {fresh}
    was = host.sh(f"stat -c '%a %U:%G' {ENV_FILE}").stdout
    checked = ("check", "-i", "inventory/lab.py", "--limit", host.name)
    said = {}

    def run(program, *words):
        more = {} if program is wsfix else {"host": host.name}
        done = program(*words, site=SITE, **more, **{NEW: fresh})
        said[" ".join(words)] = done.stdout + done.stderr
        return done

    with command_lines() as lines:
        run(pyinfra, WEBSOCKET, "--dry", "-v", "--diff")
        run(pyinfra, WEBSOCKET, "--dry", "-vv", "--json")
        run(pyinfra, DIAGNOSE, "-y", "-vvv")
        run(wsfix, *checked)
        for form in ("json", "junit", "sarif", "github", "nagios", "prometheus", "html"):
            run(wsfix, *checked, "--format", form)
        run(wsfix, *checked, "--bundle", "-")
        repair = run(pyinfra, WEBSOCKET, "-y", "-vvv", "--debug")
        assert f"{host.name}: fixed" in repair.stderr, repair.stderr
        env = host.read(ENV_FILE)
        back = run(pyinfra, ROLLBACK, "-y", "-vvv", "--debug")
        assert back.returncode == 0, back.stderr
        fixed = run(wsfix, *checked, "--fix", "--format", "json")
        assert fixed.returncode == 0, fixed.stdout + fixed.stderr

    assert "X-Api-Key ***" in said[f"{WEBSOCKET} --dry -v --diff"], "the header stands among the lines that are shown"
    assert "JWT_SECRET=*** (new)" in said[f"{WEBSOCKET} --dry -v --diff"]
    bundle = said[" ".join((*checked, "--bundle", "-"))]
    assert [part for part in ("### listeners", "uvicorn", "### units", "location") if part not in bundle] == []
    assert {words: leaks(text, held) for words, text in said.items() if leaks(text, held)} == {}
    ours = [line for line in lines if b"uvicorn" not in line]
    assert any(b"exec sh -s" in line for line in ours), "the watch sees what runs on the host"
    assert [line for line in ours if leaks(line, held)] == []
    assert _readable(host, held) == AT_REST

    assert f"\nJWT_SECRET={fresh}\n" in env
    assert f"\nJWT_SECRET={fresh}\n" in host.read(ENV_FILE)
    assert host.sh(f"stat -c '%a %U:%G' {ENV_FILE}").stdout == was
    environ = host.sh("tr '\\0' '\\n' < /proc/$(systemctl show -P MainPID chat)/environ").stdout
    assert f"JWT_SECRET={fresh}\n" in environ, "the chat runs with it"
    assert echo(host.card) == "hello"


@pytest.mark.parametrize("words", [(DIAGNOSE, "-y"), (WEBSOCKET, "--dry", "-vvv", "--json")], ids=" ".join)
def test_a_traceback_that_holds_secrets_shows_none(healthy_host, words):
    """The application dies with its own settings in the last line of its log, which is shown as evidence."""
    host = healthy_host(release=13)
    held = _hide_canaries(host)
    crash = 'raise RuntimeError("cannot reach " + os.environ["DATABASE_URL"] + " as " + os.environ["STRIPE_LIVE"] + " by " + os.environ["SMTP_PASSWORD"])\n'
    host.edit(f"{APP}/server.py", "app = FastAPI(", f"{crash}app = FastAPI(")
    restart_chat(host, listens=False)
    done = pyinfra(*words, host=host.name)
    assert "cannot reach ***" in done.stdout + done.stderr, done.stderr
    assert leaks(done.stdout + done.stderr, held) == set()
