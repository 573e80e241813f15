"""gunicorn calls an ASGI application with a worker for WSGI.

Seen as: 500 on everything, pages too.
Told apart: the handshake and a plain GET get the same 500 straight at the backend, the command names no worker class for
ASGI, and the log holds the application's own complaint about its arguments, or the inventory names an ASGI framework.
Changed: with consent, where the command stands in a unit of systemd and the environment of the process holds uvicorn's worker:
a drop-in words the command with it, and the unit is restarted. Else the option is shown, and the package that it needs.
Source: gunicorn, --worker-class; uvicorn-worker; ASGI specification, "Applications".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import log_source, logged, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS543", "gunicorn-sync-worker", Hop.BACKEND, Safety.CONFIRM)
ASGI_FRAMEWORKS = frozenset({"fastapi", "starlette", "channels", "asgi", "python-socketio"})
ALWAYS = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where gunicorn fails on every request, and its worker is why."""
    if seen.works:
        return
    there, refused = serving(seen), refusal(seen)
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
        safety=safety(_with_worker(seen)),
        advice="Start it with `-k uvicorn_worker.UvicornWorker` (package uvicorn-worker in the same environment).",
    )


def _with_worker(seen: Seen) -> Words | None:
    """Return the unit's command with the worker that lies beside gunicorn; None where none does."""
    there = serving(seen)
    libraries = (there.process.libraries if there else None) or frozenset()
    speaks = bool(libraries & {"websockets", "wsproto"})
    if "uvicorn" not in libraries or not speaks:
        return None
    worker = "uvicorn_worker.UvicornWorker" if "uvicorn_worker" in libraries else "uvicorn.workers.UvicornWorker"

    def add(words: Words) -> Words | None:
        at = next((i for i, word in enumerate(words) if word.rpartition("/")[2] == "gunicorn"), None)
        if at is None:
            return None
        plain = without(words[at + 1 :], valued=["-k", "--worker-class", "--threads"])
        return (*words[: at + 1], "-k", worker, *plain)

    return reworded(seen, add)


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run it with the worker."""
    words = _with_worker(seen)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
