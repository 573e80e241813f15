"""The pool: a few running hosts that tests share; each test gets one that is fresh."""

from __future__ import annotations

from typing import Final

from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.lab.machine import LabError

NAMES: Final = ("ada", "bela", "cleo", "dora", "elsa")


class Pool:
    """Hands out fresh hosts and takes them back."""

    def __init__(self, lab: Lab) -> None:
        """Begin with no host; they are started when they are asked for."""
        self.lab = lab
        self._taken: set[str] = set()

    def take(self, variant: Variant) -> Host:
        """Give a fresh host of this variant: a free one reset (about 1.5 s), else a new one (about 2 s)."""
        free = [host for host in self.lab.hosts.values() if host.name in NAMES and host.name not in self._taken]
        alike = [host for host in free if host.variant.release == variant.release]
        unused = [name for name in NAMES if name not in self.lab.hosts]
        if alike or (free and not unused):
            host = (alike or free)[0]
            host.reset(variant)
        elif unused:
            host = self.lab.start(unused[0], variant)
        else:
            raise LabError(f"a test may hold {len(NAMES)} hosts at once, and holds them all")
        self._taken.add(host.name)
        return host

    def give_back(self, host: Host) -> None:
        """Take a host back; whatever happened on it goes with its next reset."""
        self._taken.discard(host.name)
