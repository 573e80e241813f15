"""From what a run saw to what its reports tell: rules with their manuals, lines of the inventory, lines of the route."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

from wsfix import __version__
from wsfix.errors import NotObserved, UnreadableConfig
from wsfix.faults.catalogue import catalogue
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence
from wsfix.model.observation import Observation
from wsfix.model.report import Report, Rule
from wsfix.model.route import Position
from wsfix.redact import mask_text
from wsfix.report import bundle

_AROUND = 60
"""So many lines of a server are shown."""
_BELOW = ("pyinfra", "paramiko", "cryptography", "pydantic")


def rules() -> Mapping[str, Rule]:
    """Return every fault as a report explains it, by its code."""
    return {
        e.fault.code: Rule(e.fault.code, e.fault.name, e.title, e.manual, e.fault.hop, e.fault.safety)
        for e in catalogue()
    }


def named(inventory: str) -> str:
    """Return the inventory's path as the repository has it; empty where it is no file below this directory."""
    path, here = Path(inventory).resolve(), Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_file() and path.is_relative_to(here) else ""


def lines_of(inventory: str, sites: Iterable[str]) -> Mapping[str, int]:
    """Return where an inventory names each site; the first line where it cannot be told."""
    try:
        text = Path(inventory).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found = {}
    for name in sites:
        match = re.search(rf"""\bname["']?\s*[:=]\s*["']{re.escape(name)}["']""", text)
        found[name] = text.count("\n", 0, match.start()) + 1 if match else 1
    return found


def route_of(observation: Observation) -> tuple[Evidence, ...]:
    """Return the lines by which the proxy's configuration routes a site, masked; nothing where that cannot be told."""
    seen = Seen(observation)
    try:
        route = seen.route
        upstream = route.upstream.address if route.upstream else "none"
        told = (
            f"{route.kind.value}; upstream {upstream}, HTTP/{route.http_version}, backend path {route.backend_path}; "
            f"Upgrade {route.upgrade_value!r}, Connection {route.connection_value!r}, Host {route.host_value!r}; "
            f"idle {route.idle_seconds:g} s; {'forwards' if route.forwards_upgrade else 'does not forward'} the upgrade "
            f"{route.why_not}"
        )
        unsure = tuple(Evidence("not evaluated", each) for each in route.uncertain)
        places = [route.server]
        if route.position.path != route.server.path or route.position.line >= route.server.line + _AROUND:
            places.append(route.position)
        return (Evidence("as wsfix reads it", told), *unsure, *(_lines(seen, place) for place in places))
    except (NotObserved, NotApplicable, UnreadableConfig):
        return ()


def _lines(seen: Seen, place: Position) -> Evidence:
    """Return the lines from a place on, masked, with the white space that they have."""
    text = seen.config.files.get(place.path, b"").decode("utf-8", "replace").splitlines()
    return Evidence(str(place), mask_text("\n".join(text[place.line - 1 : place.line - 1 + _AROUND])))


def bundled(report: Report) -> str:
    """Return the bundle of a run."""
    excerpts = {
        (each.diagnosis.host, each.diagnosis.site.name): route_of(each.observation)
        for each in report.sites
        if each.observation.inside is not None
    }
    return bundle.render(report, excerpts, versions())


def versions() -> Mapping[str, str]:
    """Return what runs where wsfix runs."""
    found = {
        "wsfix": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
    for name in _BELOW:
        try:
            found[name] = installed(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
