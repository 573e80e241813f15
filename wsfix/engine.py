"""One pass over one host: look, judge, plan; and after a change the same again, as its proof."""

from __future__ import annotations

import gc
import getpass
import os
import secrets
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wsfix.errors import SpecError
from wsfix.facts import look
from wsfix.facts.wish import Transactions, Wish
from wsfix.faults.backend.restarting import RESTART_RANK
from wsfix.judge import judge
from wsfix.lasting import Tell, afterwards, unheard
from wsfix.model.after import Wanted
from wsfix.model.change import Plan
from wsfix.model.finding import Diagnosis, Severity
from wsfix.model.inside import Inside
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome
from wsfix.model.site import Site
from wsfix.observe import observe, observe_again
from wsfix.operations.proxy import PROXIES
from wsfix.operations.status import read_status, status_fragment
from wsfix.operations.transaction import Proof, Verdict, repair
from wsfix.plan import Consent, plan
from wsfix.shell import Shell
from wsfix.spec import KEY, sites_of
from wsfix.ssh import shell_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyinfra.api.host import Host
    from pyinfra.api.state import State

GUARD_SECONDS = 60
"""How long the host waits for a confirmation before it puts itself back."""
SETTLE_SECONDS = 4.0
"""How long a proof that fails is tried again: new workers and a new backend need a moment."""
SETTLE_STEP_SECONDS = 0.5
STARTING_SECONDS = 20.0
"""The same where the backend was started: what listens does not serve yet, such as a JVM that deploys its applications."""
NOT_SERVING = frozenset({None, 502, 503, 504})
"""What a proxy answers meanwhile; any other status is the application's word, and waiting does not change it."""
GUARD_VARIABLE = "WSFIX_GUARD_SECONDS"
GUARD_RANGE = range(5, 3601)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over a host saw, found and proposes."""

    host: str
    shell: Shell = field(repr=False)
    wish: Wish = field(repr=False)
    observations: tuple[Observation, ...] = field(repr=False)
    diagnoses: tuple[Diagnosis, ...] = field(repr=False)
    plan: Plan = field(repr=False)
    consent: Consent = field(repr=False)

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites of the host."""
        return tuple(observation.site for observation in self.observations)

    @property
    def healthy(self) -> bool:
        """Whether every site of the host works."""
        return all(diagnosis.healthy for diagnosis in self.diagnoses)


def sites_of_host(host: Host) -> tuple[Site, ...]:
    """Return the checked sites of a pyinfra host; raises SpecError."""
    return sites_of(host.name, host.data.get(KEY))


def check_specs(hosts: Iterable[Host]) -> None:
    """Check the sites of all hosts, and what the environment asks, before any connection; raises SpecError."""
    complaints = []
    try:
        guard_seconds()
    except SpecError as error:
        complaints.append(str(error))
    for host in hosts:
        try:
            sites_of_host(host)
        except SpecError as error:
            complaints.append(str(error))
    if complaints:
        raise SpecError("\n".join(complaints))


def pass_over(state: State, host: Host, consent: Consent | None = None) -> Pass:
    """Look at a connected host, judge and plan; nothing is written. Raises LookFailed and SpecError."""
    sites = sites_of_host(host)
    if not sites:
        raise SpecError(f"{host.name}: no sites; give the host a list `{KEY}` in the inventory or in group data")
    shell = shell_of(state, host)
    wish = Wish.of(sites, Transactions(status_fragment(), read_status))
    return _concluded(host.name, shell, wish, observe(host.name, shell, sites, wish), consent or Consent())


def pass_after(seen: Pass, wanted: Wanted, tell: Tell = unheard) -> Pass:
    """Add what was wanted of the time after the 101, all sites at once, and judge anew; the pass itself where nothing was."""
    if not wanted:
        return seen
    with ThreadPoolExecutor(max_workers=len(seen.observations)) as askers:
        asked = askers.map(lambda each: afterwards(each, wanted, shell=seen.shell, tell=tell), seen.observations)
        return _concluded(seen.host, seen.shell, seen.wish, tuple(asked), seen.consent)


def _concluded(host: str, shell: Shell, wish: Wish, seen: tuple[Observation, ...], consent: Consent) -> Pass:
    diagnoses, proposed = conclude(host, seen, consent)
    return Pass(host, shell, wish, seen, diagnoses, proposed, consent)


