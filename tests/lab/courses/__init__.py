"""What wsfix has to do with each break of each system: the cause that it names, and whether it repairs or advises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.courses import caddy, chat, cofau, haproxy, hotel, karbar, parkmate, valet

if TYPE_CHECKING:
    from tests.lab.breaks import Break
    from tests.lab.course import Course
    from tests.lab.host import Host

_SYSTEMS = {
    "chat": chat.course,
    "caddy": caddy.course,
    "haproxy": haproxy.course,
    "000": karbar.course,
    "001": cofau.course,
    "002": valet.course,
    "003": hotel.course,
    "004": parkmate.course,
    "004-split": parkmate.course,
}


def course_of(host: Host, chosen: Break) -> Course:
    """What is expected of a break on this host."""
    return _SYSTEMS[chosen.system](host, chosen)
