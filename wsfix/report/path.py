"""The path of one site, drawn from the client to the application with the hop that fails."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Walk
from wsfix.report.colour import Paint

PASSED, FAILED, UNSEEN = "✓", "✗", "·"
_STYLE = {PASSED: "green", FAILED: "red", UNSEEN: "dim"}
_PHASES = {Hop.DNS: "resolve", Hop.TCP: "connect", Hop.TLS: "tls"}


@dataclass(frozen=True, slots=True)
class Station:
    """One hop of a site's path as it was seen."""

    hop: Hop
    label: str
    mark: str
    """PASSED, FAILED or UNSEEN."""
    note: str
    """What was measured there: a time, a status, a failure."""


def stations(observation: Observation, cause: Hop | None) -> tuple[Station, ...]:
    """Return the hops from the name to the application, with TLS where the site has it."""
    left_out = {Hop.TEST, Hop.CLIENT} | (set() if observation.site.tls else {Hop.TLS})
    return tuple(
        Station(hop, _label(hop, observation), _mark(hop, observation, cause), _note(hop, observation))
        for hop in Hop
        if hop not in left_out
    )


def path_lines(observation: Observation, cause: Hop | None, paint: Paint) -> list[str]:
    """Return the path in two lines: the hops with their marks, and below each what was measured there."""
    cells = [(each.label, each.mark, each.note) for each in stations(observation, cause)]
    widths = [max(len(label) + 2, len(note)) for label, _, note in cells]
    begin = f"{FAILED} client" if cause is Hop.CLIENT else "client"
    top = paint(begin, _STYLE[FAILED] if cause is Hop.CLIENT else "bold")
    for (label, mark, _), width in zip(cells, widths, strict=True):
        pad = " " * (width - len(label) - 2)
        top += paint(" ─ ", "dim") + paint(f"{mark} {label}", _STYLE[mark]) + pad
    below = " " * len(begin)
    for (_, _, note), width in zip(cells, widths, strict=True):
        below += "   " + paint(f"{note:<{width}}", "dim")
    return [top.rstrip(), below.rstrip()]


def _label(hop: Hop, observation: Observation) -> str:
    site = observation.site
    if hop is Hop.TCP:
        return f"TCP {site.port}"
    if hop is Hop.PROXY:
        return site.proxy.word
    if hop is Hop.BACKEND:
        port, path = (site.backend.port, site.backend.socket) if site.backend else (None, None)
        return f":{port}" if port else posixpath.basename(path) if path else "backend"
    return hop.word


def _mark(hop: Hop, observation: Observation, cause: Hop | None) -> str:
    outside = observation.outside
    if outside is not None and outside.sound:
        return PASSED
    if cause is hop:
        return FAILED
    if hop >= Hop.BACKEND:
        return _mark_by(observation.backend, hop, cause)
    if hop is Hop.PROXY and observation.proxy is not None and observation.proxy.sound:
        return PASSED
    return _mark_by(outside, hop, cause)


def _mark_by(walk: Walk | None, hop: Hop, cause: Hop | None) -> str:
    """Mark a hop by one walk; where the cause is known to be another hop, a wall only suffers from it."""
    if walk is None:
        return UNSEEN
    if walk.wall is None or hop < walk.wall:
        return PASSED
    return FAILED if hop == walk.wall and cause is None else UNSEEN


def _note(hop: Hop, observation: Observation) -> str:
    outside = observation.outside
    if outside is None:
        return ""
    if hop in _PHASES:
        phase = next((p for p in outside.phases if p.name == _PHASES[hop]), None)
        if phase is None:
            return ""
        return f"{phase.seconds * 1000:.0f} ms" if phase.failure is None else phase.failure.value
    if hop is Hop.PROXY:
        return _answer(outside) if outside.wall is None or outside.handshake is not None else ""
    if hop is Hop.APPLICATION:
        return _said(observation.backend or outside)
    return _answer(observation.backend) if hop is Hop.BACKEND and observation.backend is not None else ""


def _said(walk: Walk) -> str:
    """Return the word for what failed of Socket.IO or of the token flow, which has no status of its own."""
    if walk.wall is not Hop.APPLICATION or (walk.session is None and walk.credential is None):
        return ""
    failures = [phase.failure for phase in walk.phases if phase.failure is not None]
    return failures[0].value if failures else ""


def _answer(walk: Walk) -> str:
    if walk.status is not None:
        return str(walk.status)
    failure = walk.handshake.failure if walk.handshake else None
    if failure is not None:
        return failure.value
    return next((c.failure.value for c in walk.connections if c.failure), "")