def conclude(host: str, seen: tuple[Observation, ...], consent: Consent) -> tuple[tuple[Diagnosis, ...], Plan]:
    """Judge every site of a host and plan for all of them."""
    with _collector_at_rest():
        diagnoses = tuple(judge(observation) for observation in seen)
        return diagnoses, plan(host, zip(seen, diagnoses, strict=True), consent)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Let Python look for no circles meanwhile, nor later in what is made here: it stays, and looking costs a fifth."""
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            gc.freeze()
            gc.enable()


def guard_seconds() -> int:
    """Return how long the host waits for its proof; raises SpecError for a value of WSFIX_GUARD_SECONDS that is none."""
    text = os.environ.get(GUARD_VARIABLE, str(GUARD_SECONDS))
    if not text.isdecimal() or int(text) not in GUARD_RANGE:
        raise SpecError(f"{GUARD_VARIABLE}: {text!r} is not allowed; allowed: 5 to 3600 seconds")
    return int(text)


def mend(before: Pass) -> Outcome:
    """Make the plan's changes in one transaction and prove them from outside; two SSH commands."""
    nonce = secrets.token_hex(8)

    def verify(output: str) -> Verdict:
        inside = look.read(before.host, before.wish, nonce, output)
        began = time.monotonic()
        while True:
            after = _after(before, inside)
            told = verdict(before, after)
            if told.good or time.monotonic() - began > _settling_seconds(before.plan, after):
                return told
            time.sleep(SETTLE_STEP_SECONDS)

    return repair(
        before.shell,
        before.plan,
        proxy=PROXIES[before.wish.proxy.kind],
        verify=verify,
        owner=owner(),
        guard_seconds=guard_seconds(),
        look=look.script(before.wish, nonce),
    )


def _settling_seconds(made: Plan, after: Pass) -> float:
    """Return how long a proof is tried again: longer where a backend was started and nothing of it answers yet.

    Half of the time that the host waits for its proof is left to confirm it.
    """
    failing = [seen.outside for seen, said in zip(after.observations, after.diagnoses, strict=True) if not said.healthy]
    starting = any(action.rank == RESTART_RANK for action in made.actions) and all(
        walk is not None and walk.status in NOT_SERVING for walk in failing
    )
    return max(SETTLE_SECONDS, min(STARTING_SECONDS, guard_seconds() / 2)) if starting else SETTLE_SECONDS


def _after(before: Pass, inside: Inside) -> Pass:
    """Judge the host after the change: a fresh look, and new handshakes from outside.

    That a transaction is open is known here: it is our own.
    """
    seen = observe_again(before.shell, replace(inside, transaction=None), before.sites)
    return _concluded(before.host, before.shell, before.wish, seen, before.consent)


def verdict(before: Pass, after: Pass) -> Verdict:
    """Compare two passes: nothing that worked may break, and what was to be cured must be gone."""
    for old, new in zip(before.diagnoses, after.diagnoses, strict=True):
        if old.healthy and not new.healthy:
            return Verdict(Proof.WORSE, f"{old.site.name} worked before and does not any more: {new.reason}")
    meant = {code for change in before.plan.changes for code in change.faults}
    left = [code for change in after.plan.changes for code in change.faults if code in meant]
    if after.plan.inhibited:  # nothing is planned any more, whatever is still there
        left = [f.code for d in after.diagnoses for f in d.findings if f.code in meant and not f.because]
    if after.healthy and not left:
        return Verdict(Proof.CURED, "proved by a real handshake from outside")
    if left:
        again = next(f for d in after.diagnoses for f in d.findings if f.code == left[0])
        broke = {f.code for d in before.diagnoses for f in d.findings if f.severity is Severity.ERROR}
        if after.healthy and not before.healthy and broke.isdisjoint(left):
            return Verdict(Proof.BETTER, f"the handshake succeeds now; {again.name} is left: {again.message}")
        return Verdict(Proof.SAME, f"{again.name} is still there after the change: {again.message}")
    open_errors = [f for d in after.diagnoses for f in d.findings if f.severity is Severity.ERROR]
    if open_errors:
        return Verdict(
            Proof.BETTER, f"mended what was planned; {open_errors[0].name} is left: {open_errors[0].message}"
        )
    failing = next(d for d in after.diagnoses if not d.healthy)
    return Verdict(Proof.SAME, f"{failing.site.name} still fails and nothing says why: {failing.reason}")


def owner() -> str:
    """Return who acts, for the host's lock and journal."""
    return f"{getpass.getuser()}@{socket.gethostname()} pid {os.getpid()}"
