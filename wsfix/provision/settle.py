"""Makes a site on its host: asks what is there, lays the parts, and switches to them in one proved transaction."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from wsfix.engine import SETTLE_STEP_SECONDS, Pass, guard_seconds, owner
from wsfix.errors import LookFailed
from wsfix.facts import ground as facts
from wsfix.facts import look
from wsfix.judge import judge
from wsfix.model.finding import Diagnosis, Severity
from wsfix.model.ground import Ground
from wsfix.model.inside import Inside
from wsfix.model.outcome import Outcome, Step
from wsfix.observe import observe_again
from wsfix.operations.proxy import PROXIES
from wsfix.operations.transaction import Proof, Verdict, repair
from wsfix.provision import laying
from wsfix.provision.draft import Draft, asked_of, draft
from wsfix.provision.layout import Layout
from wsfix.provision.material import layouts_of
from wsfix.redact import mask_text
from wsfix.shell import Shell

SURVEY_SECONDS = 60.0
PROOF_SECONDS = 25.0
"""How long a site that is new may take until it answers; half of the guard's time at most."""
_ERROR = re.compile(r"\b\w*(?:Error|Exception)\b")
_LINE_BREAK = "\x1e"
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """What provisioning would do on a host, with what it was concluded from."""

    seen: Pass
    layouts: tuple[Layout, ...] = field(repr=False)
    draft: Draft


def prepare(seen: Pass, layouts: tuple[Layout, ...] | None = None) -> Prepared:
    """Ask the host what is there, in one command, and draft what is left; raises SpecError and LookFailed."""
    held = layouts_of(seen.sites) if layouts is None else layouts
    if not held:
        return Prepared(seen, (), Draft(seen.host))
    ground = survey(seen.host, seen.shell, held)
    observed = {observation.site.name: observation for observation in seen.observations}
    return Prepared(seen, held, draft(seen.host, [(one, observed[one.site.name]) for one in held], ground))


def survey(host: str, shell: Shell, layouts: tuple[Layout, ...]) -> Ground:
    """Ask a host for what provisioning needs to know; raises LookFailed."""
    ran = shell.run(facts.fragment(asked_of(layouts)), SURVEY_SECONDS)
    try:
        return facts.read_ground(ran.stdout.split("\n"))
    except (ValueError, IndexError) as error:
        raise LookFailed(f"{host}: what is there could not be asked: {error}") from None


def lay(prepared: Prepared) -> tuple[Step, ...]:
    """Lay the parts; the steps that were done, the last of them perhaps failed. Raises LookFailed."""
    wanted = prepared.draft
    if not wanted.steps:
        return ()
    ran = prepared.seen.shell.run(laying.script(wanted.steps), float(wanted.patience))
    rows = [line.split("\t") for line in ran.stdout.splitlines() if line.startswith("step\t")]
    steps = tuple(
        Step(row[1], row[2] == "ok", mask_text(row[3].replace(_LINE_BREAK, "\n").strip()))
        for row in rows
        if len(row) == _FIELDS
    )
    if ran.status and not any(not step.ok for step in steps):
        said = mask_text((ran.stderr.strip().splitlines() or [f"it ended with {ran.status}"])[-1])
        title = wanted.steps[min(len(steps), len(wanted.steps) - 1)].title
        return (*steps, Step(title, ok=False, detail=said))
    return steps


def settle(prepared: Prepared) -> Outcome:
    """Make the rest in one transaction, and keep it only if a real client gets through from outside."""
    before, nonce = prepared.seen, secrets.token_hex(8)
    return repair(
        before.shell,
        prepared.draft.plan,
        proxy=PROXIES[before.wish.proxy.kind],
        verify=_prover(prepared, nonce),
        owner=owner(),
        guard_seconds=guard_seconds(),
        look=look.script(before.wish, nonce),
    )


def _prover(prepared: Prepared, nonce: str) -> Callable[[str], Verdict]:
    before = prepared.seen
    names = frozenset(layout.site.name for layout in prepared.layouts)

    def verify(output: str) -> Verdict:
        inside = look.read(before.host, before.wish, nonce, output)
        deadline = time.monotonic() + min(PROOF_SECONDS, guard_seconds() / 2)
        while True:
            told = verdict(before.diagnoses, _judged(before, inside), names)
            if told.good or time.monotonic() > deadline:
                return told
            time.sleep(SETTLE_STEP_SECONDS)

    return verify


def _judged(before: Pass, inside: Inside) -> tuple[Diagnosis, ...]:
    """Judge anew; that a transaction is open is known here: it is our own."""
    seen = observe_again(before.shell, replace(inside, transaction=None), before.sites)
    return tuple(judge(observation) for observation in seen)


def verdict(before: tuple[Diagnosis, ...], after: tuple[Diagnosis, ...], names: frozenset[str]) -> Verdict:
    """Say whether what was made may stay: every new site works, and none that worked does not any more."""
    for old, new in zip(before, after, strict=True):
        if old.healthy and not new.healthy:
            return Verdict(Proof.WORSE, f"{old.site.name} worked before and does not any more: {_why(new)}")
    made = [diagnosis for diagnosis in after if diagnosis.site.name in names]
    failing = next((diagnosis for diagnosis in made if not diagnosis.healthy), None)
    if failing is not None:
        return Verdict(Proof.SAME, f"{failing.site.name} does not work: {_why(failing)}")
    left = [finding for diagnosis in made for finding in diagnosis.findings if finding.severity is not Severity.NOTE]
    if left:
        return Verdict(Proof.BETTER, f"proved by a real handshake; {left[0].name} is left: {left[0].message}")
    return Verdict(Proof.CURED, "proved by a real handshake from outside, and nothing is left to mend")


def _why(diagnosis: Diagnosis) -> str:
    """Say what is wrong, with the first thing that shows it and the one that names an error; else what the client met."""
    cause = diagnosis.cause
    if cause is None:
        return diagnosis.reason
    said = [item.excerpt for item in cause.evidence]
    telling = next((line for line in reversed(said) if _ERROR.search(line)), said[-1] if said else "")
    shown = "; ".join(dict.fromkeys(line for line in (*said[:1], telling) if line))
    return f"{cause.code} {cause.name}: {cause.message}" + (f" ({shown})" if shown else "")
