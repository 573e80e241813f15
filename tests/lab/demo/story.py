"""One true story: a blank host becomes the site; then it is broken, first as the write-up claims, then as it more probably was."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from tests.lab import provisioning, systems
from tests.lab.breaks import fingerprint
from tests.lab.browser import Page, browsing
from tests.lab.course import CAUSE
from tests.lab.demo.telling import chapter, check, read, say
from tests.lab.furnish import Variant

if TYPE_CHECKING:
    from tests.lab.breaks import Break
    from tests.lab.host import Host
    from tests.lab.image import Release
    from tests.lab.laboratory import Lab
    from tests.lab.state import HostCard

Visit = Callable[["Page", "HostCard"], str]
WEBSOCKET = ("pyinfra", "inventory/lab.py", "deploys/websocket.py")
ROLLBACK = ("pyinfra", "inventory/lab.py", "deploys/rollback.py")
ROOTS = ("/etc", "/var/www")
NAME = "web1"
OPEN = "open hello"
"""What a page of the lab tells when its socket gave the echo back."""


def untold(_: Host) -> None:
    """Nothing more is to be shown."""


@dataclass(frozen=True)
class Act:
    """One way in which the site was broken."""

    title: str
    chosen: Break
    cause: str
    """As wsfix names it."""
    true: str
    """What the host showed of the write-up's claim."""
    healthy: str = "101"
    """The word of the knock that showed the break, as soon as all is well."""
    mend: Callable[[Host], None] | None = None
    """What a person does who follows the advice; without it, wsfix makes the change."""
    drift: bool = False
    """The handshake succeeds: it is found all the same."""
    besides: Callable[[Host], None] = untold
    """What else is to be shown while it is broken."""
    visit: Visit | None = None
    """How a browser's page fares."""


@dataclass(frozen=True)
class Story:
    """A site, what was written about it, and what happens to it."""

    system: systems.Name
    about: tuple[str, ...]
    acts: tuple[Act, ...]
    release: Release = 12
    kept: tuple[str, ...] = ()
    """Files outside the folders compared that must come back, too."""
    provisioned: bool = True
    """Whether it is made on a blank host first; what PM2 needs takes minutes to fetch."""
    besides: Callable[[Host], None] = untold
    """What is to be shown on the healthy site."""


def tell(story: Story, lab: Lab) -> None:
    """Tell a story from a blank host to the last rollback."""
    chapter(story.about[0])
    for line in story.about[1:]:
        say(line)
    if story.provisioned:
        _provision(story, _fresh(lab, Variant(release=story.release, system=None, outward=True)))
    else:
        say(
            "The host comes from the lab's image: to fetch Node and PM2 takes minutes; tests/lab/test_provision.py does."
        )
    for act in story.acts:
        host = _fresh(lab, Variant(release=story.release, system=story.system))
        chapter(act.title)
        say("  (the same site on a fresh host, whose files were written by hand, as people do)")
        _play(story, act, host)


def _fresh(lab: Lab, variant: Variant) -> Host:
    host = lab.hosts.get(NAME)
    if host is None:
        return lab.start(NAME, variant)
    host.reset(variant)
    return host


def _provision(story: Story, host: Host) -> None:
    """Make the site on a blank host, ask it as its clients do, and see that a second run changes nothing."""
    chapter(f"A blank Debian {story.release}: sshd and nothing else. One command makes the site, and proves it.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wsfix-demo-") as folder:
        written = provisioning.write(host, [provisioning.wish(host, story.system, Path(folder))])
        deploy = ("pyinfra", str(written), "deploys/provision.py", "-y")
        read(*deploy)
        say(f"  from blank to proved in {time.monotonic() - began:.0f} s")
        system, card = systems.SYSTEMS[story.system], provisioning.card_of(host, story.system)
        check("a client that is not ours gets its echo", lambda: system.echo(card) == "hello")
        made = host.digests()
        check("the second run has nothing to do", lambda: "No changes" in read(*deploy))
        check("and every file under /etc is as it was", lambda: host.digests() == made)


