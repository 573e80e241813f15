"""nginx refuses its configuration as it lies on the disk.

Seen as: often nothing at all. nginx goes on with the configuration that it loaded earlier, and every later edit is
without effect; the next restart or reboot takes the whole server down.
Told apart: `nginx -t` names the file and the line. A variable that no map defines is nginx-map-undefined.
Changed: nothing. While the configuration is broken no change is made to the host, since a reload would fail or would
make somebody's half-finished edit live. Only a fault whose own cure mends the test lifts this.
Source: nginx(8), -t; ngx_core_module.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS401", "nginx-config-broken", Hop.PROXY, Safety.ADVICE, explained_by=("nginx-map-undefined", "tls-key-mismatch")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx's own test fails."""
    output = seen.proxy.test_output
    said = next((line for line in output.splitlines() if "[emerg]" in line), output)
    yield from proxying.refused(FAULT, seen, "nginx -t", said)
