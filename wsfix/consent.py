"""What the operator allows in this run, as the command line and the environment say it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from wsfix.errors import SpecError
from wsfix.faults.catalogue import Entry, catalogue, entry_of
from wsfix.plan import Consent

VARIABLE = "WSFIX_CONFIRM"

PARTS: Mapping[str, tuple[str, ...]] = {
    "proxy": ("nginx", "apache", "caddy", "haproxy", "proxy", "tls"),
    "backend": ("backend", "application", "client"),
    "env": (),
    "firewall": ("network",),
}
"""Which faults each narrowed deploy is about, by the folders they stand in; those of env files by their name."""


def consent(part: str | None = None, environ: Mapping[str, str] | None = None) -> Consent:
    """Return the consent of this run: `part` narrows it; WSFIX_CONFIRM names unsafe cures that are allowed, or `all`."""
    env = os.environ if environ is None else environ
    words = env.get(VARIABLE, "").replace(",", " ").split()
    return Consent(faults=None if part is None else faults_of(part), confirm=frozenset(_names(words)))


def faults_of(part: str) -> frozenset[str]:
    """Return the names of the faults that belong to one part of the path."""
    return frozenset(entry.fault.name for entry in catalogue() if _part(entry) == part)


def _part(entry: Entry) -> str:
    if entry.fault.name.startswith("env-"):
        return "env"
    return next(part for part, rooms in PARTS.items() if entry.room in rooms)


def _names(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        entry = entry_of(word)
        if word != "all" and entry is None:
            raise SpecError(f"{VARIABLE}: there is no fault {word!r}; `wsfix faults` lists them")
        yield "all" if entry is None else entry.fault.name
