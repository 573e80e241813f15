"""Takes one injection the whole way on a real host, and writes down what happened instead of stopping at it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from tests.lab.breaks import Break, fingerprint
from tests.lab.client import get
from tests.lab.commands import pyinfra, wsfix
from tests.lab.course import Course
from tests.lab.courses import course_of
from tests.lab.host import Host
from tests.lab.inventory import OVERRIDDEN, laid
from tests.lab.machine import LabError
from tests.lab.matrix.draw import Injection
from tests.lab.matrix.row import Health, Row, Step, Verdict, verdict

MOST_RUNS = 2
"""Runs in which two faults at once have to be gone."""


@dataclass(frozen=True)
class Named:
    """What a check said."""

    cause: str | None
    found: tuple[str, ...]
    """Everything above a note, in the order of the report."""
    notes: tuple[str, ...]
    """What is only noted."""
    every: tuple[str, ...]
    """Everything that the report names, what another brings about and notes among it."""
    healthy: bool

    @property
    def said(self) -> tuple[str, ...]:
        """What the report is about: the notes, where there is nothing else."""
        return self.found or self.notes


@dataclass
class _Way:
    """One injection under way."""

    host: Host
    injection: Injection
    courses: tuple[Course, ...]
    site: dict[str, Any] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    runs: int = 0
    """Repairs that changed something."""

    @property
    def expected(self) -> tuple[str, ...]:
        return tuple(course.fault for course in self.courses)

    @property
    def made(self) -> tuple[str, ...]:
        """Everything that the breaks made: each may be named."""
        return (*self.expected, *(name for course in self.courses for name in course.beside))

    @property
    def consent(self) -> dict[str, str]:
        words = [course.confirm for course in self.courses if course.confirm]
        return {"WSFIX_CONFIRM": ",".join(words)} if words else {}


def inject(host: Host, injection: Injection) -> Row:
    """Break a fresh host, and take it the whole way. Raises LabError where the breaks cannot be had together."""
    began = time.monotonic()
    courses = tuple(course_of(host, each) for each in injection.breaks)
    if len(courses) > 1 and any(course.advice or course.only_loaded for course in courses):
        raise LabError("one of them is for others to mend, or goes away with the other's reload: they are no pair")
    apply(host, injection.breaks)
    way = _Way(host, injection, courses)
    for course in courses:
        way.site = laid(way.site, dict(course.site))
    for each in injection.breaks:
        fingerprint(host, each)  # somebody meets it before wsfix is asked
    before = host.digests()
    try:
        repaired, proved = _through(way)
        undone, trouble = _undone(way, before), ""
    except (LabError, OSError, ValueError, AssertionError) as error:
        repaired, proved, undone = Step.NO, Step.NO, Step.NO
        trouble = " ".join(str(error).split())[:200]
    first = way.named[0] if way.named else Named(None, (), (), (), healthy=False)
    causes = tuple(dict.fromkeys(each.cause or (each.said or ("",))[0] for each in way.named))
    return Row(
        system=injection.system,
        release=injection.release,
        injected=tuple(each.name for each in injection.breaks),
        expected=way.expected,
        named=tuple(cause for cause in causes if cause),
        others=tuple(name for name in first.found if name not in way.made),
        verdict=_judged(way),
        repaired=repaired,
        proved=proved,
        undone=undone,
        seconds=time.monotonic() - began,
        trouble=trouble,
    )


def apply(host: Host, chosen: tuple[Break, ...]) -> None:
    """Make the breaks one after the other."""
    for each in chosen:
        try:
            each.apply(host)
        except LabError:
            raise
        except Exception as error:  # noqa: BLE001 - a break is made on what the other left, in whatever way it asks
            raise LabError(f"{each.name} cannot be made here: {error}") from None


def check(host: Host, site: dict[str, Any] | None = None) -> Named:
    """Ask wsfix what is wrong."""
    done = wsfix(
        *("check", "-i", "inventory/lab.py", "--limit", host.name, "--format", "json"),
        site=site or None,
        **{OVERRIDDEN: host.name},
    )
    said = json.loads(done.stdout)["sites"][0] if done.stdout.startswith("{") else None
    if said is None:
        raise LabError(done.stderr.strip() or "the check said nothing")
    loud = [each for each in said["findings"] if each["severity"] != "note"]
    notes = tuple(each["name"] for each in said["findings"] if each["severity"] == "note")
    cause = next((each["name"] for each in loud if each["code"] == said["cause"]), None)
    found = tuple(dict.fromkeys(each["name"] for each in loud if not each["because"]))
    return Named(cause, found, notes, tuple(each["name"] for each in said["findings"]), said["healthy"])


def look_at_healthy(host: Host) -> Health:
    """Look at a host that nobody broke."""
    said = check(host)
    return Health(host.system.name, host.variant.release, said.found, said.healthy)


def _through(way: _Way) -> tuple[Step, Step]:
    """Name, repair and prove; two faults at once have two runs."""
    if all(course.advice for course in way.courses):
        way.named.append(check(way.host, way.site))
        _repair(way)
        return Step.ADVICE, Step.NOTHING
    told = check(way.host, way.site)
    for _ in range(MOST_RUNS if len(way.courses) > 1 else 1):
        way.named.append(told)
        way.runs += _repair(way)
        told, works = check(way.host, way.site), _works(way)
        left = {course.fault for course in way.courses if not course.advice} & set(told.said)
        if works and not left:
            return Step.YES, Step.YES
    return (Step.YES if not left else Step.NO), Step.NO


def _repair(way: _Way) -> bool:
    """Run the repair; give whether it changed something."""
    done = pyinfra("deploys/websocket.py", "-y", host=way.host.name, site=way.site or None, **way.consent)
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip()][-3:]
        raise LabError(f"the repair failed: {' '.join(' '.join(last).split())}")
    return any(f"{way.host.name}: {word}" in done.stderr for word in ("fixed", "partial"))


def _works(way: _Way) -> bool:
    """Whether clients of our own get through, to this site and to its neighbour."""
    host = way.host
    try:
        words = [
            fingerprint(host, each).word == c.healthy for each, c in zip(way.injection.breaks, way.courses, strict=True)
        ]
        echoed = host.system.echo(host.card, "hello", way.injection.breaks[0].path) == "hello"
        return all(words) and echoed and get(host.card, name=host.card.shop, tls=host.system.tls).status == 200
    except (OSError, LabError, AssertionError, ValueError, EOFError, WebSocketException):
        return False


def _undone(way: _Way, before: dict[str, str]) -> Step:
    """Roll back every run, the last first."""
    for _ in range(way.runs):
        done = pyinfra("deploys/rollback.py", "-y", host=way.host.name, site=way.site or None)
        if done.returncode != 0:
            return Step.NO
    same = way.host.digests() == before
    if not way.runs:
        return Step.NOTHING if same else Step.NO
    return Step.YES if same else Step.NO


def _judged(way: _Way) -> Verdict:
    """Judge the first naming; of two faults, the other has to be named too, with it or after the first repair."""
    if not way.named:
        return Verdict.MISSED
    first = verdict(way.named[0].cause, way.named[0].said, way.made)
    if len(way.made) == 1 or first is not Verdict.FIRST:
        return first
    said = {name for each in way.named for name in each.every}
    return first if set(way.expected) <= said else Verdict.AMONG
