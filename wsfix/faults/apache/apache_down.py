"""Apache is not running.

Seen as: connection refused at once on the public port, while DNS and the host are fine.
Told apart: from a closed firewall by the host having no Apache process; from a wrong port by nothing listening there.
Often a graceful restart ended it: a configuration that passes the test and does not start up (a key of another
certificate, a port that is taken) ends the running server, too.
Changed: the unit is started, after the configuration passed its test. Safe: nothing is served that could be lost.
Where another program holds its port, both are named and nothing is changed.
Source: apachectl(8); systemctl(1); httpd.apache.org, "Stopping and Restarting Apache HTTP Server".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS462", "apache-down", Hop.PROXY, Safety.SAFE, explained_by=("apache-config-broken", "apache-mod-missing")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Apache is installed and has no master process."""
    yield from proxying.down(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Start the unit."""
    yield from proxying.start(FAULT, seen)
