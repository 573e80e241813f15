"""A blank host orders its certificate by ACME while it is provisioned, and a renewal is put to use by itself."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest

from tests.lab import acme, drawn, systems
from tests.lab.provisioning import card_of, run, wish
from tests.lab.test_provision import plain

WAYS = [
    pytest.param("chat", {"release": 12, "site": False}, id="nginx-debian12"),
    pytest.param("000", {"release": 13, "system": None}, id="apache-debian13"),
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "variant"), drawn.some(WAYS, 1))
def test_a_certificate_is_ordered_put_to_use_and_renewed(healthy_host, tmp_path, name, variant):
    host = healthy_host(outward=True, **variant)
    acme.start(host)
    roots = tmp_path / "root.pem"
    roots.write_text(acme.root(host), encoding="ascii")
    site = plain(host, tmp_path) if name == "chat" else wish(host, name, tmp_path)
    site["provision"] = {**site["provision"], "certbot": {"email": "ops@example.com"}}
    del site["provision"]["certificate"]
    site["probe"] = {**site.get("probe", {}), "ca_file": str(roots)}
    card = replace(card_of(host, name), ca=str(roots))

    made = run(host, [site], "deploys/provision.py", "-y")
    assert made.returncode == 0, made.stderr
    assert f"order a certificate for {card.site} with certbot" in made.stderr
    assert f"{host.name}: fixed. proved by a real handshake from outside, and nothing is left" in made.stderr
    assert systems.SYSTEMS[name].knock(card).word == "101"
    assert "No changes" in run(host, [site], "deploys/provision.py", "-y").stderr

    before = served(card)
    host.sh("certbot renew --force-renewal --no-random-sleep-on-renew 2>/dev/null")
    assert served(card) != before, "the proxy still shows the certificate of before"
    assert systems.SYSTEMS[name].knock(card).word == "101"
    checked = run(host, [site], program="wsfix")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def served(card):
    return ssl.get_server_certificate((card.address4, 443))
