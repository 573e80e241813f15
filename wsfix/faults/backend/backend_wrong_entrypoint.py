"""The backend's command names a module or an application that is not there.

Seen as: 502; the unit starts and dies again and again.
Told apart: by the server's own line, `Could not import module "app"` or `Attribute "app" not found in module`.
Changed: nothing; only the people who own the code know the right name. The line to change is shown.
Source: uvicorn, "Error loading ASGI app"; gunicorn, "Failed to find attribute".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS501", "backend-wrong-entrypoint", Hop.BACKEND, Safety.ADVICE)
_COMPLAINT = re.compile(
    r"Error loading ASGI app|Could not import module \"|Attribute \"[^\"]*\" not found in module|"
    r"Failed to find attribute|ModuleNotFoundError: No module named"
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the unit does not run and its last words are about the entry point."""
    unit = seen.unit
    if unit.running and not unit.restarts:
        return
    said = next((line for line in reversed(unit.log) if _COMPLAINT.search(line)), None)
    if said is None or (unit.running and seen.backend_works):
        return
    yield FAULT.finding(
        f"{unit.unit} cannot load the application that its command names",
        Evidence(f"journal of {unit.unit}", said.strip()),
        Evidence(f"{unit.fragment or unit.unit}, ExecStart", unit.command),
        severity=seen.severity,
        advice=f"Correct the module or the application in ExecStart of {unit.fragment or unit.unit}"
        + (f" (it runs in {unit.working_directory})" if unit.working_directory else "")
        + f", then `systemctl daemon-reload && systemctl restart {unit.unit}`.",
    )
