"""`python -m tests.lab.matrix`: runs the matrix and writes docs/matrix.md. What was run is kept, so that it can go on."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from tests.lab import image, machine
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.lab.machine import LabError
from tests.lab.matrix.draw import SEED, Injection, pairs, singles
from tests.lab.matrix.inject import inject, look_at_healthy
from tests.lab.matrix.row import Health, Row, Step, Verdict
from tests.lab.matrix.table import page, totals
from tests.lab.pool import Pool
from tests.lab.systems import SYSTEMS

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "matrix.md"


class Matrix:
    """A run: hosts to break, and the rows so far."""

    def __init__(self, lab: Lab, kept: Path) -> None:
        """Begin with what an earlier run left in `kept`."""
        self.pool, self.kept = Pool(lab), kept
        self._lock = threading.Lock()
        self.rows: list[Row] = []
        self.healthy: list[Health] = []
        for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
            self._take_up(json.loads(line))

    @contextmanager
    def host(self, system: str, release: image.Release) -> Iterator[Host]:
        """Give a fresh host."""
        with self._lock:
            host = self.pool.take(Variant(release=release, system=system))  # type: ignore[arg-type]
        try:
            yield host
        finally:
            self.pool.give_back(host)

    def one(self, injection: Injection) -> Row | None:
        """Run an injection that was not run yet; None where its breaks cannot be had together."""
        done = next((row for row in self.rows if _same(row, injection)), None)
        if done is not None:
            return done
        try:
            with self.host(injection.system, injection.release) as host:
                row = inject(host, injection)
        except LabError as error:
            machine.say(f"{injection.system} {injection.word}: {error}")
            return None
        with self._lock:
            self.rows.append(row)
            self._keep(asdict(row))
        _tell(row)
        return row

    def look(self, system: str, release: image.Release) -> None:
        """Look at a healthy host."""
        if any((each.system, each.release) == (system, release) for each in self.healthy):
            return
        with self.host(system, release) as host:
            seen = look_at_healthy(host)
        with self._lock:
            self.healthy.append(seen)
            self._keep(asdict(seen))
        machine.say(f"healthy {system} debian{release}: {', '.join(seen.findings) or 'no finding'}")

    def _keep(self, held: dict[str, object]) -> None:
        with self.kept.open("a", encoding="utf-8") as out:
            out.write(json.dumps(held) + "\n")

    def _take_up(self, held: dict[str, object]) -> None:
        held = {key: tuple(value) if isinstance(value, list) else value for key, value in held.items()}
        if "verdict" not in held:
            self.healthy.append(Health(**held))  # type: ignore[arg-type]
            return
        words = {name: Step(held[name]) for name in ("repaired", "proved", "undone")}
        self.rows.append(Row(**{**held, **words, "verdict": Verdict(held["verdict"])}))  # type: ignore[arg-type]


def main(words: list[str] | None = None) -> int:
    """Run what was asked; exit 1 where the totals are not what they have to be."""
    asked = _parser().parse_args(words)
    reason = machine.reason_unavailable()
    if reason:
        machine.say(f"the lab can't run here: {reason}")
        return 1
    machine.prepare()
    image.ensure_all()
    began = time.monotonic()
    kept = machine.directory() / f"matrix-{asked.keep}.jsonl"
    if not asked.go_on:
        kept.unlink(missing_ok=True)
    lab = Lab.create()
    os.environ["WSFIX_LAB_RUN"] = lab.name  # inventory/lab.py then names the hosts of this lab
    try:
        matrix = Matrix(lab, kept)
        with ThreadPoolExecutor(max_workers=asked.workers) as workers:
            list(workers.map(lambda of: matrix.look(*of), [(s, r) for s in SYSTEMS for r in asked.releases]))
            list(workers.map(matrix.one, _chosen(asked)))
            _draw_pairs(matrix, asked.pairs, workers, asked.seed)
    finally:
        lab.close()
    _write(matrix, asked, time.monotonic() - began)
    return 0 if _good(matrix) else 1


def _chosen(asked: argparse.Namespace) -> list[Injection]:
    every = singles(tuple(asked.releases))
    return [each for each in every if (not asked.only or asked.only in (each.system, each.word))][:: asked.each]


def _draw_pairs(matrix: Matrix, wanted: int, workers: ThreadPoolExecutor, seed: int) -> None:
    """Draw until so many pairs were made, those of an interrupted run among them."""
    source = pairs(seed)
    while (missing := wanted - sum(len(row.injected) > 1 for row in matrix.rows)) > 0:
        list(workers.map(matrix.one, [next(source) for _ in range(missing)]))


def _write(matrix: Matrix, asked: argparse.Namespace, seconds: float) -> None:
    order = {each: number for number, each in enumerate(SYSTEMS)}
    rows = sorted(matrix.rows, key=lambda row: (len(row.injected), order[row.system], row.release, row.injected))
    healthy = sorted(matrix.healthy, key=lambda each: (order[each.system], each.release))
    releases = " and ".join(str(each) for each in asked.releases)
    note = f"Debian {releases}, pairs by seed {asked.seed}, {platform.machine()}, {time.strftime('%Y-%m-%d')}."
    if asked.write:
        PAGE.write_text(page(rows, healthy, note), encoding="utf-8")
    machine.say(f"{len(rows)} rows in {seconds / 60:.0f} min")
    print("\n".join(totals(rows, healthy)))


def _good(matrix: Matrix) -> bool:
    """Whether the cause is right first in 95 % and wrong in 2 % at most, and nothing false is said of healthy hosts."""
    count = max(len(matrix.rows), 1)
    first = sum(row.verdict is Verdict.FIRST for row in matrix.rows) / count
    wrong = sum(row.verdict is Verdict.WRONG for row in matrix.rows) / count
    return first >= 0.95 and wrong <= 0.02 and not any(each.findings for each in matrix.healthy)


def _same(row: Row, injection: Injection) -> bool:
    names = tuple(each.name for each in injection.breaks)
    return (row.system, row.release, row.injected) == (injection.system, injection.release, names)


def _tell(row: Row) -> None:
    steps = f"{row.verdict.value}, repaired {row.repaired.value}, proved {row.proved.value}, undone {row.undone.value}"
    more = f" ({row.trouble})" if row.trouble else ""
    named = ", ".join(row.named) or "nothing"
    machine.say(
        f"{row.system} debian{row.release} {' + '.join(row.injected)}: {named}; {steps}, {row.seconds:.0f} s{more}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.matrix", description=__doc__)
    parser.add_argument("--releases", type=int, nargs="+", default=list(image.RELEASES), choices=image.RELEASES)
    parser.add_argument("--only", default="", help="a system, or a break")
    parser.add_argument("--each", type=int, default=1, help="take one injection in so many")
    parser.add_argument("--pairs", type=int, default=60, help="how many pairs")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=3, help="hosts at once")
    parser.add_argument("--keep", default="whole", help="the name under which the rows are kept")
    parser.add_argument("--go-on", action="store_true", help="take up what an interrupted run has kept")
    parser.add_argument("--write", action="store_true", help="write docs/matrix.md")
    return parser


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
