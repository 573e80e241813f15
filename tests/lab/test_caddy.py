"""The whole way for every fault of the chat behind Caddy: as for the chat behind nginx in test_repair.py."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from tests.lab import course, drawn
from tests.lab.breaks import breaks
from tests.lab.client import joining
from tests.lab.commands import pyinfra
from tests.lab.courses import course_of
from tests.lab.systems.caddy import SITE

SYSTEM = "caddy"
CASES = list(drawn.cases(breaks(SYSTEM).values(), 13))


@pytest.mark.parametrize(("chosen", "release"), CASES, ids=drawn.word)
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, chosen, release):
    host = healthy_host(release=release, system=SYSTEM)
    chosen.apply(host)
    course.run(host, chosen, course_of(host, chosen), golden=f"{SYSTEM}/{chosen.name}", compare=release == 13)


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release, system=SYSTEM)
    course.finds_nothing(host)


def test_a_reload_that_would_close_sockets_waits_for_consent(healthy_host, release):
    host = healthy_host(release=release, system=SYSTEM)
    host.edit(SITE, "\t# everything else is the page\n", "")
    asyncio.run(_held_back_and_then_allowed(host))


async def _held_back_and_then_allowed(host):
    async with AsyncExitStack() as held:
        clients = [await held.enter_async_context(joining(host.card, host.system.path)) for _ in range(3)]
        refused = await asyncio.to_thread(pyinfra, "deploys/websocket.py", "-y", host=host.name)
        told = " ".join(refused.stderr.split())
        assert "drops the 3 open connections" in told, refused.stderr
        assert "WSFIX_CONFIRM=caddy-reload-drops" in told, refused.stderr
        for client in clients:
            await client.send("still here")
            assert json.loads(await asyncio.wait_for(client.recv(), 5))["echo"] == "still here"
        allow = {"WSFIX_CONFIRM": "caddy-reload-drops"}
        done = await asyncio.to_thread(lambda: pyinfra("deploys/websocket.py", "-y", host=host.name, **allow))
        assert f"{host.name}: fixed" in done.stderr, done.stderr
        for client in clients:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(client.recv(), 5)
