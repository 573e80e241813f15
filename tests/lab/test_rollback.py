"""The way back days later: past a broken configuration, past other repairs, but never over somebody's work unasked."""

from __future__ import annotations

from tests.lab.breaks import break_host
from tests.lab.client import echo, knock
from tests.lab.commands import pyinfra
from tests.lab.runs import flat
from tests.lab.site import ENV_FILE, NGINX_SITE, SHOP_SITE
from tests.lab.transactions import remembered, states


def _repaired(host):
    repair = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert f"{host.name}: fixed" in repair.stderr, repair.stderr
    return remembered(host)[-1].id


def _rolled_back(host, *words):
    back = pyinfra("deploys/rollback.py", "-y", *words, host=host.name)
    return back.returncode, flat(back.stderr)


def test_a_named_transaction_is_put_back_while_the_configuration_is_broken(healthy_host):
    host = healthy_host(release=12)
    break_host(host, "nginx-upgrade-headers-missing")
    site = host.read(NGINX_SITE)
    first = _repaired(host)
    break_host(host, "origin-value-wrong")
    second = _repaired(host)
    env, shop = host.read(ENV_FILE), host.read(SHOP_SITE) + "foo;\n"
    host.write(SHOP_SITE, shop)

    code, said = _rolled_back(host, "--data", f"transaction={first}")
    assert code == 0, said
    assert "the running proxy was left alone" in said
    assert 'unknown directive "foo"' in said
    assert host.read(NGINX_SITE) == site
    assert (host.read(ENV_FILE), host.read(SHOP_SITE)) == (env, shop), "nothing else was touched"
    assert {record.id: record.state for record in remembered(host)} == {first: "undone", second: "confirmed"}

    code, said = _rolled_back(host, "--data", "transaction=20010101T000000-0000")
    assert code != 0
    assert "no transaction 20010101T000000-0000 on this host" in said


def test_what_was_edited_since_is_put_back_only_by_force(healthy_host):
    host = healthy_host(release=12)
    break_host(host, "nginx-upgrade-headers-missing")
    before = host.digests()
    named = _repaired(host)
    edited = host.read(NGINX_SITE) + "# Marta was here\n"
    host.write(NGINX_SITE, edited)
    changed = host.digests()

    code, said = _rolled_back(host)
    assert code != 0
    assert f"edited by somebody since: {NGINX_SITE}; nothing was touched" in said
    assert "force" in said
    assert host.digests() == changed
    assert echo(host.card) == "hello"

    code, said = _rolled_back(host, "--data", "force=1")
    assert code == 0, said
    assert host.digests() == before
    assert knock(host.card).word == "404"
    assert states(host) == ["undone"]
    kept = host.sh(f"cat /var/lib/wsfix/txn/{named}/item/*/edited").stdout
    assert kept == edited, "the bytes that were overwritten are kept"
