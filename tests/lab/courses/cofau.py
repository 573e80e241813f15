"""The courses of cofau, whose backend PM2 keeps."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.courses import everywhere
from tests.lab.host import Host

COURSES = {
    "nginx-location-missing": Course("nginx-upgrade-headers-missing"),
    "auth-rest-vs-ws-differs": Course("auth-rest-vs-ws-differs", advice=True),
    "backend-crash-loop": Course("backend-crash-loop", advice=True),
    "backend-wrong-entrypoint": Course("backend-wrong-entrypoint", advice=True),
    "pm2-interpreter": Course("pm2-interpreter", advice=True),
    "pm2-not-saved": Course("pm2-not-saved", drift=True),
    "pm2-no-startup-unit": Course("systemd-not-enabled", drift=True),
    "pm2-env-cached": Course("pm2-env-cached", only_loaded=True),
}


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of cofau."""
    return COURSES.get(chosen.name) or everywhere.course(chosen)
