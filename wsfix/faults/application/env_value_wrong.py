"""An env file does not hold what the site asks for: an allowed origin is missing, or a value differs.

Seen as: 403 for the page and 101 for tools that send no Origin; or a wrong port, host or secret.
Told apart: the file is compared with the inventory, value by value; secrets by digest.
Changed: the line of that variable, or one new line at the end; then the unit is restarted, since a process reads its
environment once. Origins are added to those that stand there, exactly the page's, never `*`. The env file of a page is set
in the same way; a new build takes it in.
Source: systemd.exec(5), EnvironmentFile=; RFC 6455 section 10.2 (Origin).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import restart
from wsfix.faults.envfile import Wanted, client_file, client_values, set_values, wanted_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile

FAULT = Fault("WS601", "env-value-wrong", Hop.APPLICATION, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire once for each file, naming every variable that differs."""
    if seen.site.env is not None:
        file = _file(seen)
        wrong = wanted_values(seen, file)
        refused = seen.observation.proxy or seen.observation.outside
        said = [answer(refused)] if refused is not None and refused.status in {401, 403} else []
        yield from _findings(file, wrong, said, Severity.WARNING if seen.works else Severity.ERROR)
    if seen.site.client is not None and seen.site.client.values:
        file = client_file(seen)
        yield from _findings(file, client_values(seen, file), [], Severity.WARNING, subject=file.path)


def _findings(
    file: EnvFile, wrong: tuple[Wanted, ...], said: list[Evidence], severity: Severity, subject: str = ""
) -> Iterator[Finding]:
    if wrong:
        keys = ", ".join(want.key for want in wrong)
        yield FAULT.finding(
            f"{file.path} does not hold what the site asks for: {keys}",
            *(Evidence(_place(file, want.key), f"{want.key} {want.why}") for want in wrong),
            *said,
            severity=severity,
            subject=subject,
        )


def _file(seen: Seen) -> EnvFile:
    files = seen.inside.known("env", seen.inside.env)
    return seen.inside.known("env", files.get(seen.env.file))


def _place(file: EnvFile, key: str) -> str:
    line = file.last(key)
    return f"{file.path}:{line.number}" if line else file.path


def cure(seen: Seen, finding: Finding) -> Iterator[EnvChange | Action]:
    """Set the values; a backend is restarted, and a page waits for its next build."""
    if finding.subject:
        page = client_file(seen)
        yield set_values(page, client_values(seen, page), FAULT.code)
        return
    file = _file(seen)
    yield set_values(file, wanted_values(seen, file), FAULT.code)
    if seen.site.service is not None:
        yield from restart(seen, FAULT.code)
