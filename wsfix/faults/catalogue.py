"""All faults there are: the package is walked, nothing is registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import wsfix.faults
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Change
from wsfix.model.command import Command
from wsfix.model.finding import Finding

Detect = Callable[[Seen], Iterator[Finding]]
DetectInCommand = Callable[[Command], Iterator[Finding]]
PROXIES = frozenset({"nginx", "apache", "caddy", "haproxy"})
SHARED = {"proxy": frozenset({"caddy", "haproxy"})}
"""Rooms of faults that are the same behind several proxies."""
TESTS = "probe"
"""The folder of the faults that look at a command."""
Cure = Callable[[Seen, Finding], Iterator["Change | ProxyConfig"]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault with its manual, its rule and its cure."""

    fault: Fault
    manual: str
    detect: Detect | None
    """None for a fault of a test, which looks at no host."""
    cure: Cure | None
    room: str = ""
    """The folder that it stands in: probe, network, tls, edge, nginx, apache, caddy, haproxy,
    proxy (what Caddy and HAProxy have in common), capacity, backend, application, client, after (what comes
    after the 101)."""
    detect_in_command: DetectInCommand | None = None
    """Of a fault of a test: what it looks at is a command."""

    def concerns(self, kind: str) -> bool:
        """Whether a site behind this kind of proxy can have it: a fault may be about one proxy alone."""
        if self.room in SHARED:
            return kind in SHARED[self.room]
        return self.room not in PROXIES or self.room == kind

    @property
    def title(self) -> str:
        """The first line of the manual."""
        return self.manual.splitlines()[0]


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every fault in the order of the codes, which is the order of the hops."""
    names = (name for _, name, _ in pkgutil.walk_packages(wsfix.faults.__path__, f"{wsfix.faults.__name__}."))
    modules = (importlib.import_module(name) for name in names)
    entries = [_entry(module) for module in modules if hasattr(module, "FAULT")]
    return tuple(sorted(entries, key=lambda entry: entry.fault.code))


@cache
def about(kind: str) -> tuple[Entry, ...]:
    """Return the faults that a site behind this kind of proxy can have, in the order of the hops."""
    return tuple(entry for entry in catalogue() if entry.concerns(kind))


def _entry(module: ModuleType) -> Entry:
    room, manual = module.__name__.split(".")[-2], inspect.getdoc(module) or ""
    if room == TESTS:
        return Entry(module.FAULT, manual, None, None, room, detect_in_command=module.detect)
    return Entry(module.FAULT, manual, module.detect, getattr(module, "cure", None), room)


def entry_of(word: str) -> Entry | None:
    """Return the fault of that code or name, if there is one."""
    wanted = word.lower()
    return next((e for e in catalogue() if wanted in {e.fault.code.lower(), e.fault.name}), None)
