"""No server block has the site's name, so another one answers.

Seen as: 404, another site's page, or another site's certificate.
Told apart: by no loaded server naming the host, and no file waiting in sites-available.
Changed: the name is added to the one server block that already proxies to this site's backend; where none or several
do, that is for a person to decide and only advised.
Source: ngx_http_core_module, server_name; nginx.org, "How nginx processes a request".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS405", "nginx-wrong-vhost", Hop.PROXY, Safety.SAFE, explained_by=("nginx-site-not-enabled",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the default server answers for a name that nobody has."""
    yield from proxying.nameless(FAULT, seen, "server block", "server", "server_name")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the name."""
    yield from proxying.named(seen)
