"""The whole way of one break on a real host: named, shown, repaired, proved by a client of its own, left alone, put back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab import systems
from tests.lab.breaks import fingerprint
from tests.lab.client import get
from tests.lab.commands import pyinfra, wsfix

if TYPE_CHECKING:
    from tests.lab.breaks import Break
    from tests.lab.host import Host

GOLDEN = Path(__file__).parent / "golden"
CAUSE = re.compile(r"✗ cause: (?:.*\n)+?\s*WS\d+ (\S+)")
PUBLIC = {"chat": "chat.example.com"}
"""System → the name that stands for its own in golden texts."""


@dataclass(frozen=True)
class Course:
    """What is expected of a break, beside that it is named, repaired and put back."""

    fault: str
    """As wsfix names it."""
    advice: bool = False
    """Nothing is changed: others have to mend it."""
    drift: bool = False
    """A client does not feel it at once: it is found while the handshake succeeds."""
    beside: tuple[str, ...] = ()
    """What the break makes beside it, which may be named first."""
    only_loaded: bool = False
    """Repaired by loading what lies on the disk already: there is nothing to put back."""
    site: Mapping[str, Any] = field(default_factory=dict)
    """What the operator asks of the site differently."""
    confirm: str = ""
    """The consent that its cure needs."""
    says: tuple[str, ...] = ()
    """What the dry run tells besides, whichever way its lines are broken."""
    healthy: str = "101"
    """The word of the very knock that showed the break, after the repair."""
    proved: Callable[[Host], None] = lambda _host: None
    """What more must be so after the repair."""


def run(host: Host, chosen: Break, course: Course, *, golden: str, compare: bool = True) -> None:
    """Take a broken host the whole way; `golden` names the file that the dry run's plan is compared with."""
    seen = fingerprint(host, chosen)
    assert seen.word == chosen.shows, seen
    assert chosen.body in seen.body, seen
    before = host.digests()
    shown = _named(host, chosen, course)
    assert host.digests() == before, "the dry run wrote something"
    _compare(shown, golden, compare=compare)
    if not _repaired(host, course):
        assert host.digests() == before, "advice changes nothing"
        return
    _proved(host, chosen, course)
    _left_alone(host, course)
    back = _deploy("rollback", "-y", host=host, course=course)
    assert back.returncode == 0, back.stderr
    assert host.digests() == before
    if not course.only_loaded:
        assert fingerprint(host, chosen).word == chosen.shows, "what runs is what it was, too"


def finds_nothing(host: Host, word: str = "101") -> str:
    """Look at a host that nobody broke: no finding, nothing to change, nothing written, and it works as before.

    Gives the report, its lines joined.
    """
    before = host.digests()
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert " ! " not in done.stdout
    assert "unknown" not in done.stdout
    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "nothing to change" in dry.stderr, dry.stderr
    assert host.digests() == before
    assert host.system.knock(host.card).word == word
    return " ".join(done.stdout.split())


def _deploy(name: str, *words: str, host: Host, course: Course) -> Any:
    confirm = {"WSFIX_CONFIRM": course.confirm} if course.confirm else {}
    return pyinfra(f"deploys/{name}.py", *words, host=host.name, site=dict(course.site) or None, **confirm)


def _named(host: Host, chosen: Break, course: Course) -> str:
    dry = _deploy("websocket", "--dry", host=host, course=course)
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout == ""
    if course.drift:
        assert course.fault in dry.stderr, dry.stderr
    else:
        named = CAUSE.search(dry.stderr)
        assert named, f"{chosen.name}: {dry.stderr}"
        assert named[1] == course.fault, dry.stderr
    told = " ".join(dry.stderr.split())
    assert [said for said in course.says if said not in told] == [], dry.stderr
    return plain(dry.stderr, host)


def plain(text: str, host: Host) -> str:
    """The diff and the actions of a dry run, without what differs from run to run."""
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    begin = next((i for i, line in enumerate(lines) if line.startswith("  plan for ")), None)
    if begin is None:
        return ""
    end = next(i for i, line in enumerate(lines) if i > begin and "Ready: " in line)
    kept = "\n".join(line.rstrip() for line in lines[begin + 1 : end]).strip("\n") + "\n"
    public = PUBLIC.get(host.system.name, "site.example.com")
    kept = kept.replace(host.card.site, public).replace(host.card.shop, "shop.example.com").replace(host.name, "HOST")
    return re.sub(r"\b\d+ open connections?\b", "N open connections", kept).replace(
        "nothing is connected", "drops N open connections"
    )


def _compare(shown: str, golden: str, *, compare: bool) -> None:
    path = GOLDEN / f"{golden}.txt"
    if os.environ.get("WSFIX_ACCEPT") and (compare or not path.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    if compare or not path.exists():
        assert shown == path.read_text(encoding="utf-8")


def _repaired(host: Host, course: Course) -> bool:
    repair = _deploy("websocket", "-y", host=host, course=course)
    assert repair.returncode == 0, repair.stderr
    if course.advice:
        return False
    assert f"{host.name}: fixed" in repair.stderr, repair.stderr
    return True


def _proved(host: Host, chosen: Break, course: Course) -> None:
    system = systems.of(host.card)
    assert fingerprint(host, chosen).word == course.healthy
    assert system.echo(host.card, "hello", chosen.path) == "hello"
    assert get(host.card, name=host.card.shop, tls=system.tls).status == 200, "the other site still serves"
    course.proved(host)


def _left_alone(host: Host, course: Course) -> None:
    after = host.digests()
    again = _deploy("websocket", "-y", host=host, course=course)
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr, again.stderr
    assert host.digests() == after
