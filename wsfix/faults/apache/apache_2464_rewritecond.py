"""Apache 2.4.64 takes every `RewriteCond expr …` for true, and so sends requests where they do not belong.

Seen as: pages and API calls end at the socket's backend, or the socket elsewhere, since the last upgrade of the package.
Told apart: by the version, which is the only one with that fault (CVE-2025-54090), and by rules with conditions.
Changed: nothing; the package is upgraded by whoever looks after the system.
Source: httpd.apache.org, "Apache HTTP Server 2.4 vulnerabilities", fixed in 2.4.65.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS495", "apache-2464-rewritecond", Hop.PROXY, Safety.ADVICE)
VERSION = "2.4.64"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire on that version where the site's virtual host rewrites under conditions."""
    if seen.proxy.version != VERSION or seen.proxy.kind != "apache":
        return
    nodes = [child for node in seen.apache.server(seen.route.server).nodes for child in node.walk()]
    conditions = [node for node in nodes if node.name == "rewritecond"]
    if not conditions:
        return
    yield FAULT.finding(
        f"Apache {VERSION} evaluates conditions of rewriting wrongly (CVE-2025-54090)",
        Evidence("apache2 -v", f"Apache/{VERSION}"),
        seen.at(conditions[0].position),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        advice="Upgrade the package apache2 to 2.4.65 or newer (`apt-get install --only-upgrade apache2`).",
    )
