"""A blank Debian host becomes each of the systems by one command; what is there already stays, and is served on."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.lab import client, drawn, systems
from tests.lab.host import until
from tests.lab.provisioning import card_of, run, wish

ROOTS = ("/etc", "/opt", "/srv", "/usr/local")
NEW = "everything is there"

WAYS = [
    pytest.param("000", {"release": 12}, id="000-apache-debian12"),
    pytest.param("001", {"release": 13}, id="001-pm2-debian13"),
    pytest.param("002", {"release": 12, "login": "deploy"}, id="002-node-debian12-sudo"),
    pytest.param("003", {"release": 12, "login": "ops", "ssh_port": 2222}, id="003-fastapi-debian12-sudo-password"),
    pytest.param("004-split", {"release": 13}, id="004-channels-debian13"),
]


def knock(host, name):
    return systems.SYSTEMS[name].knock(card_of(host, name)).word


def changed(before, now):
    """The paths that differ, and nothing more: a comparison of all of them would take minutes to word."""
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def secrets_of(host):
    return [*host.site.secrets.values(), "PRIVATE KEY"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "variant"), drawn.some(WAYS, 2))
def test_a_blank_host_becomes_a_site_that_passes_every_check(healthy_host, tmp_path, name, variant):
    host = healthy_host(system=None, outward=True, **variant)
    sites = [wish(host, name, tmp_path)]
    works = "websocket" if name == "002" else "101"
    blank = host.digests(ROOTS)

    dry = run(host, sites, "deploys/provision.py", "--dry")
    assert dry.returncode == 0, dry.stderr
    assert "+# made by wsfix provision" in dry.stderr
    assert "+ install " in dry.stderr
    assert changed(blank, host.digests(ROOTS)) == [], "the dry run wrote something"

    made = run(host, sites, "deploys/provision.py", "-y")
    assert made.returncode == 0, made.stderr
    assert f"{host.name}: fixed. proved by a real handshake from outside, and nothing is left" in made.stderr, (
        made.stderr
    )
    assert knock(host, name) == works

    after = host.digests(ROOTS)
    again = run(host, sites, "deploys/provision.py", "-y")
    assert again.returncode == 0, again.stderr
    assert NEW in again.stderr
    assert "No changes" in again.stderr
    assert changed(after, host.digests(ROOTS)) == []

    checked = run(host, sites, program="wsfix")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    said = "".join(done.stdout + done.stderr for done in (dry, made, again, checked))
    assert [secret for secret in secrets_of(host) if secret in said] == []

    host.reboot()
    until(120, "the site to come back after a boot", lambda: knock(host, name) == works)


@pytest.mark.timeout(600)
def test_a_second_site_leaves_the_first_one_untouched_and_serving(healthy_host, tmp_path):
    host = healthy_host(release=13, outward=True)
    chat, first = host.card, host.digests()
    site = wish(host, "003", tmp_path)
    name = f"hotel.{host.name}.wsfix.test"
    certificate = host.lab.authority.issue(name)
    tmp_path.joinpath("chain.pem").write_text(certificate.fullchain, encoding="ascii")
    tmp_path.joinpath("key.pem").write_text(certificate.key, encoding="ascii")
    site |= {"url": f"wss://{name}/api/v1/ws", "origins": [f"https://{name}:5174"], "firewall": {"open": [80, 443]}}
    site["backend"] |= {"port": 8010}

    with client.opened(chat) as held:
        made = run(host, [site], "deploys/provision.py", "-y")
        assert f"{host.name}: fixed" in made.stderr, made.stderr
        held.send("still here")
        assert "still here" in str(held.recv(timeout=3))
    second = replace(card_of(host, "003"), site=name)
    assert systems.SYSTEMS["003"].knock(second).word == "101"
    assert client.echo(chat) == "hello"
    assert client.get(chat, name=chat.shop).status == 200
    touched = changed(first, host.digests())
    assert [path for path in touched if path in first and path.startswith(("/etc/nginx", "/etc/chat"))] == []

    back = run(host, [site], "deploys/rollback.py", "-y")
    assert back.returncode == 0, back.stderr
    assert client.echo(chat) == "hello"
    assert knock_at(second) != "101"


def knock_at(card):
    return systems.SYSTEMS["003"].knock(card).word


def plain(host, folder):
    """The chat once more, run by what the lab's image carries: nothing has to be fetched."""
    source = folder / "source"
    source.mkdir()
    shutil.copyfile("tests/lab/chat/server.py", source / "server.py")
    folder.joinpath("chain.pem").write_text(host.site.certificate.fullchain, encoding="ascii")
    folder.joinpath("key.pem").write_text(host.site.certificate.key, encoding="ascii")
    site = systems.SYSTEMS["chat"].inventory(card_of(host, "chat"))
    held = card_of(host, "chat")
    site |= {
        "proxy": {"kind": "nginx"},
        "env": {**site["env"], "values": {"JWT_SECRET": {"from_file": held.secret_file("jwt_secret")}}},
    }
    words = ["/opt/venv/bin/uvicorn", "server:app", "--host", "127.0.0.1", "--port", "8000"]
    given = {"certificate": str(folder / "chain.pem"), "key": str(folder / "key.pem")}
    return {
        **site,
        "provision": {"source": str(source), "directory": "/srv/chat", "command": words, "certificate": given},
    }


def test_a_release_that_does_not_work_is_put_back_and_an_edit_is_respected(healthy_host, tmp_path):
    host = healthy_host(release=12, site=False)
    site = plain(host, tmp_path)
    made = run(host, [site], "deploys/provision.py", "-y")
    assert f"{host.name}: fixed" in made.stderr, made.stderr
    first = host.sh("readlink /srv/chat/current").stdout
    sound = host.digests()

    server = tmp_path / "source/server.py"
    text = server.read_text(encoding="utf-8")
    server.write_text(f"{text}\nraise RuntimeError('not today')\n", encoding="utf-8")
    broken = run(host, [site], "deploys/provision.py", "-y")
    assert broken.returncode != 0
    assert f"{host.name}: rolled back" in broken.stderr, broken.stderr
    assert "not today" in broken.stderr, broken.stderr
    assert host.sh("readlink /srv/chat/current").stdout == first
    assert changed(sound, host.digests()) == []
    assert client.echo(host.card) == "hello"

    server.write_text(f"{text}\n# a second release\n", encoding="utf-8")
    host.edit(
        "/etc/nginx/sites-available/chat.conf", "location /api/chat/ws/", "# ours now\n    location /api/chat/ws/"
    )
    host.sh("systemctl reload nginx")
    second = run(host, [site], "deploys/provision.py", "-y")
    assert f"{host.name}: fixed" in second.stderr, second.stderr
    assert "was edited since it was made and is left alone" in second.stderr
    assert "# ours now" in host.read("/etc/nginx/sites-available/chat.conf")
    assert host.sh("readlink /srv/chat/current").stdout != first
    assert client.echo(host.card) == "hello"


def test_what_somebody_else_made_is_refused_and_stays(healthy_host, tmp_path):
    host = healthy_host(release=13)
    before = host.digests(ROOTS)
    done = run(host, [plain(host, tmp_path)], "deploys/provision.py", "-y")
    assert done.returncode != 0
    assert "/etc/systemd/system/chat.service was not made by wsfix and is not overwritten" in " ".join(
        done.stderr.split()
    )
    assert "is served already by /etc/nginx/sites-available/backend.chat.conf" in " ".join(done.stderr.split())
    assert changed(before, host.digests(ROOTS)) == []
    assert client.echo(host.card) == "hello"
