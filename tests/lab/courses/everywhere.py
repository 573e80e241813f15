"""The courses of the breaks that every system behind nginx can have."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course

ADVICE = {"nginx-config-broken"}
STILL_WORKS = {"nginx-config-broken", "nginx-map-undefined"}
ONLY_LOADED = {"nginx-edited-not-reloaded"}


def course(chosen: Break, healthy: str = "101") -> Course:
    """What is expected of a break that another system has too."""
    return Course(
        chosen.fault,
        advice=chosen.fault in ADVICE,
        drift=chosen.name in STILL_WORKS,
        only_loaded=chosen.name in ONLY_LOADED,
        healthy=healthy,
    )
