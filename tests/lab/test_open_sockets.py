"""Who is connected stays connected: a repair that only reloads leaves open sockets with the old workers."""

from __future__ import annotations

import json
import re

from tests.lab.breaks.steps import reload_nginx
from tests.lab.client import opened
from tests.lab.commands import pyinfra
from tests.lab.site import NGINX_SITE


def _echoes(connection, text):
    connection.send(text)
    return json.loads(connection.recv(timeout=5))["echo"] == text


def test_an_open_socket_lives_through_a_repair_that_reloads(healthy_host, release):
    host = healthy_host(release=release)
    host.edit(NGINX_SITE, "proxy_read_timeout 3600s;", "proxy_read_timeout 300s;")
    reload_nginx(host)
    with opened(host.card) as first, opened(host.card) as second:
        assert _echoes(first, "before")
        assert _echoes(second, "before")
        workers = host.sh("pgrep -f '^nginx: worker'").stdout.split()

        repair = pyinfra("deploys/websocket.py", "-y", host=host.name)
        assert f"{host.name}: fixed" in repair.stderr, repair.stderr
        cost = re.search(r"reload nginx gracefully\s+keeps the (\d+) open connections", repair.stderr)
        assert cost, repair.stderr
        assert int(cost[1]) == 2, "the sockets that are held here"

        assert _echoes(first, "after")
        assert _echoes(second, "after")
        assert host.sh("pgrep -f '^nginx: worker process is shutting down'").stdout.split() == workers
        assert "proxy_read_timeout 3600s;" in host.read(NGINX_SITE)
