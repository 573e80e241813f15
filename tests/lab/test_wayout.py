"""A blank server and the way out: what is there, what is not, and that nothing of it stays when the lab ends."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.lab import client, machine
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.image import Release
from tests.lab.laboratory import Lab
from tests.lab.wayout import FORWARD, PREFIX

Fresh = Callable[..., Host]


def tables() -> set[str]:
    said = json.loads(machine.run("nft", "-j", "list", "tables").stdout)["nftables"]
    return {each["table"]["name"] for each in said if "table" in each}


def others() -> set[str]:
    return {name for name in tables() if name.startswith(PREFIX)}


def test_a_blank_host_has_sshd_and_no_more(healthy_host: Fresh, release: Release) -> None:
    host = healthy_host(release=release, system=None, login="ops")
    assert host.sh("systemctl is-system-running --wait").stdout.strip() == "running"
    assert host.ssh("id -un").stdout.strip() == "ops"
    absent = host.sh("for name in python3 nginx apache2 node ufw curl; do command -v $name; done", check=False)
    assert absent.stdout == ""
    assert client.knock(host.card).word == "refused"
    assert not host.sh("ip route show default").stdout


@pytest.mark.timeout(600)
def test_the_way_out_leads_to_the_package_sources_and_ends_with_the_lab() -> None:
    alone, before = others() == set(), FORWARD.read_text(encoding="ascii")
    lab = Lab.create()
    try:
        host = lab.start("out", Variant(release=13, system=None, outward=True))
        assert lab.network.bridge in tables()
        host.sh("apt-get update -q && apt-get install -y -q --no-install-recommends tree")
        assert host.sh("tree --version").stdout.startswith("tree ")
        closed = lab.start("in", Variant(release=13, system=None))
        assert not closed.sh("ip route show default").stdout
    finally:
        lab.close()
    assert lab.network.bridge not in tables()
    if alone and not others():  # another lab on this machine may have a way out of its own
        assert FORWARD.read_text(encoding="ascii") == before
