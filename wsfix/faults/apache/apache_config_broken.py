"""Apache refuses its configuration as it lies on the disk.

Seen as: often nothing at all. `systemctl reload apache2` fails, Apache goes on with the configuration that it loaded
earlier, and every later edit is without effect; the next restart or reboot takes the whole server down.
Told apart: `apache2ctl configtest` names the file and the line. Where a directive is unknown only because its module is
not loaded it is apache-mod-missing.
Changed: nothing. While the configuration is broken no change is made to the host, since a reload would fail or would
make somebody's half-finished edit live. Only a fault whose own cure mends the test lifts this.
Source: apachectl(8), configtest; httpd.apache.org, "Stopping and Restarting Apache HTTP Server".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS461", "apache-config-broken", Hop.PROXY, Safety.ADVICE, explained_by=("apache-mod-missing", "tls-key-mismatch")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Apache's own test fails."""
    lines = [line.strip() for line in seen.proxy.test_output.splitlines() if line.strip()]
    said = next((n for n, line in enumerate(lines) if "yntax error on line" in line), 0)
    yield from proxying.refused(FAULT, seen, "apache2ctl configtest", " ".join(lines[said : said + 2]))
