"""Tells the story of the chat, or that of a case: python -m tests.lab.demo [000 … 004]."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.lab import image, machine
from tests.lab.demo import chat, cofau, hotel, karbar, parkmate, story, valet
from tests.lab.demo.telling import bold
from tests.lab.laboratory import Lab
from tests.lab.machine import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

CHAT: Final = "chat"
STORIES: Final[dict[str, Callable[[Lab], None]]] = {
    CHAT: chat.tell,
    "000": partial(story.tell, karbar.STORY),
    "001": partial(story.tell, cofau.STORY),
    "002": partial(story.tell, valet.STORY),
    "003": partial(story.tell, hotel.STORY),
    "004": partial(story.tell, parkmate.STORY),
}

BOTH: Final = ((12, False), (12, True))
IMAGES: Final[dict[str, tuple[tuple[image.Release, bool], ...]]] = {
    "000": BOTH,
    "002": ((12, False), (13, False)),
    "003": BOTH,
    "004": BOTH,
}
"""Case → the releases it needs, and whether blank; the Socket.IO client is that of Debian 13's image."""


def main(case: str) -> int:
    """Tell a story; any step that fails ends it with exit status 1."""
    tell = STORIES.get(case)
    if tell is None:
        print(f"there is no case {case}; there are {', '.join(STORIES)}", file=sys.stderr)
        return 2
    reason = machine.reason_unavailable()
    if reason:
        print(f"make demo needs a lab host, but: {reason}", file=sys.stderr)
        print(
            "What works without one: make unit, and `wsfix check wss://HOST/PATH` against any server.", file=sys.stderr
        )
        return 1
    try:
        seconds = _told(case, tell)
    except (LabError, OSError, AssertionError) as failure:
        print(f"\nthe demo failed: {failure}", file=sys.stderr)
        return 1
    print(f"\n{bold('done')} in {seconds:.0f} s; the host is gone, nothing is left on this machine")
    return 0


def _told(case: str, tell: Callable[[Lab], None]) -> float:
    machine.prepare()
    for release, blank in IMAGES.get(case, ((12, False),)):
        image.ensure(release, blank=blank)
    began = time.monotonic()
    lab = Lab.create()
    os.environ["WSFIX_LAB_RUN"] = lab.name
    try:
        tell(lab)
    finally:
        lab.close()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else CHAT))
