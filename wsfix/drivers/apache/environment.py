"""What /etc/apache2/envvars gives to Apache on Debian: plain assignments of a shell, read and never run."""

from __future__ import annotations

import re

_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s;#]*)", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")


def assignments(text: str) -> dict[str, str]:
    """The variables that a file sets, each with those before it filled in; what holds a command is left out."""
    found: dict[str, str] = {}
    for name, value in _ASSIGNMENT.findall(text):
        if "$(" in value or "`" in value:
            continue
        if value.startswith("'"):
            found[name] = value[1:-1]
            continue
        found[name] = _VARIABLE.sub(lambda m: found.get(m[1] or m[3], m[2] or ""), value.strip('"'))
    return found
