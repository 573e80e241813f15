"""Where a report goes: standard output, or a file that is replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from wsfix.errors import WsfixError

STANDARD = "-"


def write(path: str, text: str) -> None:
    """Replace a file in one step, so that nobody reads half of it; what holds a host's state is not for everybody."""
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        held = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            held.chmod(0o644 if target.suffix == ".prom" else 0o600)
            held.replace(target)
        except OSError:
            held.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WsfixError(f"{path} cannot be written: {error.strerror or error}") from None
