"""A server for WSGI listens where sockets are to arrive: Django's runserver without Daphne, or gunicorn with wsgi.py.

Seen as: 404 with Django's page, the same as for a plain GET.
Told apart: straight at the backend nobody upgrades either, and the answer's Server header or the command line names a
server that calls the application as WSGI. A missing route is answered with 403 or 500 by ASGI servers, never with 404.
Where an ASGI server is given wsgi.py every request ends in 500, and its log says that `start_response` is missing.
Changed: with consent, where the command stands in a unit of systemd, asgi.py lies in the backend's directory and daphne in the
environment of the process: a drop-in serves asgi.py by daphne at the same address, and the unit is restarted. Else the command
and the line to add are shown.
Source: Channels, "Deploying" and "Installation" (daphne first in INSTALLED_APPS); PEP 3333.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import replaced
from wsfix.drivers.frameworks import recognise_answer
from wsfix.faults.application.sources import directory_of, found, line_of, programs
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import Serving, log_source, logged, refusal, serving, takes_sockets
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS542", "wsgi-not-asgi", Hop.BACKEND, Safety.CONFIRM)
_COMPLAINT = "missing 1 required positional argument: 'start_response'"
"""What a callable of WSGI says when it is called with a scope alone; asgiref and uvicorn take it for one of ASGI 2."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer or the process is that of a WSGI server, and a plain GET is answered alike."""
    if seen.works:
        return
    refused = refusal(seen)
    if refused is None:
        return
    there = serving(seen)
    if refused[1].status >= 500:  # noqa: PLR2004
        yield from _called_as_asgi(seen, there, refused[0])
    if not refused[0].same_as_plain or refused[1].status >= 500:  # noqa: PLR2004
        return
    header = refused[1].header("server") or ""
    named = recognise_answer(header)
    if (there is not None and there.running.asgi) or named is None or named.speaks != "wsgi" or "asgi" in header:
        return
    if takes_sockets(seen):
        return  # a library of WSGI that takes the connection over, such as flask-sock
    words = there.running.words if there else header
    evidence = [Evidence("Server header of the backend", header), answer(refused[0])]
    evidence += [there.evidence] if there else []
    apps = found(seen, lambda program: program.installed_apps)
    lacking = apps is not None and not apps[1].open and "daphne" not in apps[1].items
    if apps is not None and lacking and named.name == "runserver":
        evidence.append(line_of(apps[0], apps[1].line))
    yield FAULT.finding(
        f"{words} answers on {seen.backend.words}; it calls the application as WSGI and takes no socket",
        *evidence,
        severity=seen.severity,
        safety=safety(_by_daphne(seen)),
        advice=_advice(seen, there, f"{apps[0].path}:{apps[1].line}" if apps is not None and lacking else ""),
    )


def _called_as_asgi(seen: Seen, there: Serving | None, walk: Walk) -> Iterator[Finding]:
    """Fire where a server of ASGI was given an application that asks for `start_response`, as only WSGI has it."""
    said = logged(seen, _COMPLAINT)
    if there is None or not there.running.asgi or said is None:
        return
    yield FAULT.finding(
        f"{there.running.words} serves {there.running.application}, which is an application for WSGI and takes no socket",
        there.evidence,
        answer(walk),
        Evidence(log_source(seen), said),
        severity=seen.severity,
        safety=safety(_asgi_instead(seen)),
        advice=f"Name the application for ASGI in the service's command: `{_asgi(seen, there)}`.",
    )


def _asgi_instead(seen: Seen) -> Words | None:
    """Return the unit's command with the project's one application of asgi.py; None where it is not known."""
    there, inner = serving(seen), _inner(seen)
    if there is None or not there.running.application or not inner:
        return None
    return reworded(seen, lambda words: replaced(words, there.running.application, inner))


def _inner(seen: Seen) -> str:
    """Return `package.asgi:application` where the unit's directory holds just one."""
    project = [source for source, program in programs(seen) if source.name == "asgi.py" and program.top.applications]
    directory = seen.unit.working_directory.rstrip("/")
    if not directory or len(project) != 1 or "application" not in _names(seen, project[0].path):
        return ""
    inner = project[0].path.removeprefix(f"{directory}/").removesuffix(".py").replace("/", ".")
    return "" if inner.startswith(".") else f"{inner}:application"


def _advice(seen: Seen, there: Serving | None, settings: str) -> str:
    serve = f"Serve it as ASGI: `daphne {_bound(seen)} {_asgi(seen, there)}` in the service's command."
    if there is not None and there.running.option("--noasgi") is not None:
        return f"{serve} With runserver, take `--noasgi` out."
    if settings and (there is None or there.running.server.name == "runserver"):
        return f'{serve} For runserver, put "daphne" first into INSTALLED_APPS at {settings}.'
    return serve


def _bound(seen: Seen) -> str:
    """Return the options by which Daphne listens where the backend should."""
    backend = seen.backend
    return f"-b 127.0.0.1 -p {backend.port}" if backend.socket is None else f"-u {backend.socket}"


def _asgi(seen: Seen, there: Serving | None) -> str:
    """Return the application's name by its asgi.py, or beside the one that is served."""
    directory = f"{directory_of(seen)}/"
    for source, _ in programs(seen):
        if source.name == "asgi.py":
            return f"{source.path.removeprefix(directory).removesuffix('.py').replace('/', '.')}:application"
    project = there.running.application.partition(":")[0].rpartition(".")[0] if there else ""
    return f"{project or 'PROJECT'}.asgi:application"


def _by_daphne(seen: Seen) -> Words | None:
    """Return the unit's command with daphne and asgi.py in it; None where one of them is not known to be there."""
    there, listening = serving(seen), seen.listening
    inner = _inner(seen)
    port = seen.port
    if there is None or "daphne" not in (there.process.libraries or ()) or not inner or not listening:
        return None
    address = listening[0].address.strip("*") or "0.0.0.0"  # noqa: S104 - as it listens now

    def serve(words: Words) -> Words | None:
        folder, slash, _ = words[0].rpartition("/bin/")
        daphne = f"{folder}{slash}daphne"
        return (daphne, "-b", address, "-p", f"{port}", inner) if slash else None

    return reworded(seen, serve)


def _names(seen: Seen, path: str) -> tuple[str, ...]:
    return next((program.top.applications for source, program in programs(seen) if source.path == path), ())


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Serve the application as ASGI."""
    there = serving(seen)
    words = _asgi_instead(seen) if there is not None and there.running.asgi else _by_daphne(seen)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
