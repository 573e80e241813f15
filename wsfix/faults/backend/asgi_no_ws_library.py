"""uvicorn runs in an environment without a WebSocket library.

Seen as: 404 with the application's own words on every socket, while pages and the API work.
Told apart: straight at the backend the upgrade is answered with the same bytes as a plain GET; the environment of the
listening process holds neither websockets nor wsproto, or uvicorn says so in its log. A proxy that takes the upgrade away
gives the same answer, but then the backend takes the socket when it is asked directly; --ws none is asgi-ws-none.
Changed: with consent, `websockets` is installed into the virtual environment of the listening process, as the user who owns it,
and the backend is restarted; the undo uninstalls it. Never into the system's Python: there the command is shown.
Source: uvicorn, "Installation" and --ws; pip, "pip install"; PEP 668.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from wsfix.faults.backend.restarting import restart
from wsfix.faults.backend.serving import Serving, log_source, logged, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS540", "asgi-no-ws-library", Hop.BACKEND, Safety.CONFIRM, explained_by=("asgi-ws-none",))
LIBRARIES = frozenset({"websockets", "wsproto"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the process cannot speak WebSocket at all."""
    if seen.works:
        return
    there, refused = serving(seen), refusal(seen)
    if there is None or refused is None or not refused[0].same_as_plain or not _is_uvicorn(there.running.words):
        return
    libraries = there.process.libraries
    said = logged(seen, "No supported WebSocket library detected", "Unsupported upgrade request")
    if (libraries is not None and libraries & LIBRARIES) or (libraries is None and said is None):
        return
    interpreter = there.process.command.split(" ", 1)[0]
    evidence = [there.evidence, answer(refused[0])]
    if libraries is not None:
        evidence.append(Evidence(f"environment of {interpreter}", "neither websockets nor wsproto is installed"))
    if said is not None:
        evidence.append(Evidence(log_source(seen), said))
    yield FAULT.finding(
        f"{there.running.words} on {seen.backend.words} has no WebSocket library and takes every socket for a plain request",
        *evidence,
        severity=seen.severity,
        safety=Safety.CONFIRM if _can_install(seen, there) else Safety.ADVICE,
        advice=f"Install one where it runs, `{interpreter} -m pip install websockets`, and restart the service.",
    )


def _is_uvicorn(words: str) -> bool:
    return "uvicorn" in words.lower()


_OF_AN_ENVIRONMENT = re.compile(r"/[A-Za-z0-9_./-]+/bin/python[0-9.]*")
INSTALL_RANK = 40
_PIP = "-m pip --disable-pip-version-check --no-input -q"


def _can_install(seen: Seen, there: Serving) -> bool:
    """Whether the process runs in an environment of its own, and something restarts it."""
    interpreter = there.process.command.split(" ", 1)[0]
    own = there.process.libraries is not None and _OF_AN_ENVIRONMENT.fullmatch(interpreter)
    return bool(own) and seen.site.service is not None


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Install the library where the backend runs, by the environment's owner, and restart the backend."""
    there = serving(seen)
    if there is None or not _can_install(seen, there):
        return
    interpreter = quote(there.process.command.split(" ", 1)[0])
    owner = f'runuser -u "$(stat -Lc %U {interpreter.rpartition("/bin/")[0]}/pyvenv.cfg)" --'
    yield Action(
        do=f"cd / && {owner} {interpreter} {_PIP} install websockets",
        undo=f"cd / && {owner} {interpreter} {_PIP} uninstall -y websockets",
        title=f"install websockets into {interpreter.rpartition('/bin/')[0]}",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=INSTALL_RANK,
    )
    yield from restart(seen, FAULT.code)
