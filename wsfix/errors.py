"""Every error that wsfix raises on purpose, as one tree.

WsfixError
├── SpecError          the inventory asks for something that cannot be
├── NotObserved        a rule asked for something that was not seen
├── UnreadableCommand  a test's command line is of no program that wsfix reads
├── UnreadableConfig   a configuration file cannot be read without guessing
├── CannotEdit         a change cannot be worded in the file as it stands
├── LookFailed         a host could not be looked at
└── TransactionError   a change was refused, failed, or could not be put back
"""

from __future__ import annotations


class WsfixError(Exception):
    """A failure that is told to the operator in one sentence, never as a traceback."""


class SpecError(WsfixError):
    """The specification of a site is wrong: host, field, value and what is allowed."""


class NotObserved(WsfixError):
    """A rule needs a part of the host that was not seen; the diagnosis says "unknown", never "fine"."""

    def __init__(self, what: str, why: str = "") -> None:
        self.what = what
        self.why = why
        super().__init__(f"{what} was not seen" + (f": {why}" if why else ""))


class UnreadableCommand(WsfixError):
    """A command line that names no program by which one tests a socket, or nothing that it asks."""


class UnreadableConfig(WsfixError):
    """A configuration file whose nesting or quoting does not close; it is reported and never edited."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        super().__init__(f"{path}:{line}: {reason}")


class CannotEdit(WsfixError):
    """A change that cannot be made without guessing what the author of the file meant."""


class LookFailed(WsfixError):
    """A host could not be looked at: the connection, the privilege or the shell failed."""


class TransactionError(WsfixError):
    """A change to a host was refused or failed; the message says what state the host is in now."""
