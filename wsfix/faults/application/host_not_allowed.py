"""The framework refuses the host name under which it is asked.

Seen as: 403 `Blocked request. This host … is not allowed` (Vite), `Invalid Host header` (webpack), `Blocked hosts` (Rails), 400
`Bad Request (400)` (Django), 400 `Invalid Hostname` (ASP.NET): on pages and on sockets.
Told apart: by those words, which no other refusal has. Starlette's own is trusted-host-400. Where the backend takes the socket
under the public name and refuses it through the proxy, the proxy does not hand the Host on.
Changed: nothing; the list is the application's. The name to add is shown.
Source: Vite, server.allowedHosts; webpack, devServer.allowedHosts; Rails, ActionDispatch::HostAuthorization; Django,
ALLOWED_HOSTS; ASP.NET Core, Host filtering.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.refusals import Refusal
from wsfix.faults.application.wording import remedy, said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS652",
    "host-not-allowed",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("nginx-host-not-preserved", "apache-preservehost-off", "proxy-host-not-preserved"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the framework's own words came back."""
    walk, found = said(seen, Refusal.HOST)
    handed = " The backend itself takes it: let the proxy hand the Host on." if seen.backend_works else ""
    yield FAULT.finding(
        f"{found.by} takes no requests for the host {seen.site.host}",
        answer(walk),
        severity=seen.severity,
        advice=f"{remedy(seen, found)[:1].upper()}{remedy(seen, found)[1:]}.{handed}",
    )
