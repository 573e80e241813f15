"""Django's applications are not loaded when asgi.py imports what needs them.

Seen as: 502; the backend dies at its start.
Told apart: its log says `AppRegistryNotReady`, or that the settings are not configured; routing or consumers are imported
before get_asgi_application() was called.
Changed: nothing; asgi.py is the application's. What to write first is shown.
Source: Channels, "Deploying" ("initialize Django ASGI application early"); Django, AppRegistryNotReady.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS509", "django-apps-not-loaded", Hop.BACKEND, Safety.ADVICE)
_COMPLAINTS = ("AppRegistryNotReady", "ImproperlyConfigured: Requested setting")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend does not run and Django said why."""
    kept = keeper(seen)
    if seen.works or seen.backend_works or (kept.running and not (kept.restarts and kept.young)):
        return
    said = next((line.strip() for line in reversed(kept.log) if any(word in line for word in _COMPLAINTS)), None)
    if said is None:
        return
    files = [path for path in seen.inside.sources or {} if path.endswith("/asgi.py")]
    yield FAULT.finding(
        f"{kept.name} dies at start: something of Django is imported before its applications are loaded",
        Evidence(kept.log_source, said),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity,
        advice=f"In {files[0] if files else 'asgi.py'} set DJANGO_SETTINGS_MODULE and call `django_asgi_app = "
        f"get_asgi_application()` before routing, consumers or middleware are imported, then {kept.again}.",
    )
