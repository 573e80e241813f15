"""The systems: the kinds of site that a host of the lab can be, each healthy, with a client that knows how to ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from tests.lab.systems import caddy, chat, cofau, haproxy, hotel, karbar, parkmate, valet
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.state import HostCard

Name = Literal["chat", "caddy", "000", "001", "002", "003", "004", "004-split", "haproxy"]
SYSTEMS: Final[dict[str, System]] = {
    system.name: system
    for system in (
        chat.CHAT,
        caddy.CADDY,
        karbar.KARBAR,
        cofau.COFAU,
        valet.VALET,
        hotel.HOTEL,
        parkmate.PARKMATE,
        parkmate.SPLIT,
        haproxy.HAPROXY,
    )
}

__all__ = ["SYSTEMS", "Name", "System", "of"]


def of(card: HostCard) -> System:
    """The system that a host is."""
    return SYSTEMS[card.system or "chat"]
