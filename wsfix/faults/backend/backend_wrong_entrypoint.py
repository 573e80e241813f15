"""The backend's command names a module or an application that is not there.

Seen as: 502; the backend starts and dies again and again.
Told apart: by the server's own line, `Could not import module "app"` or `Attribute "app" not found in module`, or by an
exception that names both the module and the application of the command (Daphne).
Changed: where the backend's directory holds just one ASGI application, with consent a drop-in for the unit names that one, and
the unit is restarted. Else only the people who own the code know the right name, and the line to change is shown. Where PM2
keeps other arguments than its ecosystem file says by now, the file was mended and PM2 never read it: it is started anew.
Source: uvicorn, "Error loading ASGI app"; gunicorn, "Failed to find attribute"; PM2, "Ecosystem File".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.commands import replaced
from wsfix.drivers.frameworks import recognise
from wsfix.faults.application.sources import programs
from wsfix.faults.backend.keeper import Keeper, keeper
from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.backend.restarting import restart_from_file, save
from wsfix.faults.backend.rewording import Words, reworded, run_instead
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS501",
    "backend-wrong-entrypoint",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=("backend-module-missing", "gunicorn-worker-deprecated", "gunicorn-worker-missing"),
)
_COMPLAINT = re.compile(
    r"Error loading ASGI app|Could not import module \"|Attribute \"[^\"]*\" not found in module|"
    r"Failed to find attribute|ModuleNotFoundError: No module named"
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend does not run and its last words are about the entry point."""
    kept = keeper(seen)
    if kept.running and not kept.restarts:
        return
    complaint = _complaint(kept.command)
    said = next((line for line in reversed(kept.log) if complaint.search(line)), None)
    if said is None or (kept.running and (seen.works or seen.backend_works or not kept.young)):
        return
    declared = _declared(seen)
    evidence = [Evidence(kept.log_source, said.strip()), Evidence(kept.command_source, kept.command)]
    if declared is not None:
        evidence.append(Evidence(declared.place("args"), _line(declared)))
    mended = declared is not None and _mended(declared)
    safety = Safety.SAFE if mended else Safety.CONFIRM if _named(seen) else Safety.ADVICE
    yield FAULT.finding(
        f"{kept.name} cannot load the application that its command names",
        *evidence,
        severity=seen.severity,
        safety=safety,
        advice="" if mended else _advice(seen, kept, declared),
    )


def _complaint(command: str) -> re.Pattern[str]:
    """Return how servers complain of an entry point; Daphne lets Python say it."""
    running = recognise(command)
    module, colon, name = running.application.partition(":") if running else ("", "", "")
    if not colon:
        return _COMPLAINT
    python = rf"AttributeError: module '{re.escape(module)}' has no attribute '{re.escape(name)}'"
    return re.compile(f"{_COMPLAINT.pattern}|{python}")


def _declared(seen: Seen) -> Ours | None:
    if seen.site.service is None or seen.site.service.manager != "pm2":
        return None
    held = ours(seen)
    return held if held.declared is not None and held.applications else None


def _line(held: Ours) -> str:
    words = held.declared.words if held.declared else {}
    return ", ".join(f"{key}: '{words[key].text}'" for key in ("script", "args") if key in words) or "script"


def _mended(held: Ours) -> bool:
    """Whether the file says other arguments than PM2 keeps."""
    said = held.declared.word("args") if held.declared else ""
    return bool(said) and said.split() != held.application.args.split()


def _advice(seen: Seen, kept: Keeper, held: Ours | None) -> str:
    place = f" (it runs in {kept.directory})" if kept.directory else ""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        where = f"args at {held.place('args')}" if held else "what PM2 was given"
        return f"Correct the module or the application in {where}{place}, then {kept.again}."
    unit = seen.unit
    return (
        f"Correct the module or the application in ExecStart of {unit.fragment or unit.unit}{place}"
        f", then `systemctl daemon-reload && systemctl restart {unit.unit}`."
    )


def _named(seen: Seen) -> Words | None:
    """Return the unit's command with the one application that there is; None where there is none, or a choice."""
    if seen.site.service is None or seen.site.service.manager != "systemd" or seen.inside.sources is None:
        return None
    directory = seen.unit.working_directory.rstrip("/")
    there = [
        f"{source.path.removeprefix(f'{directory}/').removesuffix('.py').replace('/', '.')}:{name}"
        for source, program in programs(seen)
        if directory and source.path.startswith(f"{directory}/")
        for name in program.top.applications
    ]
    running = recognise(seen.unit.command)
    if len(there) != 1 or running is None or not running.application:
        return None
    return reworded(seen, lambda words: replaced(words, running.application, there[0]))


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Start the application anew from its file, where that was mended; name the one that there is, where it was agreed to."""
    if finding.safety is Safety.CONFIRM:
        words = _named(seen)
        yield from run_instead(seen, words, FAULT.code) if words is not None else ()
    if finding.safety is Safety.SAFE:
        yield restart_from_file(seen, FAULT.code)
        yield from save(seen, FAULT.code)
