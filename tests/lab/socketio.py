"""The clients of Socket.IO that apps use: the library itself, under Node, in its present form and in that of version 2."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tests.lab import image, machine
from tests.lab.client import Knock
from tests.lab.disk import FILES

if TYPE_CHECKING:
    from tests.lab.state import HostCard

IN_IMAGE = """
set -eu
mount --bind "$2" "$1/etc/hosts"
exec chroot "$1" /bin/sh -c 'cd /usr/local/lib && exec node -e "$1" "" "$2"' sh "$3" "$4"
"""
"""Node and the library are those of the lab's image, run on this machine; no DNS knows the site's name."""

BOTH = ("polling", "websocket")
SECONDS = 5


def connect(
    card: HostCard,
    path: str = "/ws/",
    *,
    version: Literal[3, 4] = 4,
    transports: Sequence[str] = BOTH,
    token: str | None = None,
) -> Knock:
    """Connect and send one text; the word is the transport that is used in the end, or refused, cut, timeout."""
    asked = {
        "version": version,
        "url": f"http://{card.site}",
        "path": path.rstrip("/"),
        "transports": list(transports),
        "token": card.secret("access_token") if token is None else token,
        "seconds": SECONDS,
    }
    began = time.monotonic()
    script = FILES.joinpath("socketio.js").read_text(encoding="utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write(f"{card.address4}\t{card.site}\n")
        hosts.flush()
        words = ("unshare", "--mount", "/bin/sh", "-c", IN_IMAGE, "sh", image.ensure(13), hosts.name)
        done = machine.run(*words, script, json.dumps(asked))
    said = json.loads(done.stdout.splitlines()[-1])
    return Knock(said.pop("word"), json.dumps(said), time.monotonic() - began)
