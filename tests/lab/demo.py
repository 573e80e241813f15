"""The story of a broken chat, told on a real host: seen, shown, repaired, proved, and put back byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

from tests.lab import image, machine
from tests.lab.breaks import break_host
from tests.lab.client import echo, knock
from tests.lab.commands import BIN, ROOT
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.lab.machine import LabError

STORY = "seed-001"


def main() -> int:
    """Tell the story; any step that fails ends it with exit status 1."""
    reason = machine.reason_unavailable()
    if reason:
        print(f"make demo needs a lab host, but: {reason}", file=sys.stderr)
        print(
            "What works without one: make unit, and `wsfix check wss://HOST/PATH` against any server.", file=sys.stderr
        )
        return 1
    machine.prepare()
    image.ensure(12)
    began = time.monotonic()
    lab = Lab.create()
    os.environ["WSFIX_LAB_RUN"] = lab.name
    try:
        tell(lab.start("web1", Variant(release=12)))
    except (LabError, AssertionError) as failure:
        print(f"\nthe demo failed: {failure}", file=sys.stderr)
        return 1
    finally:
        lab.close()
    print(f"\n{bold('done')} in {time.monotonic() - began:.0f} s; the host is gone, nothing is left on this machine")
    return 0


def tell(host: Host) -> None:
    """Walk through the story on one host."""
    chapter(
        "A chat on a real Debian 12: nginx with TLS in front of FastAPI, systemd, ufw. Its nginx site was written by hand,"
    )
    say("and the location for the socket is missing: the chat hangs.")
    break_host(host, STORY)
    before = host.digests()
    say(f"  a client that is not ours gets: {knock(host.card).word} {knock(host.card).body.strip()}")

    chapter("What is wrong, and what would be changed? Nothing is written yet.")
    run("pyinfra", "inventory/lab.py", "deploys/websocket.py", "--dry")
    check("the dry run wrote nothing", lambda: host.digests() == before)

    chapter("Make the change: one transaction, proved by a real handshake, or put back.")
    run("pyinfra", "inventory/lab.py", "deploys/websocket.py", "-y")
    check("a client that is not ours gets its echo through TLS", lambda: echo(host.card, "hello") == "hello")

    chapter("Once more: nothing is left to do.")
    after = host.digests()
    run("pyinfra", "inventory/lab.py", "deploys/websocket.py", "-y")
    check("the second run changed nothing", lambda: host.digests() == after)

    chapter("And back again.")
    run("pyinfra", "inventory/lab.py", "deploys/rollback.py", "-y")
    check("every file under /etc is byte for byte the old one", lambda: host.digests() == before)
    check("the chat is as broken as it was", lambda: knock(host.card).word == "404")


def chapter(text: str) -> None:
    """Print the heading of a step."""
    print(f"\n{bold(text)}", flush=True)


def say(text: str) -> None:
    """Print a line of the story."""
    print(text, flush=True)


def bold(text: str) -> str:
    """Return the text in bold where a person reads it."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def run(*words: str) -> None:
    """Run a command as the operator types it and let its output through."""
    print(f"\n$ {' '.join(words)}", flush=True)
    done = subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssertionError(f"`{' '.join(words)}` ended with {done.returncode}")


def check(what: str, holds: Callable[[], bool]) -> None:
    """Say that something holds, or fail."""
    if not holds():
        raise AssertionError(f"not so: {what}")
    print(f"  ✓ {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
