"""The proxy refuses its configuration as it lies on the disk.

Seen as: often nothing at all. A reload fails, the proxy goes on with the configuration that it loaded earlier, and every
later edit is without effect; the next restart or reboot takes the whole server down.
Told apart: the proxy's own test (`caddy validate`, `haproxy -c`), run as its own user, names the file and the line.
Changed: nothing. While the configuration is broken no change is made to the host, since a reload would fail or would make
somebody's half-finished edit live.
Source: caddyserver.com/docs/command-line, caddy validate and caddy reload; haproxy(1), -c.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS469", "proxy-config-broken", Hop.PROXY, Safety.ADVICE)
_TESTS = {"caddy": "caddy validate", "haproxy": "haproxy -c"}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy's own test fails."""
    lines = [line.strip() for line in seen.proxy.test_output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("Error", "[ALERT]"))] or lines[-1:]
    test = _TESTS.get(seen.site.proxy.kind, f"the test of {seen.site.proxy.word}")
    yield from proxying.refused(FAULT, seen, test, " ".join(errors[:2]))
