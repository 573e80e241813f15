"""The list of breaks, filled by the functions that do them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.systems import SYSTEMS

if TYPE_CHECKING:
    from tests.lab.client import Knock
    from tests.lab.host import Host

    Apply = Callable[[Host], None]
    Ask = Callable[[Host, str], Knock]


@dataclass(frozen=True)
class Break:
    """One way to break a host: `shows` is the word that a knock from outside gets, `body` a piece of the answer."""

    name: str
    fault: str
    apply: Apply
    shows: str
    body: str
    path: str
    hold: float = 0.0
    tls: bool | None = None
    system: str = "chat"
    ask: Ask | None = None
    """Another way to knock, where the usual one would not show the break."""
    wide: bool = False
    """Whether it is one of many of its kind, which only the matrix takes."""
    confirm: str = ""
    """The consent that its cure needs."""

    @property
    def says(self) -> str:
        """The break in one sentence."""
        return (self.apply.__doc__ or "").strip().splitlines()[0]


known: dict[tuple[str, str], Break] = {}


def broken(
    name: str,
    shows: str,
    *,
    systems: tuple[str, ...] = ("chat",),
    fault: str | None = None,
    body: str = "",
    path: str | None = None,
    hold: float = 0.0,
    tls: bool | None = None,
    ask: Ask | None = None,
    wide: bool = False,
    confirm: str = "",
) -> Callable[[Apply], Apply]:
    """Register a break under its name, for each system that can have it; a variant names the fault that it is a case of."""

    def register(apply: Apply) -> Apply:
        for system in systems:
            asked = path or SYSTEMS[system].path
            known[system, name] = Break(
                name, fault or name, apply, shows, body, asked, hold, tls, system, ask, wide, confirm
            )
        return apply

    return register