def _play(story: Story, act: Act, host: Host) -> None:
    story.besides(host)
    with ExitStack() as stack:
        page = _page(act, host, stack)
        act.chosen.apply(host)
        before = _state(story, host)
        _felt(act, host, page)
        act.besides(host)
        _named(act, host)
        check("the dry run wrote nothing", lambda: _state(story, host) == before)
        say(f"  {act.true}")
        if act.mend:
            _mended(act, act.mend, host)
        else:
            _repaired(host)
        _proved(act, host, page)
        _left_alone(story, act, host)
        if act.mend is None:
            _put_back(story, act, host, before)


def _page(act: Act, host: Host, stack: ExitStack) -> Page | None:
    if act.visit is None:
        return None
    if which("chromium") is None:
        say("  (Chromium is not on this machine: the scripted client stands for the browser)")
        return None
    page = stack.enter_context(browsing(host.card))
    check("in a browser, the page of the healthy site opens its socket", lambda: _visited(act, page, host) == OPEN)
    return page


def _visited(act: Act, page: Page, host: Host) -> str:
    return act.visit(page, host.card) if act.visit else ""


def _felt(act: Act, host: Host, page: Page | None) -> None:
    seen = fingerprint(host, act.chosen)
    say(f"  a client that is not ours gets: {seen.word} {' '.join(seen.body.split())[:90]} ({seen.seconds:.2f} s)")
    check(f"that is the fingerprint of this fault: {act.chosen.shows}", lambda: seen.word == act.chosen.shows)
    if page:
        told = _visited(act, page, host)
        say(f"  the page in a browser tells: {told}")
        check("no more than that the socket did not open", lambda: told.startswith("closed"))


def _named(act: Act, host: Host) -> None:
    chapter("What is wrong, and what would be changed? Nothing is written yet.")
    said = read(*WEBSOCKET, "--dry")
    named = CAUSE.search(said)
    if act.drift:
        check(f"found, though the handshake succeeds: {act.cause}", lambda: act.cause in said)
    else:
        check(f"the cause has a name: {act.cause}", lambda: named is not None and named[1] == act.cause)


def _repaired(host: Host) -> None:
    chapter("Make the change: one transaction, proved by a real handshake, or put back.")
    said = read(*WEBSOCKET, "-y")
    check("made and proved", lambda: f"{host.name}: fixed" in said)


def _mended(act: Act, mend: Callable[[Host], None], host: Host) -> None:
    chapter("That is advice: the text is the application's own, and wsfix does not edit it. A person does as it says.")
    mend(host)
    say(f"  done by hand: {(mend.__doc__ or '').strip().splitlines()[0]}")


def _proved(act: Act, host: Host, page: Page | None) -> None:
    check(
        f"the same client gets {act.healthy} and its echo",
        lambda: fingerprint(host, act.chosen).word == act.healthy and host.system.echo(host.card, "hello") == "hello",
    )
    if page:
        check("in a browser, the page opens its socket", lambda: _visited(act, page, host) == OPEN)


def _left_alone(story: Story, act: Act, host: Host) -> None:
    chapter("Once more: nothing is left to do.")
    after = _state(story, host)
    said = read(*WEBSOCKET, "-y")
    check("the run changed nothing", lambda: "No changes" in said and _state(story, host) == after)
    check(f"nothing is said of {act.cause} any more", lambda: act.cause not in said)


def _put_back(story: Story, act: Act, host: Host, before: object) -> None:
    chapter("And back again.")
    read(*ROLLBACK, "-y")
    check("every file is byte for byte the old one", lambda: _state(story, host) == before)
    check("the site is as broken as it was", lambda: fingerprint(host, act.chosen).word == act.chosen.shows)


def _state(story: Story, host: Host) -> tuple[dict[str, str], str]:
    kept = host.sh(f"sha256sum {' '.join(story.kept)} 2>&1", check=False).stdout if story.kept else ""
    return host.digests(ROOTS), kept
