"""Who is connected stays connected: a repair that only reloads leaves open sockets with the old workers."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from tests.lab.client import joining
from tests.lab.commands import pyinfra
from tests.lab.host import until
from tests.lab.site import NGINX_SITE
from tests.lab.systems import karbar

CLIENTS = 10


@dataclass(frozen=True)
class Case:
    """A healthy system, and how its proxy is made to end silent sockets too early."""

    system: str
    file: str
    healthy: str
    broken: str
    proxy: str
    process: str
    unit: str


CASES = [
    Case("chat", NGINX_SITE, "proxy_read_timeout 3600s;", "proxy_read_timeout 300s;", "nginx", "nginx", "nginx"),
    Case("000", karbar.SITE, " timeout=3600", " timeout=30", "Apache", "apache2", "apache2"),
]


async def _all_echo(clients, text):
    for client in clients:
        await client.send(text)
    return [json.loads(await asyncio.wait_for(client.recv(), 5))["echo"] for client in clients] == [text] * CLIENTS


def _accepting(host, case):
    """The processes that take new connections, without the master, which never ends."""
    held = set(re.findall(rf'"{case.process}",pid=(\d+)', host.sh("ss -Hltnp 'sport = :443'").stdout))
    return held - {host.sh(f"systemctl show --value -p MainPID {case.unit}").stdout.strip()}


def _broken(host, case):
    before = _accepting(host, case)
    host.edit(case.file, case.healthy, case.broken)
    host.sh(f"systemctl reload {case.unit}")
    until(15, "new workers only", lambda: bool(_accepting(host, case)) and not _accepting(host, case) & before)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.proxy)
def test_open_sockets_live_through_a_repair_that_reloads(healthy_host, release, case):
    host = healthy_host(release=release, system=case.system)
    _broken(host, case)
    asyncio.run(_repaired_below(host, case))
    assert case.healthy in host.read(case.file)


async def _repaired_below(host, case):
    async with AsyncExitStack() as held:
        clients = [await held.enter_async_context(joining(host.card, host.system.path)) for _ in range(CLIENTS)]
        assert await _all_echo(clients, "before")
        workers = _accepting(host, case)

        repair = await asyncio.to_thread(pyinfra, "deploys/websocket.py", "-y", host=host.name)
        assert f"{host.name}: fixed" in repair.stderr, repair.stderr
        cost = re.search(rf"reload {case.proxy} gracefully\s+keeps the (\d+) open connections", repair.stderr)
        assert cost, repair.stderr
        assert int(cost[1]) == CLIENTS, "the sockets that are held here"

        assert await _all_echo(clients, "after")
        running = set(host.sh(f"pgrep -x {case.process}").stdout.split())
        assert workers & running, "the old workers hold them"
        assert not workers & _accepting(host, case), "and take no new ones"
