"""The way out: lets a lab's hosts reach the package sources through this machine, for as long as the lab stands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from tests.lab import machine

FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")
PREFIX: Final = "wsfl-"


def open_way_out(table: str, subnet: str) -> None:
    """Hide a subnet behind this machine's own address: a table of the lab's own, and nothing of anybody else's."""
    machine.need("nft", "nftables")
    rules = (
        f"table ip {table} {{\n"
        "  chain out {\n"
        "    type nat hook postrouting priority srcnat;\n"
        f"    ip saddr {subnet} ip daddr != {subnet} masquerade\n"
        "  }\n"
        "}\n"
    )
    with machine.alone(_kept().with_name(".wayout.lock")):
        if table in _tables():
            return
        if not _kept().exists():
            _kept().write_text(FORWARD.read_text(encoding="ascii"), encoding="ascii")
        FORWARD.write_text("1\n", encoding="ascii")
        machine.run("nft", "-f", "-", stdin=rules)


def close_way_out(table: str) -> None:
    """Take a lab's way out away; with the last one, this machine forwards as it did before."""
    if shutil.which("nft") is None or table not in _tables():
        return
    with machine.alone(_kept().with_name(".wayout.lock")):
        machine.run("nft", "delete", "table", "ip", table)
        before = _kept()
        if before.exists() and not any(name.startswith(PREFIX) for name in _tables()):
            FORWARD.write_text(before.read_text(encoding="ascii"), encoding="ascii")
            before.unlink()


def _tables() -> set[str]:
    said = machine.run("nft", "-j", "list", "tables").stdout
    return {each["table"]["name"] for each in json.loads(said)["nftables"] if "table" in each}


def _kept() -> Path:
    return machine.directory() / "ip_forward"
