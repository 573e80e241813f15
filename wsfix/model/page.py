"""The page that opens the socket, as a visitor gets it: only what its policy says."""

from __future__ import annotations

import re
from dataclasses import dataclass

_META = re.compile(
    r"""<meta[^>]*http-equiv=["']?Content-Security-Policy["']?[^>]*content=(?P<quote>["'])(?P<policy>.*?)(?P=quote)""",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a visitor's GET."""

    url: str
    status: int
    policies: tuple[tuple[str, str], ...] = ()
    """Where a Content-Security-Policy stands, and the policy; each of them must let the socket through."""


def meta_policies(html: str) -> tuple[tuple[int, str], ...]:
    """Return line and text of each policy that a page words itself (Content Security Policy level 3, section 3.3)."""
    return tuple((html.count("\n", 0, match.start()) + 1, match["policy"]) for match in _META.finditer(html))
