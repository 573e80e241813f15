"""How much two texts have in common, for tests that put one piece into another."""

from __future__ import annotations


def alike(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with alike, found by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def only_added(old: bytes, new: bytes) -> bool:
    """Whether a text is another one with one piece put in."""
    return alike(old, new) + alike(old[::-1], new[::-1]) >= len(old)
