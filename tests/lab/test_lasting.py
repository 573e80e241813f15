"""What comes after the 101, on real hosts: who ends a silent socket."""

from __future__ import annotations

import json

from tests.lab.breaks.steps import edit_ws_location, restart_chat, run_backend
from tests.lab.commands import pyinfra, wsfix
from tests.lab.site import UNIT

CHECK = ("check", "-i", "inventory/lab.py", "--format", "json")
PATIENT, HASTY = "proxy_read_timeout 3600s;", "proxy_read_timeout 4s;"
HUB = '''"""Tells what is said on one socket to all sockets of this process."""

from fastapi import FastAPI, WebSocket

app = FastAPI()
room = []


@app.websocket("/api/chat/ws/{user}")
async def chat(socket: WebSocket, user: str) -> None:
    await socket.accept()
    room.append(socket)
    try:
        async for text in socket.iter_text():
            for each in list(room):
                await each.send_text(text)
    finally:
        room.remove(socket)
'''


def _asked(host, *words, site=None):
    done = wsfix(*CHECK, "--limit", host.name, *words, site=site)
    said = json.loads(done.stdout)["sites"][0]
    return done, said, {finding["name"]: finding for finding in said["findings"]}


def test_the_proxy_that_ends_a_silent_socket_is_named_and_mended(healthy_host):
    host = healthy_host(release=12)
    run_backend(host, "quiet")
    edit_ws_location(host, PATIENT, HASTY)
    unasked = {"idle_seconds": None}

    done, said, found = _asked(host, "--idle", "8", site=unasked)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "ended by the proxy" in said["after"], said["after"]
    assert found["nginx-proxy-read-timeout"]["safety"] == "confirm"
    assert [line for line in said["after"] if line.startswith("straight at the backend, silent: lives")]
    assert "silent sockets: 8 of 8 s" in done.stderr
    assert "\r" not in done.stderr

    repair = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert f"{host.name}: fixed" in repair.stderr, repair.stderr
    done, said, found = _asked(host, "--idle", "8", site=unasked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said["lasts"] is True
    assert found.keys() <= {"no-heartbeat"}


def test_a_backend_that_ends_a_silent_socket_is_not_the_proxy(healthy_host):
    host = healthy_host(release=12)
    host.write("/opt/chat/hasty.py", HUB.replace("async for text in socket.iter_text():\n            for each in list(room):\n"
        "                await each.send_text(text)", "import asyncio\n        await asyncio.sleep(4)\n        await socket.close(4008)"))  # fmt: skip
    host.edit(UNIT, "server:app", "hasty:app")
    restart_chat(host)
    asked = {"probe": {"send": None, "expect": None}}
    done, said, found = _asked(host, "--idle", "8", site=asked)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "app-idle-close" in found, said["after"]
    assert "proxy-idle-close" not in found


def test_a_message_that_reaches_one_of_two_processes_is_counted(healthy_host):
    host = healthy_host(release=12)
    asked = {"probe": {"send": None, "expect": None, "delivery": {"send": "{nonce}"}}}
    host.write("/opt/chat/hub.py", HUB)
    host.edit(UNIT, "server:app", "hub:app --workers 2")
    restart_chat(host)
    done, said, found = _asked(host, "--delivery", "24", site=asked)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said["lasts"] is False
    assert "state-inmemory-multiworker" in found, said["after"]

    host.edit(UNIT, " --workers 2", "")
    restart_chat(host)
    done, said, found = _asked(host, "--delivery", "24", site=asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said["lasts"] is True
    assert [line for line in said["after"] if "24 of 24 sockets heard it" in line], said["after"]
    assert "state-inmemory-multiworker" not in found
