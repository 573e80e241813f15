"""The site's file lies in sites-available and nothing includes it.

Seen as: the old behaviour, another site's page, or a certificate of another name; edits of the file do nothing.
Told apart: from nginx-wrong-vhost by a file that does name this host and is not among those that nginx reads.
Changed: a link in sites-enabled, as Debian's own layout has it; no file is edited.
Source: nginx's Debian packaging, /etc/nginx/sites-enabled; ngx_core_module, include.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS404", "nginx-site-not-enabled", Hop.PROXY, Safety.SAFE)
AVAILABLE = "/sites-available/"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where no loaded server has the name, and a file that is not loaded has."""
    if seen.route.named:
        return
    for path, line, text in seen.nginx.unloaded_names(seen.site.host):
        if AVAILABLE not in path:
            continue
        yield FAULT.finding(
            f"{path} names {seen.site.host}, but nothing includes it: the site is not enabled",
            Evidence(f"{path}:{line}", text),
            Evidence(path.replace(AVAILABLE, "/sites-enabled/"), "no such link"),
            severity=seen.severity,
            subject=path,
        )
        return


def cure(_seen: Seen, finding: Finding) -> Iterator[Link]:
    """Link the file."""
    path = finding.subject
    yield Link(path.replace(AVAILABLE, "/sites-enabled/"), path, faults=(FAULT.code,))
