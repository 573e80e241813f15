"""A variable that carries the upgrade is used, but no map defines it.

Seen as: after the edit nothing changes. `nginx -t` says `unknown "connection_upgrade" variable`, the reload is
refused and the old configuration stays live; after a restart nginx is down.
Told apart: from other broken configurations by the message, and by the variable standing in a `proxy_set_header`.
Changed: a map is added in http{} that gives `upgrade` for a WebSocket and nothing otherwise; no line of the site.
Safe, since a variable that nobody defined can be used by nothing that works.
Source: ngx_http_map_module, map; nginx.org, "WebSocket proxying".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS402", "nginx-map-undefined", Hop.PROXY, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each undefined variable that nginx itself complains of."""
    output = seen.proxy.test_output
    for variable, position in seen.nginx.undefined:
        name = variable.lstrip("$")
        if f'unknown "{name}" variable' not in output:
            continue
        said = next(line for line in output.splitlines() if f'"{name}"' in line)
        yield FAULT.finding(
            f"${name} is used, but no map defines it: nginx refuses the configuration and keeps the old one",
            seen.at(position),
            Evidence("nginx -t", said.strip()),
            severity=seen.severity,
            subject=name,
        )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Define the variable."""
    yield seen.nginx.define_map(finding.subject)
