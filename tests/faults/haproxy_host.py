"""A host with HAProxy as Debian lays it out: its file, and what its program and its stats socket say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wsfix.model.inside import Process, ProxyState, ServerHealth

HEALTHY = (Path(__file__).parent / "healthy-haproxy.cfg").read_text(encoding="utf-8")
MAIN = "/etc/haproxy/haproxy.cfg"


def program(said: dict[str, Any], loaded: float) -> ProxyState:
    """Return what HAProxy's program says; `servers` as rows of backend, name, status, reason, code."""
    master = Process(1, "haproxy", f"haproxy -Ws -f {MAIN}", "/", "", "root", "haproxy.service", 900.0)
    rows = said.get("servers", [["chat", "app", "UP", "L7OK", "200"]])
    current, most = said.get("capacity", [3, 2000])
    return ProxyState(
        kind="haproxy",
        version=said.get("version", "2.6.12"),
        config_path=MAIN,
        test_passed=said.get("test_passed", True),
        test_output=said.get("says", ""),
        master=None if said.get("down") else master,
        newest_worker=None if said.get("down") else loaded,
        servers=None if rows is None else tuple(ServerHealth(*row, source="show stat") for row in rows),
        capacity=(current, most),
    )
