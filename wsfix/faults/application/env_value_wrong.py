"""The backend's env file does not hold what the site asks for: an allowed origin is missing, or a value differs.

Seen as: 403 for the page and 101 for tools that send no Origin; or a wrong port, host or secret.
Told apart: the file is compared with the inventory, value by value; secrets by digest.
Changed: the line of that variable, or one new line at the end; then the unit is restarted, since a process reads its
environment once. Origins are added to those that stand there, exactly the page's, never `*`.
Source: systemd.exec(5), EnvironmentFile=; RFC 6455 section 10.2 (Origin).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import restart
from wsfix.faults.envfile import set_values, wanted_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile

FAULT = Fault("WS601", "env-value-wrong", Hop.APPLICATION, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire once for the file, naming every variable that differs."""
    files = seen.inside.known("env", seen.inside.env)
    file = seen.inside.known("env", files.get(seen.env.file))
    wrong = wanted_values(seen, file)
    if not wrong:
        return
    keys = ", ".join(want.key for want in wrong)
    evidence = [Evidence(_place(file, want.key), f"{want.key} {want.why}") for want in wrong]
    refused = seen.observation.proxy or seen.observation.outside
    if refused is not None and refused.status in {401, 403}:
        evidence.append(answer(refused))
    yield FAULT.finding(
        f"{file.path} does not hold what the site asks for: {keys}",
        *evidence,
        severity=Severity.WARNING if seen.works else Severity.ERROR,
    )


def _place(file: EnvFile, key: str) -> str:
    line = file.last(key)
    return f"{file.path}:{line.number}" if line else file.path


def cure(seen: Seen, _finding: Finding) -> Iterator[EnvChange | Action]:
    """Set the values and restart the backend."""
    files = seen.inside.known("env", seen.inside.env)
    file = seen.inside.known("env", files.get(seen.env.file))
    wrong = wanted_values(seen, file)
    yield set_values(seen, file, wrong, FAULT.code)
    if seen.site.service is not None:
        yield restart(seen, FAULT.code)
