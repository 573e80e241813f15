"""What the proxy wrote into its logs, as far as a rule asks for it; queries are cut off, secrets masked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an error log."""

    path: str
    text: str
    when: float | None = None
    """Seconds since the epoch; None where the line begins with no time that wsfix reads."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of an access log about a path of a site."""

    when: float
    client: str
    """The address as the proxy saw it."""
    path: str
    """Never with a query."""
    status: int
    log: str


@dataclass(frozen=True, slots=True)
class ProxyLogs:
    """The ends of the proxy's logs."""

    errors: tuple[LogLine, ...] = ()
    requests: tuple[Request, ...] = ()
    read: tuple[str, ...] = ()
    """The files that could be read."""
