"""What is injected: each break on each system and release, and pairs of breaks by a seeded draw."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.lab.breaks import Break, breaks
from tests.lab.image import RELEASES, Release
from tests.lab.systems import SYSTEMS

SEED = 20261121
CERTIFICATES = frozenset({"tls-cert-expired", "tls-missing-intermediate", "tls-wrong-host", "tls-self-signed"})
"""Faults that are made by writing the same file anew."""


@dataclass(frozen=True)
class Injection:
    """Breaks for one host."""

    system: str
    release: Release
    breaks: tuple[Break, ...]

    @property
    def word(self) -> str:
        """Name it in one word."""
        return "+".join(each.name for each in self.breaks)


def singles(releases: tuple[Release, ...] = RELEASES) -> list[Injection]:
    """Every break on its system, on each release."""
    return [
        Injection(system, release, (each,))
        for system in SYSTEMS
        for each in breaks(system).values()
        for release in releases
    ]


def pairs(seed: int = SEED) -> Iterator[Injection]:
    """Pairs without end, each drawn once; whether two breaks can be had at once shows when they are made."""
    draw = random.Random(seed)
    known: set[tuple[str, frozenset[str]]] = set()
    everything = [each for system in SYSTEMS for each in breaks(system).values()]
    while True:
        one = draw.choice(everything)
        other = draw.choice(list(breaks(one.system).values()))
        release = draw.choice(RELEASES)
        pair = (one.system, frozenset({one.name, other.name}))
        if pair not in known and _combine(one, other):
            known.add(pair)
            yield Injection(one.system, release, (one, other))


def _combine(one: Break, other: Break) -> bool:
    """Whether the two are different faults that the same knock shows, and the second does not write over the first."""
    if {one.fault, other.fault} <= CERTIFICATES:
        return False
    return one.fault != other.fault and one.path == other.path and one.ask is None and other.ask is None
