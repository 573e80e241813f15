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
from wsfix.model.finding import Finding

Detect = Callable[[Seen], Iterator[Finding]]
PROXIES = frozenset({"nginx", "apache", "caddy", "haproxy"})
SHARED = {"proxy": frozenset({"caddy", "haproxy"})}
"""Rooms of faults that are the same behind several proxies."""
Cure = Callable[[Seen, Finding], Iterator["Change | ProxyConfig"]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault with its manual, its rule and its cure."""

    fault: Fault
    manual: str
    detect: Detect
    cure: Cure | None
    room: str = ""
    """The folder that it stands in: network, tls, nginx, apache, caddy, proxy, backend, application, client."""

    def concerns(self, seen: Seen) -> bool:
        """Whether the site has the proxy that the fault is about, where it is about one."""
        kind = seen.site.proxy.kind
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


def _entry(module: ModuleType) -> Entry:
    room = module.__name__.split(".")[-2]
    return Entry(module.FAULT, inspect.getdoc(module) or "", module.detect, getattr(module, "cure", None), room)


def entry_of(word: str) -> Entry | None:
    """Return the fault of that code or name, if there is one."""
    wanted = word.lower()
    return next((e for e in catalogue() if wanted in {e.fault.code.lower(), e.fault.name}), None)
