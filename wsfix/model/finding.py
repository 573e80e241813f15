"""A finding, and the diagnosis of one site that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wsfix.model.capacity import Estimate
from wsfix.model.hop import Hop
from wsfix.model.points import Point
from wsfix.model.site import Site


class Severity(StrEnum):
    """How bad a finding is: an error breaks the socket now, a warning will or weakens the host, a note is smell."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Safety(StrEnum):
    """What may be done about a fault: by itself, only with consent, or only by the people who own the code."""

    SAFE = "safe"
    CONFIRM = "confirm"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place or an answer that one can go and look at."""

    source: str
    """file:line, or who answered: "outside", "journal of chat.service"."""
    excerpt: str
    """What stands there or was received, secrets masked, cut."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that was found at one site."""

    code: str
    name: str
    hop: Hop
    severity: Severity
    safety: Safety
    message: str
    evidence: tuple[Evidence, ...]
    advice: str = ""
    """What to do where wsfix does not do it: the exact line, command or setting."""
    because: str = ""
    """The name of the fault that explains this one, when there is one."""
    inhibits: str = ""
    """Why nothing may be changed while this stands; empty for most."""
    subject: str = ""
    """What tells two findings of one fault apart: a port, a variable, a file."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that a fault needed and that was not seen."""

    what: str
    why: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of one site: its findings in the order of the hops, and what could not be seen."""

    site: Site
    host: str
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...] = ()
    healthy: bool = False
    """The real handshake from outside succeeded; not merely that no rule fired."""
    seen_outside: bool = True
    wall: Hop | None = None
    reason: str = ""
    evidence: tuple[Evidence, ...] = field(default=())
    """The answers at the three places, for the report and for an unexplained failure."""
    points: tuple[Point, ...] = ()
    """The eight places of configuration."""
    capacity: Estimate | None = None
    """How many sockets the host can hold at once; None where it was not looked at."""
    compared: str = ""
    """What the answers at the places say together, in a sentence; also where no rule fired."""
    after: tuple[str, ...] = ()
    """What was seen after the 101, in sentences; none where that was not asked."""
    lasts: bool | None = None
    """Whether that went well; None where it was not asked, or could not be seen."""

    @property
    def cause(self) -> Finding | None:
        """The first error that no other finding explains; None while the socket works."""
        if self.healthy:
            return None
        return next((f for f in self.findings if f.severity is Severity.ERROR and not f.because), None)

    @property
    def unexplained(self) -> bool:
        """The handshake fails and nothing that was found says why."""
        return not self.healthy and self.cause is None

    @property
    def drift(self) -> tuple[Finding, ...]:
        """Findings about state that the site asks for and the host lacks, or that will break it."""
        return tuple(f for f in self.findings if f is not self.cause and f.severity is not Severity.NOTE)
