"""Channels refuses the page's origin: its host is not in ALLOWED_HOSTS.

Seen as: 403 `Access denied` for browsers, and for tools that send no Origin as well.
Told apart: the validator stands in asgi.py, and the list in the settings, written out or read from a variable of the env
file, lacks the page's host; or the same handshake with another origin is let in. Without either, the consumer itself may have closed the socket.
Changed: with consent, where the settings read the list from a variable of the env file that the inventory names: the page's
host is added to that line, and the unit is restarted. Else the settings are the application's, and the name to add is shown,
never `*`.
Source: Channels, "WebSocket Security"; Django, ALLOWED_HOSTS.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from wsfix.drivers.frameworks import Meaning
from wsfix.faults.application.origins import compared, grow, host_allowed, let_in, variable_to_grow
from wsfix.faults.application.sources import found, line_of, programs
from wsfix.faults.backend.serving import framework, refusal, serving, told
from wsfix.faults.envfile import Wanted
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile, EnvLine

FAULT = Fault(
    "WS605",
    "origin-not-allowed-channels",
    Hop.APPLICATION,
    Safety.CONFIRM,
    explained_by=("env-value-wrong", "env-not-loaded", "pm2-env-cached"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the origin decides, and the application is one of Channels."""
    if seen.works or not _is_channels(seen):
        return
    other, listed = let_in(seen), _not_listed(seen)
    refused = refusal(seen) if other is None else None
    if other is None and (listed is None or refused is None or told(seen) not in _REFUSED):
        return
    evidence = [*compared(*other)] if other else [answer(refused[0])] if refused else []
    evidence += listed or []
    origins = seen.site.page_origins
    where = f"at {listed[-1].source}" if listed else "in the settings, or in the variable that they read it from"
    hosts = ", ".join(f'"{origin.partition("://")[2].partition(":")[0]}"' for origin in origins)
    yield FAULT.finding(
        f"Channels refuses the page's origin {origins[0]}",
        *evidence,
        severity=seen.severity,
        safety=Safety.CONFIRM if _grown(seen) else Safety.ADVICE,
        advice=f"Add {hosts} to ALLOWED_HOSTS {where}, and restart the backend.",
    )


_REFUSED = frozenset({Meaning.REFUSED, Meaning.NO_ROUTE_OR_REFUSED})


def _is_channels(seen: Seen) -> bool:
    if framework(seen) == "channels":
        return True
    there = serving(seen)
    return there is not None and there.running.server.name == "daphne"


def _not_listed(seen: Seen) -> list[Evidence] | None:
    """Return the lines of the validator and of the list, where both are known and lack the page's host."""
    validator = found(seen, lambda program: program.validator)
    hosts = next(((s, p) for s, p in programs(seen) if p.allowed_hosts is not None), None)
    if validator is None or hosts is None or hosts[1].allowed_hosts is None:
        return None
    source, words = hosts[0], hosts[1].allowed_hosts
    evidence = [line_of(validator[0], validator[1].line), line_of(source, words.line)]
    items = words.items if not words.open else ()
    if words.open and hosts[1].hosts_variable:
        line = _variable(seen, hosts[1].hosts_variable)
        items = tuple(part.strip() for part in (line.value or "").split(",")) if line else ()
        evidence += [Evidence(f"{seen.env.file}:{line.number}", f"{line.key}={line.value}")] if line else []
    if not any(items) or all(host_allowed(origin, items) for origin in seen.site.page_origins):
        return None
    return evidence


def _variable(seen: Seen, name: str) -> EnvLine | None:
    """Return the line of the env file that sets a variable, where its value may be read."""
    if seen.site.env is None:
        return None
    files = seen.inside.known("env", seen.inside.env)
    line = seen.inside.known("env", files.get(seen.env.file)).last(name)
    return line if line is not None and line.value is not None else None


def _grown(seen: Seen) -> tuple[EnvFile, Wanted] | None:
    """Return the variable of ALLOWED_HOSTS with the hosts of the pages that it lacks."""
    variable = next((p.hosts_variable for _, p in programs(seen) if p.hosts_variable), "")
    origins = seen.site.page_origins
    present = tuple((_variable(seen, variable) or _NONE).value.split(",")) if variable else ()  # type: ignore[union-attr]
    hosts = [urlsplit(o).hostname or "" for o in origins if not host_allowed(o, tuple(p.strip() for p in present))]
    return variable_to_grow(seen, variable, hosts)


_NONE = EnvLine(0, None, None, "")


def cure(seen: Seen, _finding: Finding) -> Iterator[EnvChange | Action]:
    """Add the hosts of the pages to the variable."""
    yield from grow(seen, _grown(seen), FAULT.code)
