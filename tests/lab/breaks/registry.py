"""The list of breaks, filled by the functions that do them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.site import WS_PATH

if TYPE_CHECKING:
    from tests.lab.host import Host

    Apply = Callable[[Host], None]


@dataclass(frozen=True)
class Break:
    """One way to break a host: `shows` is the word that a knock from outside gets, `body` a piece of the answer."""

    name: str
    fault: str
    apply: Apply
    shows: str
    body: str = ""
    path: str = WS_PATH
    hold: float = 0.0
    tls: bool = True

    @property
    def says(self) -> str:
        """The break in one sentence."""
        return (self.apply.__doc__ or "").strip().splitlines()[0]


known: dict[str, Break] = {}


def broken(
    name: str,
    shows: str,
    *,
    fault: str | None = None,
    body: str = "",
    path: str = WS_PATH,
    hold: float = 0.0,
    tls: bool = True,
) -> Callable[[Apply], Apply]:
    """Register a break under its name; a variant names the fault that it is a case of."""

    def register(apply: Apply) -> Apply:
        known[name] = Break(name, fault or name, apply, shows, body, path, hold, tls)
        return apply

    return register
