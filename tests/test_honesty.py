"""What was not seen is never said to be fine: every recorded observation, with parts of it struck out by a seeded draw."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.observing import HERE, observation
from wsfix.errors import CannotEdit, NotObserved, UnreadableConfig
from wsfix.faults.catalogue import catalogue
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.judge import judge
from wsfix.model.finding import Diagnosis, Severity
from wsfix.model.inside import Inside, ProxyState
from wsfix.model.observation import Observation
from wsfix.model.points import Place, State
from wsfix.model.walk import Handshake, Walk
from wsfix.plan import plan
from wsfix.report.colour import Paint
from wsfix.report.document import render, site_document
from wsfix.report.points import points_lines
from wsfix.report.text import diagnosis_lines

CASES = sorted(path.parent for path in HERE.glob("*/*/case.json"))
DRAWS = 5
SEED = 20261121
KEPT = {
    "site",
    "place",
    "target",
    "host",
    "clock",
    "salt",
    "url",
    "missing",
    "wanted",
    "links",
    "linked",
    "kind",
    "master",
    "newest_worker",
}
"""What is no observation but a name, the question itself, or why something is missing; links are struck out with the files, the
proxy's processes with all of them.
"""
INNER = (Inside, Walk, Handshake, ProxyState)
"""What is struck out in parts."""


def struck(value: Any, paths: set[tuple[str, ...]], at: tuple[str, ...] = ()) -> Any:
    """Return the value with the parts at these paths set to what they are where they were not seen."""
    changes = {}
    for field in dataclasses.fields(value):
        here = (*at, field.name)
        held = getattr(value, field.name)
        if here in paths:
            changes[field.name] = unseen(field, held)
        elif isinstance(held, INNER):
            changes[field.name] = struck(held, paths, here)
    if isinstance(value, Inside):
        changes |= _of_one_listing(value, changes)
    return dataclasses.replace(value, **changes)


def _of_one_listing(inside: Inside, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what goes with it, as in a look: files and links are one listing, and no proxy is found without processes."""
    listing = {"files": None, "links": {}, "linked": {}} if "files" in changes else {}
    processes = "processes" in changes and inside.proxy is not None and "proxy" not in changes
    if processes:
        changes["proxy"] = dataclasses.replace(inside.proxy, master=None, newest_worker=None)  # type: ignore[type-var]
    gone = {name: "struck out" for name in (*changes, *listing) if not isinstance(changes.get(name), INNER)}
    return {**listing, "missing": {**inside.missing, **gone}}


def unseen(field: dataclasses.Field[Any], held: Any) -> Any:
    """Return what a part holds that was not seen: its default where it has one, else nothing of its kind."""
    if "None" in str(field.type):
        return None
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return type(held)()


def parts(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every part that may be struck out, of the observation, the look, the walks and their handshakes."""
    for field in dataclasses.fields(value):
        if field.name in KEPT:
            continue
        here, held = (*at, field.name), getattr(value, field.name)
        if held is None or held == unseen(field, held):
            continue
        yield here
        if isinstance(held, INNER):
            yield from parts(held, here)


def draws(name: str, seen: Observation) -> Iterator[tuple[set[tuple[str, ...]], Observation]]:
    """Yield some single parts struck out, then several at once."""
    every, chance = sorted(parts(seen)), random.Random(f"{SEED} {name}")
    for path in chance.sample(every, k=min(DRAWS, len(every))):
        yield {path}, struck(seen, {path})
    for _ in range(DRAWS):
        paths = set(chance.sample(every, k=chance.randint(2, max(2, len(every) // 2))))
        yield paths, struck(seen, paths)


def _name(case: Any) -> str:
    return f"{case.parent.name}/{case.name}"


def asked(seen: Observation) -> Iterator[str]:
    """Ask every rule by itself, and yield those that raise what no rule may raise."""
    given = Seen(seen)
    for entry in catalogue():
        if entry.detect is None or not entry.concerns(seen.site.proxy.kind):
            continue
        try:
            tuple(entry.detect(given))
        except (NotApplicable, NotObserved, UnreadableConfig, CannotEdit):
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, no rule may raise it
            yield f"{entry.fault.name}: {type(error).__name__}: {error}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_no_rule_raises_and_nothing_unseen_is_fine(case):
    seen = observation(case)
    whole = judge(seen)
    for paths, less in draws(_name(case), seen):
        where = f"without {sorted('.'.join(path) for path in paths)}"
        assert list(asked(less)) == [], where
        diagnosis = judge(less)
        assert list(claims(less, diagnosis)) == [], where
        assert list(inventions(whole, diagnosis, seen, less)) == [], where
        assert plan("web1", [(less, diagnosis)]) is not None
        told = "\n".join([*diagnosis_lines(less, diagnosis, Paint()), *points_lines(diagnosis, Paint())])
        assert ("✓ the handshake succeeds" in told) is diagnosis.healthy, where
        render([site_document(less, diagnosis)])


def claims(seen: Observation, diagnosis: Diagnosis) -> Iterator[str]:
    """Yield each claim that all is well which nothing that was seen bears out."""
    if diagnosis.healthy and (seen.outside is None or not seen.outside.sound):
        yield "healthy without a sound walk from outside"
    if diagnosis.lasts and not seen.silences and seen.delivery is None:
        yield "lasting without having been asked"
    fine = {point.place for point in diagnosis.points if point.state is State.FINE}
    needs = {
        Place.PROXY: seen.outside is not None or seen.proxy is not None,
        Place.BACKEND: any(walk is not None for walk in (seen.outside, seen.proxy, seen.backend)),
        Place.CERTIFICATE: seen.outside is not None,
        Place.FIREWALL: seen.inside is not None and seen.inside.firewall is not None and seen.outside is not None,
        Place.BACKEND_ENV: seen.inside is not None and seen.inside.env is not None,
        Place.CLIENT_ENV: seen.inside is not None and seen.inside.env is not None,
        Place.DEV_PROXY: seen.inside is not None and seen.inside.sources is not None,
        Place.BROWSER_URL: seen.inside is not None and seen.inside.sources is not None,
    }
    yield from (f"{place.word} is fine, and was not seen" for place in fine if not needs[place])


def inventions(whole: Diagnosis, less: Diagnosis, seen: Observation, struck_out: Observation) -> Iterator[str]:
    """Yield each error that appears since something was struck out: what is not known is evidence of nothing.

    A fault may take the place of the one that explained it, and a warning may become an error where the proof that the
    socket works is gone; an error of a fault that was silent before is an invention.
    """
    before = {finding.name for finding in whole.findings}
    works = struck_out.outside == seen.outside
    for finding in less.findings:
        if finding.severity is Severity.ERROR and finding.name not in before and works:
            yield f"{finding.name}: {finding.message}"
