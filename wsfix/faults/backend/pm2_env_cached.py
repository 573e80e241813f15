"""PM2 starts the application with an older environment than the one that is written down.

Seen as: the old behaviour after an edit and a `pm2 restart`: a wrong origin, port or secret.
Told apart: the digest of the value in the environment of the process is not that of the env file or of the ecosystem file.
`pm2 restart NAME` keeps what PM2 holds, and what it holds also wins over a file that the application reads by itself.
Changed: a value of the ecosystem file is taken up by `pm2 restart FILE --only NAME`, one of the env file is carried into
`pm2 restart NAME --update-env`, which reads no file by itself; then the list is saved. Where both name the variable, the env file
counts, since the site names it, and the line of the other is shown.
Source: PM2, "Environment Variables" (--update-env); proc(5), /proc/pid/environ; dotenv never overrides what is set.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.backend.restarting import carried_keys, restart, restart_from_file, save
from wsfix.faults.envfile import wanted_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile

FAULT = Fault(
    "WS523",
    "pm2-env-cached",
    Hop.BACKEND,
    Safety.SAFE,
    explained_by=("env-value-wrong", "backend-not-running", "backend-crash-loop", "backend-wrong-entrypoint"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a value that is written down is another one than PM2 keeps."""
    held = ours(seen)
    if not held.application.running:
        return
    of_file, declared = _stale_in_file(seen, held), _stale_in_ecosystem(seen, held)
    pid = f"environment of pid {held.application.pid}"
    evidence = [Evidence(pid, f"{key} is not the value of {seen.env.file}") for key in of_file]
    evidence += [
        Evidence(f"{held.file}:{line}", f"{held.name} runs with another value of {key}") for key, line in declared
    ]
    if not evidence:
        return
    yield FAULT.finding(
        f"PM2 runs {held.name} with an older {', '.join([*of_file, *(key for key, _ in declared)])}",
        *evidence,
        *_overruled(seen, held, of_file),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
    )


def _file(seen: Seen) -> EnvFile | None:
    if seen.site.env is None:
        return None
    return seen.inside.known("env", seen.inside.known("env", seen.inside.env).get(seen.site.env.file))


def _stale_in_file(seen: Seen, held: Ours) -> list[str]:
    file = _file(seen)
    if file is None or wanted_values(seen, file):
        return []
    lines = {key: file.last(key) for key in carried_keys(seen, held)}
    kept = held.application.env_digests
    return [key for key, line in lines.items() if line is not None and key in kept and kept[key] != line.digest]


def _stale_in_ecosystem(seen: Seen, held: Ours) -> list[tuple[str, int]]:
    """Return the variables that the ecosystem file sets otherwise, those left out that the env file sets, too."""
    file = _file(seen)
    kept = held.application.env_digests
    written = held.declared.env if held.declared else {}
    return [
        (key, value.line)
        for key, value in written.items()
        if kept.get(key) != value.text and (file is None or file.last(key) is None)
    ]


def _overruled(seen: Seen, held: Ours, of_file: list[str]) -> Iterator[Evidence]:
    """Name what a later start from the ecosystem file would bring back."""
    written = held.declared.env if held.declared else {}
    for key in of_file:
        if key in written and written[key].text == held.application.env_digests.get(key):
            yield Evidence(
                f"{held.file}:{written[key].line}", f"{key} is set here, too: take it out, {seen.env.file} counts"
            )


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Start it anew with what is written down, and save that."""
    held = ours(seen)
    if _stale_in_ecosystem(seen, held):
        yield restart_from_file(seen, FAULT.code)
        yield from save(seen, FAULT.code)
    if _stale_in_file(seen, held):
        yield from restart(seen, FAULT.code)
