"""What an operator writes about a site that is to be made: refused with one sentence before anything is connected to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.facts.shells import write
from tests.lab.ca import Authority
from tests.operations.provisioned import site, spec
from wsfix.errors import SpecError
from wsfix.provision.material import layouts_of
from wsfix.spec import sites_of

PM2 = {"manager": "pm2", "name": "chat", "user": "chat"}
BOT = {"certificate": None, "certbot": {"email": "ops@example.com"}}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"backend": None}, ": provision needs backend and service: what runs, and what keeps it running"),
        ({"service": PM2}, ": provision needs service.ecosystem: where the file is written that PM2 starts from"),
        (
            {"service": {**PM2, "ecosystem": "/e.js"}, "provision": {"user": "x"}},
            ": provision.user is for systemd; of PM2, service.user says whose daemon it is",
        ),
        ({"name": "7up"}, ": provision.user is needed: the site's name cannot be that of a user"),
        (
            {"provision": {"certificate": None}},
            ": a wss:// site needs provision.certificate (files at hand) or provision.certbot",
        ),
        (
            {"url": "ws://chat.example.com/ws", "provision": BOT},
            ": a certificate is given, but the url begins with ws://",
        ),
        ({"url": "wss://192.0.2.1/ws", "provision": BOT}, ": certbot needs a public name, and 192.0.2.1 is none"),
        ({"provision": {"entrypoint": None}}, ".provision: give entrypoint, such as server:app, or command, the words of a whole command; not both"),
        ({"provision": {"revision": "v1"}}, ".provision: revision is a word of a git repository, and source is a directory"),
        ({"provision": {"certbot": {"email": "a@b.example"}}}, ".provision: give certificate or certbot, not both"),
        (
            {"provision": {"runtime": "node", "requirements": ["x"]}},
            ".provision: requirements is for Python; Node's are in package.json",
        ),
        ({"provision": {"certifcate": {}}}, ".provision.certifcate: unknown key; did you mean certificate?"),
        (
            {"provision": {"directory": "/opt"}},
            ".provision.directory: must be a directory below another one, of plain letters, such as /opt/chat (given: '/opt')",
        ),
        (
            {"provision": {"static": "../etc"}},
            ".provision.static: must be a path within the source, such as backend or frontend/build (given: '../etc')",
        ),
        (
            {"provision": {"packages": ["redis server"]}},
            ".provision.packages.0: must be the name of a Debian package, such as redis-server (Debian Policy 5.6.1) (given: 'redis server')",
        ),
        ({"provision": {"entrypoint": "a b; id"}}, ".provision.entrypoint: String should match pattern '^[A-Za-z0-9_./:-]+$' (given: 'a b; id')"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_refused(more: dict[str, Any], said: str):
    with pytest.raises(SpecError) as caught:
        sites_of("web1", [spec(**more)])
    assert str(caught.value) == f"web1: sites[{more.get('name', 'chat')}]{said}"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    authority = Authority("tests")
    write(tmp_path / "source/server.py", "app = None\n")
    for name, host in (("chain", "chat.example.com"), ("other", "other.example.com")):
        issued = authority.issue(host)
        write(tmp_path / f"{name}.pem", issued.fullchain)
        write(tmp_path / f"{name}.key", issued.key)
    return tmp_path


def given(place: Path, certificate: str, key: str) -> Any:
    pair = {"certificate": str(place / certificate), "key": str(place / key)}
    return site(provision={"source": str(place / "source"), "certificate": pair})


def test_a_certificate_is_taken_with_its_key_and_the_key_is_not_shown(made: Path):
    (layout,) = layouts_of([given(made, "chain.pem", "chain.key")])
    assert layout.certificate
    assert layout.certificate.key == (made / "chain.key").read_bytes()
    assert "PRIVATE" not in repr(layout)
    assert layout.tls == (
        f"/etc/ssl/wsfix/chat/{layout.certificate.digest}/fullchain.pem",
        f"/etc/ssl/wsfix/chat/{layout.certificate.digest}/privkey.pem",
    )


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("none.pem", "chain.key", "provision.certificate.certificate: .*none.pem cannot be read: No such file"),
        ("chain.key", "chain.key", "holds no certificate in PEM"),
        ("other.pem", "other.key", "it is for other.example.com, not for chat.example.com"),
        ("chain.pem", "other.key", "other.key is not the key of"),
        ("chain.pem", "chain.pem", "holds no private key in PEM without a passphrase"),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused(made: Path, certificate: str, key: str, said: str):
    with pytest.raises(SpecError, match=said):
        layouts_of([given(made, certificate, key)])
