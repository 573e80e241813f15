"""The story of a broken chat behind nginx: seen, shown, repaired, proved, and put back byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.breaks import break_host
from tests.lab.client import echo, knock
from tests.lab.demo.telling import chapter, check, run, say
from tests.lab.furnish import Variant

if TYPE_CHECKING:
    from tests.lab.laboratory import Lab

STORY = "seed-001"


def tell(lab: Lab) -> None:
    """Walk through the story on one host."""
    host = lab.start("web1", Variant(release=12))
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
