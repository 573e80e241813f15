"""The courses of valet, Socket.IO on Node under PM2."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.courses import everywhere
from tests.lab.host import Host

OLD_APP = {"socketio": {"engine": 3}}
"""What the operator writes where the apps are built with Socket.IO 2."""

COURSES = {
    "sio-path-mismatch": Course(
        "sio-path-mismatch", advice=True, says=("the signature of Engine.IO at another path", "answers at /socket.io/")
    ),
    "sio-trailing-slash": Course("nginx-proxy-pass-uri-strips", healthy="websocket"),
    "sio-eio-version": Course("sio-eio-version", advice=True, site=OLD_APP, says=("allowEIO3: true",)),
    "sio-no-sticky": Course(
        "pm2-cluster-mode",
        confirm="pm2-cluster-mode",
        healthy="polling",
        says=("requests of one polling session reach different processes (because of pm2-cluster-mode)",),
    ),
    "sio-stuck-polling": Course(
        "nginx-upgrade-headers-missing",
        healthy="websocket",
        says=("clients stay on polling", "(because of nginx-upgrade-headers-missing)"),
    ),
    "sio-middleware-auth": Course("sio-middleware-auth", advice=True, says=("refuses the namespace /: Unauthorized",)),
    "sio-upgrade-taken": Course("sio-upgrade-taken", advice=True, says=("`noServer: true`",)),
    "closed-after-accept": Course("closed-after-accept", advice=True, says=("disconnects it at once",)),
    "backend-not-running": Course("backend-not-running", healthy="websocket"),
    "pm2-not-saved": Course("pm2-not-saved", drift=True, healthy="websocket"),
}


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of valet."""
    return COURSES.get(chosen.name) or everywhere.course(chosen, healthy="websocket")
