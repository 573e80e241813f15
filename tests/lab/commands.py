"""The commands as an operator types them, run in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab.inventory import OVERRIDDEN, OVERRIDES

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SECONDS = 120


def pyinfra(
    *words: str, host: str = "", site: dict[str, Any] | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run `pyinfra inventory/lab.py WORDS` in the repository, for one host where it is named."""
    limit = ("--limit", host) if host else ()
    return _run("pyinfra", "inventory/lab.py", *words, *limit, site=site, environ={OVERRIDDEN: host, **environ})


def wsfix(*words: str, site: dict[str, Any] | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `wsfix WORDS` in the repository."""
    return _run("wsfix", *words, site=site, environ=environ)


def _run(
    program: str, *words: str, site: dict[str, Any] | None, environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYINFRA_PROGRESS": "off", "NO_COLOR": "1", **environ}
    if site:
        env[OVERRIDES] = json.dumps(site)
    return subprocess.run(
        [BIN / program, *words],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
