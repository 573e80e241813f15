"""No virtual host has the site's name, so another one answers.

Seen as: 404, another site's page, or another site's certificate. The first virtual host of an address and port is the
default; a name that stands in a virtual host of port 80 only does not count on port 443.
Told apart: by no loaded virtual host of that port naming the host, and no file waiting in sites-available.
Changed: the name is added to the one virtual host that already proxies to this site's backend; where none or several
do, that is for a person to decide and only advised.
Source: httpd.apache.org, "Name-based Virtual Host Support"; core, ServerName and ServerAlias.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS464",
    "apache-wrong-vhost",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-site-not-enabled"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the default virtual host answers for a name that nobody has."""
    yield from proxying.nameless(FAULT, seen, "virtual host", "one", "ServerName")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the name."""
    yield from proxying.named(seen)
