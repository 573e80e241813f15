"""A RewriteCond asks for `Connection: Upgrade` and nothing else; Firefox sends `keep-alive, Upgrade`.

Seen as: Chrome connects, Firefox does not (it gets the backend's 404).
Told apart: the condition's pattern is anchored, such as ^Upgrade$, and holds for the one value and not for the other.
Changed: the pattern of that condition holds for a list of words that has Upgrade in it; nothing else.
Source: RFC 6455 section 4.2.1 (Connection includes the token "Upgrade"); RFC 9110 section 7.6.1; mod_rewrite, RewriteCond.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS475", "apache-connection-regex-anchored", Hop.PROXY, Safety.SAFE)
FIREFOX = "keep-alive, Upgrade"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Chrome's request is forwarded by a rule whose condition Firefox's does not meet."""
    condition, site = seen.apache.anchored_connection(seen.route), seen.site
    if condition is None:
        return
    other = seen.apache.route(site.host, site.port, site.tls, site.path, connection=FIREFOX)
    if other.forwards_upgrade:
        return
    yield FAULT.finding(
        "a condition lets in `Connection: Upgrade` and refuses Firefox's `keep-alive, Upgrade`",
        seen.at(condition.position),
        Evidence(str(other.position), f"Firefox is answered by `{other.match or 'the virtual host'}`"),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Take the anchors away."""
    yield seen.apache.unanchor_connection(seen.route)
