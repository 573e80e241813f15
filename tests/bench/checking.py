"""A healthy site checked from outside, beside its own handshake phases: over loopback, and at a usual distance."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from websockets.sync.server import serve

from tests.bench.distance import distance
from tests.probes.authority import Authority
from tests.probes.conftest import echo
from tests.probes.sites import site
from tests.sources import ROOT
from wsfix.judge import judge
from wsfix.model.observation import Observation
from wsfix.model.site import Site
from wsfix.observe import observe_outside
from wsfix.report.colour import Paint
from wsfix.report.text import diagnosis_lines

ROUNDS = 15
DISTANCES = (0.0, 0.02)
"""Seconds that a packet takes one way; 20 ms are a server in the same country."""
START = ("-c", "from wsfix.cli import main; main()", "--version")
LOADED = (
    "-c",
    """from wsfix.probes.tls import read_ahead, strict_context
read_ahead(None)
import wsfix.cli, wsfix.observe, wsfix.judge, wsfix.report.text, wsfix.report.document, wsfix.spec
from wsfix.faults.catalogue import catalogue
catalogue()
strict_context(None)""",
)
"""As a check does: the trusted roots are read while the modules are loaded."""


def main() -> None:
    """Measure and print; nothing is judged here."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        with serve(echo, "127.0.0.1", 0, ssl=authority.context()) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.socket.getsockname()[1]
            for seconds in DISTANCES:
                with distance(port, seconds) as far:
                    asked = site(far, "wss", "localhost", ca_file=authority.roots, timeout_seconds=10, send="x")
                    told(f"{seconds * 1000:g} ms away", lambda asked=asked: once(asked))  # type: ignore[misc]
            server.shutdown()
    print(f"start-up of `wsfix --version`                  {processes(START) * 1000:7.1f} ms")
    print(f"start-up with all that a check loads           {processes(LOADED) * 1000:7.1f} ms")


def once(asked: Site) -> tuple[float, float]:
    """Check once; return the time of the site's own phases, and that of the whole check up to its text."""
    began = time.perf_counter()
    observation: Observation = observe_outside(asked)
    diagnosis = judge(observation)
    lines = diagnosis_lines(observation, diagnosis, Paint())
    whole = time.perf_counter() - began
    if not diagnosis.healthy or observation.outside is None or not lines:
        raise SystemExit(f"the site is not healthy: {diagnosis.reason}")
    return sum(phase.seconds for phase in observation.outside.phases), whole


def told(where: str, check: Callable[[], tuple[float, float]]) -> None:
    """Print the medians of some rounds; the first only warms up."""
    check()
    rounds = [check() for _ in range(ROUNDS)]
    own, whole = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"healthy site {where:<12} its own phases       {own * 1000:7.1f} ms")
    print(f"healthy site {where:<12} checked and reported {whole * 1000:7.1f} ms  x{whole / own:.2f}")


def processes(words: tuple[str, ...]) -> float:
    """Return the median time of a process of its own."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
