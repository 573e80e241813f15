"""SELinux forbids the web server to connect to the backend.

Seen as: 502 of nginx or 503 of Apache at once, although the backend takes the socket when asked directly.
Told apart: SELinux is enforcing and its boolean httpd_can_network_connect is off; the proxy's error log says
"(13: Permission denied) while connecting to upstream" where a closed port would give 111.
Changed: nothing; the boolean lets every web server of the host connect anywhere, which is for its operator to decide. The
line is shown.
Source: httpd_selinux(8), httpd_can_network_connect; setsebool(8); nginx.com, "Using NGINX and NGINX Plus with SELinux".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS210", "selinux-httpd-can-network-connect", Hop.TCP, Safety.ADVICE)
GATEWAY = frozenset({502, 503})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy cannot reach a backend that works, and SELinux says that it may not."""
    state = seen.inside.known("selinux", seen.inside.selinux)
    if not state.enforcing or state.may_connect is not False or seen.works_through_proxy:
        return
    if seen.through_proxy.status not in GATEWAY or not seen.at_backend.sound:
        return
    yield FAULT.finding(
        f"SELinux does not let {seen.site.proxy.word} connect to the backend",
        Evidence("SELinux", "enforcing; httpd_can_network_connect is off"),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=Severity.ERROR,
        advice="Run `setsebool -P httpd_can_network_connect 1` (for certain ports only: `semanage port -a -t http_port_t "
        "-p tcp PORT`), after `ausearch -m avc -ts recent` showed the denial.",
    )
