"""The whole files that provisioning makes: each says in its first line that it was, and what it held then.

So three things can be told apart later: a file as it was made, which may be made anew; one that somebody edited since,
which is left alone; and one that somebody else wrote, which is never touched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import Enum

from wsfix.facts.ground import MARK
from wsfix.model.change import Edit
from wsfix.model.ground import Ground
from wsfix.templates import render

FAULTS = ("provision",)
"""What a transaction's journal says that these changes are for."""
_SIGNED = re.compile(rf"^\S+ {MARK}, (?P<digest>[0-9a-f]{{16}});[^\n]*\n(?P<body>.*)\Z", re.DOTALL)


class Standing(Enum):
    """What a file on the host is to wsfix."""

    ABSENT = "absent"
    MADE = "made"
    EDITED = "edited"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that is to stand on the host."""

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"


def own_file(path: str, template: str, /, *, comment: str = "#", **values: object) -> OwnFile:
    """Render a template and sign it."""
    body = render(template, **values)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    first = f"{comment} {MARK}, {digest}; once you edit it, it is yours and is left alone\n"
    return OwnFile(path, (first + body).encode())


def standing(ground: Ground, path: str) -> Standing:
    """Tell what stands under a path."""
    held = ground.files.get(path)
    if held is None:
        return Standing.ABSENT
    found = _SIGNED.match((held.content or b"").decode("utf-8", "replace"))
    if found is None:
        return Standing.FOREIGN if held.content is None else Standing.EDITED
    same = hashlib.sha256(found["body"].encode()).hexdigest()[:16] == found["digest"]
    return Standing.MADE if same else Standing.EDITED


def edit_of(ground: Ground, wanted: OwnFile) -> Edit | None:
    """Return the change that makes the file, or makes it anew; None where it stands so, or is not to be touched."""
    state = standing(ground, wanted.path)
    held = ground.files.get(wanted.path)
    if state in {Standing.FOREIGN, Standing.EDITED} or (held is not None and held.content == wanted.content):
        return None
    return Edit(
        path=wanted.path,
        before=held.content if held else None,
        after=wanted.content,
        faults=FAULTS,
        sha256=held.sha256 if held else None,
        mode=wanted.mode,
        owner=wanted.owner,
        group=wanted.group,
    )
