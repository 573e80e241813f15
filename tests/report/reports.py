"""The scenes as whole runs, for the formats that tell a run at once."""

from __future__ import annotations

from dataclasses import replace

from tests.report.scenes import SCENES
from wsfix.commands.gathering import rules
from wsfix.judge import judge
from wsfix.model.observation import Observation
from wsfix.model.report import Checked, Report

MOMENT = 1_770_000_000.0
SEVERAL = (
    "healthy",
    "cause-with-diff",
    "two-sites",
    "unexplained-with-the-host",
    "odd-signs",
    "failed-transaction",
    "held-back",
)


def _named(seen: Observation, index: int) -> Observation:
    """Give the further sites of a host names of their own, as an inventory must."""
    name = f"{seen.site.name}-{index}" if index else seen.site.name
    return replace(seen, site=seen.site.model_copy(update={"name": name}))


def report_of(name: str, **more: object) -> Report:
    """Return a scene as the report of a run over an inventory."""
    scene = SCENES[name]()
    seen = [_named(each, index) for index, each in enumerate(scene.seen)]
    sites = tuple(Checked(each, judge(each), 12) for each in seen)
    ends = (scene.outcome,) if scene.outcome else ()
    told = {"inventory": "inventory/prod.py", "version": "0.1.0", "moment": MOMENT, "seconds": 1.25, **more}
    return Report(sites, (scene.plan,), ends, rules=rules(), **told)  # type: ignore[arg-type]
