"""What every fault module declares about itself, and the finding that it makes."""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a WebSocket breaks."""

    code: str
    """WS and three digits; the first is the hop."""
    name: str
    """The module's name with dashes; what people quote."""
    hop: Hop
    safety: Safety
    explained_by: tuple[str, ...] = ()
    """Faults that bring this one about: where one of them is found too, it is the cause and this is not."""
    covers: tuple[str, ...] = ()
    """Other names under which people know this fault, or special cases of it that the same rule finds."""

    def finding(
        self,
        message: str,
        *evidence: Evidence,
        severity: Severity,
        safety: Safety | None = None,
        advice: str = "",
        inhibits: str = "",
        subject: str = "",
    ) -> Finding:
        """Return a finding of this fault; without evidence there is none."""
        if not evidence:
            raise ValueError(f"{self.name}: a finding needs evidence")
        return Finding(
            code=self.code,
            name=self.name,
            hop=self.hop,
            severity=severity,
            safety=safety or self.safety,
            message=message,
            evidence=evidence,
            advice=advice,
            inhibits=inhibits,
            subject=subject,
        )
