"""A RewriteRule names the backend and lacks the flag [P]: Apache redirects the client there instead of proxying.

Seen as: 302 with a Location such as ws://127.0.0.1:8001/…, which also tells the world where the backend is. Browsers
follow no redirect of a handshake.
Told apart: by that Location, and by a rule whose substitution is an address of this host or begins with ws://.
Changed: P is added to the flags of that rule; nothing else.
Source: mod_rewrite, "RewriteRule Flags", P|proxy.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.completing import completed
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS473",
    "apache-rewrite-no-p",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-wrong-vhost",),
    covers=("apache-rewrite-no-P",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the rule that takes the path redirects to a backend."""
    rule = seen.apache.rewrite_without_proxy(seen.route)
    if rule is None:
        return
    evidence = [seen.at(rule.position), Evidence("Location", (seen.route.redirect or "")[:200])]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(through)] if through is not None and not through.sound else []
    yield FAULT.finding(
        f"`{rule.match}` redirects the client to the backend, since it has no [P]",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Add the flag."""
    yield from completed(seen, [seen.apache.proxy_rewrite(seen.route)], FAULT.code)
