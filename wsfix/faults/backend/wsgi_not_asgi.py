"""A server for WSGI listens where sockets are to arrive: Django's runserver without Daphne, or gunicorn with wsgi.py.

Seen as: 404 with Django's page, the same as for a plain GET.
Told apart: straight at the backend nobody upgrades either, and the answer's Server header or the command line names a
server that calls the application as WSGI. A missing route is answered with 403 or 500 by ASGI servers, never with 404.
Changed: nothing; which program serves the application is for those who own it. The command and the line to add are shown.
Source: Channels, "Deploying" and "Installation" (daphne first in INSTALLED_APPS); PEP 3333.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import recognise_answer
from wsfix.faults.application.sources import found, line_of, programs
from wsfix.faults.backend.serving import Serving, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS542", "wsgi-not-asgi", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer or the process is that of a WSGI server, and a plain GET is answered alike."""
    if seen.works:
        return
    refused = refusal(seen)
    if refused is None or not refused[0].same_as_plain or refused[1].status >= 500:  # noqa: PLR2004
        return
    there = serving(seen, seen.backend.port)
    header = refused[1].header("server") or ""
    named = recognise_answer(header)
    if (there is not None and there.running.asgi) or named is None or named.speaks != "wsgi" or "asgi" in header:
        return
    words = there.running.words if there else header
    evidence = [Evidence("Server header of the backend", header), answer(refused[0])]
    evidence += [there.evidence] if there else []
    apps = found(seen, lambda program: program.installed_apps)
    lacking = apps is not None and not apps[1].open and "daphne" not in apps[1].items
    if apps is not None and lacking and named.name == "runserver":
        evidence.append(line_of(apps[0], apps[1].line))
    yield FAULT.finding(
        f"{words} answers on port {seen.backend.port}; it calls the application as WSGI and takes no socket",
        *evidence,
        severity=seen.severity,
        advice=_advice(seen, there, f"{apps[0].path}:{apps[1].line}" if apps is not None and lacking else ""),
    )


def _advice(seen: Seen, there: Serving | None, settings: str) -> str:
    serve = (
        f"Serve it as ASGI: `daphne -b 127.0.0.1 -p {seen.backend.port} {_asgi(seen, there)}` in the service's command."
    )
    if there is not None and there.running.option("--noasgi") is not None:
        return f"{serve} With runserver, take `--noasgi` out."
    if settings and (there is None or there.running.server.name == "runserver"):
        return f'{serve} For runserver, put "daphne" first into INSTALLED_APPS at {settings}.'
    return serve


def _asgi(seen: Seen, there: Serving | None) -> str:
    """Return the application's name by its asgi.py, or beside the one that is served."""
    directory = f"{seen.backend.directory}/"
    for source, _ in programs(seen):
        if source.name == "asgi.py":
            return f"{source.path.removeprefix(directory).removesuffix('.py').replace('/', '.')}:application"
    project = there.running.application.partition(":")[0].rpartition(".")[0] if there else ""
    return f"{project or 'PROJECT'}.asgi:application"
