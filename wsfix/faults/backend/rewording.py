"""Another command for the backend's unit, as a drop-in beside it: the unit itself stays as its people wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wsfix.drivers.commands import for_a_unit, plain_words
from wsfix.faults.backend.restarting import restart
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Safety
from wsfix.model.inside import drop_in_of
from wsfix.templates import render

Words = tuple[str, ...]
Rewording = Callable[[Words], Words | None]


def reworded(seen: Seen, change: Rewording) -> Words | None:
    """Return the command of the site's unit after a change; None where there is no unit, or its words are not certain."""
    service = seen.site.service
    if service is None or service.manager != "systemd" or seen.inside.services is None:
        return None
    unit = seen.inside.services.get(service.unit)
    words = plain_words(unit.command) if unit is not None and unit.load == "loaded" else None
    if words is None:
        return None
    after = change(words)
    return None if after is None or after == words else after


def safety(words: Words | None) -> Safety:
    """Return whether wsfix can word the command: with consent it then does, since the backend is restarted."""
    return Safety.ADVICE if words is None else Safety.CONFIRM


def run_instead(seen: Seen, words: Words, code: str) -> Iterator[Edit | Action]:
    """Give the unit another command and restart it; the undo takes the drop-in away (systemd.unit(5), drop-ins)."""
    path = drop_in_of(seen.service.unit)
    held = seen.file(path)
    yield Edit(
        path=path,
        before=held.content if held else None,
        after=render("systemd/command.conf.j2", command=for_a_unit(words)).encode(),
        faults=(code,),
        sha256=held.sha256 if held else None,
    )
    yield Action(
        do="systemctl daemon-reload",
        undo="systemctl daemon-reload",
        title="make systemd read its units again",
        cost="keeps open sockets",
        faults=(code,),
        rank=10,
    )
    yield from restart(seen, code)
