"""Breaks: named ways to make a healthy host ill, each with the fingerprint that it must show from outside."""

from __future__ import annotations

from importlib import import_module

from tests.lab.breaks.registry import Break
from tests.lab.breaks.registry import known as _known
from tests.lab.client import Knock, knock
from tests.lab.host import Host
from tests.lab.machine import LabError

for _room in ("routes", "nginx", "backend", "settings", "firewall", "tls"):
    import_module(f"tests.lab.breaks.{_room}")

__all__ = ["Break", "break_host", "breaks", "fingerprint"]


def breaks() -> dict[str, Break]:
    """All breaks by name."""
    return dict(_known)


def break_host(host: Host, name: str) -> Break:
    """Break a healthy host for real and return when the break is in force."""
    if name not in _known:
        raise LabError(f"there is no break {name!r}; `python -m tests.lab breaks` lists them")
    chosen = _known[name]
    chosen.apply(host)
    return chosen


def fingerprint(host: Host, chosen: Break) -> Knock:
    """Knock at the host from outside, in the way that shows this break."""
    return knock(host.card, chosen.path, hold=chosen.hold, tls=chosen.tls)
