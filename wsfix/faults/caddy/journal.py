"""What Caddy wrote into its journal: a line of JSON for each event (zap, encoder `json`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from wsfix.faults.seen import Seen


def events(seen: Seen) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each event with its line, the newest first; none where the journal was not seen."""
    units = seen.inside.services or {}
    unit = units.get(seen.site.proxy.unit)
    for line in reversed(unit.log if unit else ()):
        try:
            held = json.loads(line)
        except ValueError:
            continue
        if isinstance(held, dict):
            yield held, line
