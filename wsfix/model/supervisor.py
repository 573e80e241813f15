"""A program that supervisor keeps (supervisorctl(1))."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Supervised:
    """One program, by its state and its section of the configuration."""

    name: str
    """As supervisorctl names it: `chat`, or `group:chat`."""
    state: str
    """STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL, UNKNOWN."""
    said: str = ""
    """What stands behind the state: since when, or why not."""
    command: str = ""
    """Secrets masked."""
    directory: str = ""
    place: str = ""
    """file:line of its section."""
