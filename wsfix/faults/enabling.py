"""Debian's way of enabling a site: its file in sites-available, and a link to it in sites-enabled."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding

AVAILABLE, ENABLED = "/sites-available/", "/sites-enabled/"


def not_enabled(fault: Fault, seen: Seen) -> Iterator[Finding]:
    """Fire where no loaded server has the name, and a file in sites-available has."""
    if seen.route.named:
        return
    for path, line, text in seen.config.unloaded_names(seen.site.host):
        if AVAILABLE not in path:
            continue
        yield fault.finding(
            f"{path} names {seen.site.host}, but nothing includes it: the site is not enabled",
            Evidence(f"{path}:{line}", text),
            Evidence(_link(seen, path), "no such link"),
            severity=seen.severity,
            subject=path,
        )
        return


def enabled(fault: Fault, seen: Seen, finding: Finding, target: str) -> Iterator[Link]:
    """Link the file of a site that is not enabled; `target` is the folder of the file as the link names it."""
    path = finding.subject
    yield Link(_link(seen, path), f"{target}{path.partition(AVAILABLE)[2]}", faults=(fault.code,))


def _link(seen: Seen, path: str) -> str:
    """Return the link by which a site is enabled; Apache reads only those whose name ends with .conf."""
    link = path.replace(AVAILABLE, ENABLED)
    return link if seen.site.proxy.kind == "nginx" or link.endswith(".conf") else f"{link}.conf"
