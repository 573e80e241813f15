"""All faults there are: the package is walked, nothing is registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import wsfix.faults
from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Change
from wsfix.model.finding import Finding

Detect = Callable[[Seen], Iterator[Finding]]
Cure = Callable[[Seen, Finding], Iterator["Change | Config"]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault with its manual, its rule and its cure."""

    fault: Fault
    manual: str
    detect: Detect
    cure: Cure | None

    @property
    def title(self) -> str:
        """The first line of the manual."""
        return self.manual.splitlines()[0]


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every fault in the order of the codes, which is the order of the hops."""
    names = (name for _, name, _ in pkgutil.iter_modules(wsfix.faults.__path__))
    modules = (importlib.import_module(f"wsfix.faults.{name}") for name in names)
    entries = [
        Entry(module.FAULT, inspect.getdoc(module) or "", module.detect, getattr(module, "cure", None))
        for module in modules
        if hasattr(module, "FAULT")
    ]
    return tuple(sorted(entries, key=lambda entry: entry.fault.code))


def entry_of(word: str) -> Entry | None:
    """Return the fault of that code or name, if there is one."""
    wanted = word.lower()
    return next((e for e in catalogue() if wanted in {e.fault.code.lower(), e.fault.name}), None)
