"""gunicorn calls an ASGI application with a worker for WSGI.

Seen as: 500 on everything, pages too.
Told apart: the handshake and a plain GET get the same 500 straight at the backend, the command names no worker class for
ASGI, and the log holds the application's own complaint about its arguments, or the inventory names an ASGI framework.
Changed: nothing; the worker's package must be in the application's environment. The option is shown.
Source: gunicorn, --worker-class; uvicorn-worker; ASGI specification, "Applications".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import log_source, logged, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS543", "gunicorn-sync-worker", Hop.BACKEND, Safety.ADVICE)
ASGI_FRAMEWORKS = frozenset({"fastapi", "starlette", "channels", "asgi", "python-socketio"})
ALWAYS = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where gunicorn fails on every request, and its worker is why."""
    if seen.works:
        return
    there, refused = serving(seen, seen.backend.port), refusal(seen)
    if there is None or refused is None or there.running.server.name != "gunicorn" or there.running.asgi:
        return
    if refused[1].status != ALWAYS or not refused[0].same_as_plain:
        return
    said = logged(
        seen, "missing 1 required positional argument: 'send'", "missing 2 required positional arguments: 'receive'"
    )
    if said is None and seen.backend.framework not in ASGI_FRAMEWORKS:
        return
    evidence = [there.evidence, answer(refused[0])]
    evidence += [Evidence(log_source(seen), said)] if said else []
    yield FAULT.finding(
        f"{there.running.words} calls an ASGI application as WSGI; every request ends in 500",
        *evidence,
        severity=seen.severity,
        advice="Start it with `-k uvicorn_worker.UvicornWorker` (package uvicorn-worker in the same environment).",
    )
