"""Breaks: named ways to make a healthy host ill, each with the fingerprint that it must show from outside."""

from __future__ import annotations

from importlib import import_module

from tests.lab.breaks.registry import Break
from tests.lab.breaks.registry import known as _known
from tests.lab.client import Knock
from tests.lab.host import Host
from tests.lab.machine import LabError

_ROOMS = (
    "routes",
    "nginx",
    "backend",
    "settings",
    "firewall",
    "tls",
    "refusals",
    "entrance",
    "room",
    "commands",
    "answers",
)
_SYSTEMS = (
    "apache",
    "apaches",
    "caddy",
    "caddyfile",
    "rewrites",
    "karbar",
    "cofau",
    "valet",
    "hotel",
    "parkmate",
    "haproxy",
    "habits",
    "everywhere",
)
for _room in (*_ROOMS, *_SYSTEMS):
    import_module(f"tests.lab.breaks.{_room}")

__all__ = ["Break", "break_host", "breaks", "fingerprint"]


def breaks(system: str = "chat") -> dict[str, Break]:
    """All breaks of a system by name."""
    return {chosen.name: chosen for chosen in _known.values() if chosen.system == system}


def break_host(host: Host, name: str) -> Break:
    """Break a healthy host for real and return when the break is in force."""
    chosen = breaks(host.system.name).get(name)
    if chosen is None:
        raise LabError(f"{host.name} has no break {name!r}; `python -m tests.lab breaks` lists them")
    chosen.apply(host)
    return chosen


def fingerprint(host: Host, chosen: Break) -> Knock:
    """Knock at the host from outside, in the way that shows this break."""
    if chosen.ask:
        return chosen.ask(host, chosen.path)
    return host.system.knock(host.card, chosen.path, hold=chosen.hold, tls=chosen.tls)
