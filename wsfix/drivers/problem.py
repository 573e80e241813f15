"""What could not be read of a configuration, and where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.model.route import Position


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the configuration that could not be read, and where it is asked for."""

    position: Position
    message: str

    def __str__(self) -> str:
        return f"{self.position}: {self.message}"
