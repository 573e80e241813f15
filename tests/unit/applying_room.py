"""What drop-ins of a unit and commands about its limits make of a host."""

from __future__ import annotations

import re
from dataclasses import replace

from wsfix.model.inside import Inside, ServiceState
from wsfix.model.observation import Observation


def with_settings(unit: ServiceState, text: str) -> ServiceState:
    """Return the unit as a drop-in makes it (systemd.unit(5)): an empty EnvironmentFile= forgets those before it."""
    for key, value in re.findall(r"^([A-Z]\w+)=(.*)$", text, re.MULTILINE):
        if key == "EnvironmentFile":
            named = value.removeprefix("-")
            files = (*unit.environment_files, named) if named else ()
            lost = unit.lost_files if named else ()
            unit = replace(unit, environment_files=files, lost_files=lost)
        elif key == "Restart":
            unit = replace(unit, restart_policy=value)
        elif key == "WorkingDirectory":
            unit = replace(unit, working_directory=value)
        elif key == "MemoryMax":
            unit = replace(unit, memory_max=int(value))
        elif key == "LimitNOFILE":
            unit = replace(unit, files_limit=int(value))
    return unit


def files_raised(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """The processes that prlimit names may open more."""
    assert inside.capacity is not None
    handles = dict(inside.capacity.handles)
    for pid, soft in re.findall(r"--pid (\d+) --nofile=(\d+):", found[0]):
        handles[int(pid)] = replace(handles[int(pid)], soft=int(soft))
    return replace(inside, capacity=replace(inside.capacity, handles=handles))


def ports_widened(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """The kernel hands out more ports."""
    assert inside.capacity is not None
    return replace(inside, capacity=replace(inside.capacity, ports=(int(found["low"]), int(found["high"]))))


def unmasked(inside: Inside, unit: str) -> Inside:
    """The unit's own file counts again."""
    services = dict(inside.services or {})
    services[unit] = replace(services[unit], load="loaded", enabled="enabled", restart_policy="on-failure")
    return replace(inside, services=services)


def supervised(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """supervisor runs the program."""
    held = tuple(replace(one, state="RUNNING") if one.name == found["name"] else one for one in inside.supervised or ())
    return replace(inside, supervised=held)
