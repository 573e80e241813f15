"""One inventory with all five kinds of site: one dry run tells of each host what is wrong there, and only there."""

from __future__ import annotations

import re

from tests.lab.breaks import break_host
from tests.lab.commands import pyinfra

BROKEN = {"000": "apache-proxypass-order", "002": "sio-stuck-polling", "003": "systemd-not-enabled"}
FAULTS = {"000": "apache-proxypass-order", "002": "nginx-upgrade-headers-missing", "003": "systemd-not-enabled"}
SYSTEMS = {"000": 13, "001": 12, "002": 13, "003": 12, "004": 13}


def test_five_systems_are_looked_at_in_one_dry_run_and_mended_in_one_run(healthy_host):
    hosts = {system: healthy_host(system=system, release=release) for system, release in SYSTEMS.items()}
    for system, name in BROKEN.items():
        break_host(hosts[system], name)
    before = {system: host.digests() for system, host in hosts.items()}
    dry = pyinfra("deploys/websocket.py", "--dry")
    assert dry.returncode == 0, dry.stderr
    assert {system: host.digests() for system, host in hosts.items()} == before
    for system, host in hosts.items():
        told = _about(dry.stderr, host.name)
        if system in FAULTS:
            assert FAULTS[system] in told, told
        else:
            assert "nothing to change" in told, told
    mended = pyinfra("deploys/websocket.py", "-y")
    assert mended.returncode == 0, mended.stderr
    assert {system for system, host in hosts.items() if f"{host.name}: fixed" in mended.stderr} == set(BROKEN)
    assert {host.system.echo(host.card) for host in hosts.values()} == {"hello"}


def _about(text: str, name: str) -> str:
    """What was said of a host: from the line that names site, URL and host to the next such line."""
    _, *parts = re.split(r" wss?://\S+ on (\w+)\n", text)
    return dict(zip(parts[::2], parts[1::2], strict=True))[name]
