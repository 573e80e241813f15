"""One run of a check as its reports tell it: the sites, what would be or was changed, and what could not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsfix.model.change import Plan
from wsfix.model.finding import Diagnosis, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.outcome import Outcome, Status


@dataclass(frozen=True, slots=True)
class Checked:
    """One site as it was seen, and what was concluded."""

    observation: Observation
    diagnosis: Diagnosis
    line: int = 1
    """Where the inventory names the site."""

    @property
    def where(self) -> str:
        """The host, or of a site that was only seen from outside, its public name."""
        return self.diagnosis.host or self.diagnosis.site.host


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault as a report explains it."""

    code: str
    name: str
    title: str
    manual: str
    hop: Hop
    safety: Safety


@dataclass(frozen=True, slots=True)
class Report:
    """What one run has to tell."""

    sites: tuple[Checked, ...] = ()
    plans: tuple[Plan, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    errors: tuple[str, ...] = ()
    """A sentence for each host that could not be looked at."""
    rules: Mapping[str, Rule] = field(default_factory=dict, repr=False)
    """By their codes."""
    inventory: str = ""
    """The inventory's path as the repository has it; empty for a URL."""
    version: str = ""
    moment: float = 0.0
    """When the run began, seconds since the epoch."""
    seconds: float = 0.0
    fails: frozenset[Severity] = frozenset({Severity.ERROR, Severity.WARNING})
    """The severities by which a check fails."""

    @property
    def healthy(self) -> bool:
        """Whether something was checked, and all of it works."""
        return bool(self.sites) and not self.errors and all(self.works(each) for each in self.sites)

    def mended(self, checked: Checked) -> bool:
        """Whether what was found on the site's host was repaired in this run, and proved."""
        host = checked.diagnosis.host
        return any(outcome.host == host and outcome.status is Status.FIXED for outcome in self.outcomes)

    def works(self, checked: Checked) -> bool:
        """Whether the site works at the end of the run."""
        return checked.diagnosis.healthy or self.mended(checked)

    def failing(self, checked: Checked) -> tuple[Finding, ...]:
        """Return the findings of a site by which its check fails, those that another one explains left out."""
        if self.mended(checked):
            return ()
        return tuple(f for f in checked.diagnosis.findings if f.severity in self.fails and not f.because)
