"""What a report may have to tell: the whole of one host, made from the cases of the faults."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.faults.observing import HERE, observation
from wsfix.judge import judge
from wsfix.model.change import Plan
from wsfix.model.finding import Diagnosis
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome, Status, Step
from wsfix.model.walk import Connection, Failure, Handshake, Phase, Place, Reply, Walk
from wsfix.plan import Consent, plan

PHASES = (Phase("resolve", 0.0021), Phase("connect", 0.0112), Phase("tls", 0.0304), Phase("upgrade", 0.0408))


@dataclass(frozen=True)
class Scene:
    """One host as a report tells it."""

    seen: tuple[Observation, ...]
    consent: Consent = field(default_factory=Consent)
    outcome: Outcome | None = None

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        return tuple(judge(each) for each in self.seen)

    @property
    def plan(self) -> Plan:
        return plan("web1", zip(self.seen, self.diagnoses, strict=True), self.consent)


def made(**said: Any) -> Observation:
    """Build an observation from a case that stands nowhere else."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "case.json").write_text(json.dumps(said), encoding="utf-8")
        return observation(Path(folder))


def timed(seen: Observation) -> Observation:
    """Give the walk from outside the times that a real one has."""
    assert seen.outside is not None
    reached = len(PHASES) if seen.outside.wall is None else max(1, int(seen.outside.wall))
    return replace(seen, outside=replace(seen.outside, phases=PHASES[:reached], addresses=("192.0.2.1",)))


def case(name: str) -> Observation:
    return timed(observation(HERE / name))


def outside(wall: Hop, failure: Failure, reason: str, reply: Reply | None = None) -> Walk:
    connections = () if wall > Hop.TCP else (Connection("192.0.2.1", 443, 5.0, failure, reason),)
    met = None if wall <= Hop.TLS else Handshake("https://chat.example.com", reply, failure=failure, reason=reason)
    return Walk(
        Place.OUTSIDE, "chat.example.com:443/ws", ("192.0.2.1",), connections,
        handshake=met, phases=PHASES[: int(wall)], wall=wall, reason=reason,
    )  # fmt: skip


GATEWAY = Reply(502, "Bad Gateway", (("Content-Type", "text/html"),), b"<html><title>502 Bad Gateway</title></html>")
REFUSED = "the server answered 502 Bad Gateway and not 101"


def unexplained(with_host: bool) -> Observation:
    seen = made()
    wall = outside(Hop.PROXY, Failure.STATUS, REFUSED, GATEWAY)
    at_proxy = replace(wall, place=Place.PROXY, target="127.0.0.1:443/api/chat/ws/1")
    sound = Walk(Place.BACKEND, "127.0.0.1:8000/ws", handshake=Handshake("https://x", accepted=True, proved=True))
    host = replace(seen, outside=wall, proxy=at_proxy, backend=sound)
    return host if with_host else Observation(seen.site, outside=wall)


def unlisted() -> Observation:
    seen = case("fw-drops-http/443-not-allowed")
    none = seen.site.firewall.model_copy(update={"open": ()})
    return replace(seen, site=seen.site.model_copy(update={"firewall": none}))


def blind() -> Observation:
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert seen.inside is not None
    missing = {"firewall": "the packet filter may only be read as root", "env": "its answer could not be read"}
    return replace(seen, inside=replace(seen.inside, firewall=None, env=None, processes=None, missing=missing))


def odd() -> Observation:
    """Return a failure whose words are a stranger's: signs that steer a terminal, bytes that are no text, secrets."""
    words = "\x1b[2J\x1b]0;owned\x07 \u202e \udcff \r\n token=c4n4ry7f3A9c done"
    reply = Reply(403, "\x1b[31mNo", (("content-type", "\x1btext"),), words.encode("utf-8", "surrogateescape"))
    return replace(unexplained(with_host=True), outside=outside(Hop.PROXY, Failure.STATUS, words, reply))


STEPS = (
    Step("lock", True),
    Step("drift", True, "2 files are as they were seen"),
    Step("backup", True, "2 in /var/lib/wsfix/20260101T000000Z/item"),
    Step("stage", True),
    Step("test", True, "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok"),
    Step("reload", True),
)
ID = "20260101T000000Z-4711"


def ended(status: Status, *steps: Step, message: str = "") -> Outcome:
    return Outcome("web1", status, ID, (*STEPS, *steps), message)


SICK = "nginx-upgrade-headers-missing/own-location"
PROOF = Step("proof", True, "101 and an echo after 12 ms")
FAILED_PROOF = Step("proof", False, "nginx-upgrade-headers-missing is still there after the change")
BACK = Step("undo", True, "2 files are byte for byte as before")
STUCK = Step("undo", False, "mv: cannot move /etc/nginx/nginx.conf: Read-only file system; token=c4n4ry7f3A9c")

SCENES: dict[str, Callable[[], Scene]] = {
    "healthy": lambda: Scene((timed(made()),)),
    "cause-with-diff": lambda: Scene((case(SICK),)),
    "cause-and-what-it-brings-about": lambda: Scene((case("nginx-upgrade-headers-missing/tabs-and-one-line"),)),
    "cause-with-advice": lambda: Scene((case("backend-crash-loop/dies-at-start"),)),
    "unexplained-from-outside": lambda: Scene((unexplained(with_host=False),)),
    "unexplained-with-the-host": lambda: Scene((unexplained(with_host=True),)),
    "no-answer-at-all": lambda: Scene((Observation(made().site, outside=outside(Hop.TCP, Failure.TIMEOUT, "no answer in 5 s")),)),
    "drift-only": lambda: Scene((case("systemd-not-enabled/backend"),)),
    "several-changes": lambda: Scene((case("env-not-loaded/unit-does-not-read-it"),)),
    "env-with-a-secret": lambda: Scene((case("env-value-wrong/secret-differs"),)),
    "inhibited": lambda: Scene((case("nginx-config-broken/old-configuration-runs"),)),
    "held-back": lambda: Scene((unlisted(),)),
    "left-to-you": lambda: Scene((case("nginx-location-missing-spa/socket-at-the-root"),)),
    "unknown-parts": lambda: Scene((blind(),)),
    "two-sites": lambda: Scene((timed(made()), case(SICK))),
    "odd-signs": lambda: Scene((odd(),)),
    "fixed": lambda: Scene((case(SICK),), outcome=ended(Status.FIXED, PROOF, message="proved by a real handshake from outside")),
    "rolled-back": lambda: Scene((case(SICK),), outcome=ended(Status.ROLLED_BACK, FAILED_PROOF, BACK, message="the host is as it was")),
    "failed-transaction": lambda: Scene((case(SICK),), outcome=ended(Status.FAILED, FAILED_PROOF, STUCK, message="put /etc/nginx/nginx.conf back by hand")),
    "refused": lambda: Scene((case(SICK),), outcome=Outcome("web1", Status.REFUSED, "", (Step("lock", False, "held by ops@elsewhere"),), "nothing was changed")),
}  # fmt: skip
