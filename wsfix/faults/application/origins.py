"""What was seen of the application's opinion on origins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from wsfix.faults.backend.restarting import restart
from wsfix.faults.envfile import Wanted, set_values
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence
from wsfix.model.inside import EnvFile
from wsfix.model.walk import DOUBTED_STATUS, Handshake, Walk

ACTION_CABLE = b"Page not found"
"""The whole of Action Cable's answer to a handshake that it does not take (ActionCable::Connection::Base)."""


def _may_be_the_origin(walk: Walk) -> bool:
    """Whether a refusal may be about the origin: by its status, or since Action Cable words it so."""
    reply = walk.handshake.reply if walk.handshake else None
    return walk.status in DOUBTED_STATUS or (reply is not None and reply.body.startswith(ACTION_CABLE))


def let_in(seen: Seen) -> tuple[Walk, Handshake] | None:
    """Return the walk on which the page's origin was refused and another, or none, was let in."""
    for walk in (seen.observation.backend, seen.observation.proxy, seen.observation.outside):
        if walk is None or walk.sound or not _may_be_the_origin(walk):
            continue
        for other in walk.other_origins:
            if other.accepted:
                return walk, other
    return None


def compared(walk: Walk, other: Handshake) -> tuple[Evidence, Evidence]:
    """Return both handshakes as evidence."""
    asked = walk.handshake.origin if walk.handshake else None
    return (
        Evidence(walk.place.value, f"Origin {asked or '(none)'}: {walk.status}"),
        Evidence(walk.place.value, f"Origin {other.origin or '(none)'}: 101"),
    )


def host_allowed(origin: str, allowed: tuple[str, ...]) -> bool:
    """Whether ALLOWED_HOSTS lets an origin in: a name, `.example.com` with what is below it, or `*` (Django, ALLOWED_HOSTS)."""
    host = urlsplit(origin).hostname or ""
    for word in (word.lower() for word in allowed):
        if word in {"*", host} or (word.startswith(".") and (host == word[1:] or host.endswith(word))):
            return True
        if "://" in word and urlsplit(word).hostname == host:
            return True
    return False


def variable_to_grow(seen: Seen, variable: str, words: Iterable[str]) -> tuple[EnvFile, Wanted] | None:
    """Return the line of the site's env file that lists what is let in, grown by what lacks; None where it cannot be read.

    What the inventory sets itself is not guessed here: that is env-value-wrong.
    """
    env = seen.site.env
    if not variable or env is None or variable in env.values or variable == env.origins_key or seen.inside.env is None:
        return None
    file = seen.inside.env.get(env.file)
    line = file.last(variable) if file is not None else None
    if file is None or line is None or line.value is None or any(sign in line.value for sign in "*[{$"):
        return None
    sign = "," if "," in line.value or " " not in line.value.strip() else " "
    present = [part.strip() for part in line.value.split(sign) if part.strip()]
    missing = [word for word in words if word not in present]
    if not missing:
        return None
    return file, Wanted(variable, sign.join([*present, *missing]), hidden=False, why=f"lacks {', '.join(missing)}")


def grow(seen: Seen, found: tuple[EnvFile, Wanted] | None, code: str) -> Iterator[EnvChange | Action]:
    """Set that line and restart the backend; other lines and their values stay on the host."""
    if found is None:
        return
    file, wanted = found
    yield set_values(file, (wanted,), code)
    if seen.site.service is not None:
        yield from restart(seen, code)
