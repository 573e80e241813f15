"""Text of the application and of its page as it lies on the server: what words a socket, with secrets masked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the application or of the frontend; it is read for advice, and never edited."""

    path: str
    lines: tuple[tuple[int, str], ...] = field(repr=False)
    """Number and text, secrets masked on the host; of a built file only pieces that word an address."""
    whole: bool
    """Whether every line is there. A built file is long, and its pieces are not a program."""
    modified: float = 0.0
    """Seconds since the epoch, by the host's clock."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def text(self) -> str:
        """The lines, joined."""
        return "\n".join(line for _, line in self.lines)

    def at(self, number: int) -> str:
        """Return the first piece of a line, without blanks around it; empty where it was not read."""
        return next((line.strip() for n, line in self.lines if n == number), "")
