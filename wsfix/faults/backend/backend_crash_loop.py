"""The backend starts, dies, and is started again.

Seen as: 502, now and then or always.
Told apart: from a backend that was stopped by its count of restarts, and by a result that is not success; with PM2 by the
status `errored`, or by deaths within a second of the start. A PM2 application that was restarted by hand has restarts, too.
Changed: nothing; a restart cannot mend what dies at start. The last traceback is shown.
Source: systemd.service(5), Restart=; systemctl(1), NRestarts; PM2, "Restart Strategies" (max_restarts, min_uptime).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import between_two_deaths, keeper
from wsfix.faults.backend.systemd_no_restart import left_down
from wsfix.faults.backend.systemd_start_limit import gave_up
from wsfix.faults.backend.unitfile import mended_since
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS502",
    "backend-crash-loop",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=(
        "backend-wrong-entrypoint",
        "backend-module-missing",
        "django-apps-not-loaded",
        "gunicorn-worker-deprecated",
        "gunicorn-worker-missing",
        "pm2-interpreter",
        "backend-port-in-use",
        "backend-bind-denied",
        "backend-oom",
        "systemd-exec-failed",
        "systemd-env-file-missing",
        "systemd-masked",
        "systemd-type-mismatch",
    ),
)
LAST_LINES = 6


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend has failed, or is waiting to be started again after it died by itself."""
    kept = keeper(seen)
    if seen.works or not (kept.dead or between_two_deaths(seen, kept)) or _over(seen):
        return
    yield FAULT.finding(
        f"{kept.name} dies {_when(seen)} ({kept.death}, {kept.restarts} restarts so far)",
        Evidence(kept.source, kept.state),
        *(Evidence(kept.log_source, line.strip()) for line in kept.last_words[-LAST_LINES:]),
        severity=seen.severity,
        advice=f"Mend what the last lines name, then {kept.again}.",
    )


def _when(seen: Seen) -> str:
    """Return when it dies: what took a socket a moment ago had started."""
    walks = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    took = any(walk is not None and walk.handshake is not None and walk.handshake.accepted for walk in walks)
    return "as soon as a socket is open" if took else "at start"


def _over(seen: Seen) -> bool:
    """Whether it died once and was left so, or was given up and is mended by now: then it is in no loop."""
    service = seen.site.service
    if service is None or service.manager != "systemd":
        return False
    return left_down(seen.unit) or (bool(gave_up(seen.unit)) and mended_since(seen) is not None)
