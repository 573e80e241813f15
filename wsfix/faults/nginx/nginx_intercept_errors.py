"""nginx answers with a page of its own where the backend refuses the handshake, and hides why.

Seen as: 200 with HTML, a redirect, or another status than the backend's; a single-page application's `error_page 404 =200 /index.html`.
Told apart: straight at the backend the status is one that `error_page` names, and `proxy_intercept_errors on` is in force.
The refusal itself has another cause; this only covers it up.
Changed: with consent: `proxy_intercept_errors off;` in the socket's own location, so that clients and tools see the real
answer. Pages keep their error pages.
Source: ngx_http_proxy_module, proxy_intercept_errors (answers of 300 and above); ngx_http_core_module, error_page.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import in_own_location, reply_of, worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS417", "nginx-intercept-errors", Hop.PROXY, Safety.CONFIRM)
FROM = 300


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend's own refusal is one that nginx replaces."""
    _ = seen.proxied
    if seen.works_through_proxy:
        return
    said, came = reply_of(seen.at_backend), reply_of(seen.through_proxy)
    if said is None or came is None or said.status < FROM or (said.status, said.body) == (came.status, came.body):
        return
    switch = seen.nginx.in_force(seen.route, "proxy_intercept_errors")
    page = next((node for node in seen.nginx.in_force(seen.route, "error_page") if str(said.status) in node.args), None)
    if not switch or switch[-1].args != ("on",) or page is None or not _could_be(page, said.status, came.status):
        return
    yield FAULT.finding(
        f"nginx covers up the backend's {said.status} by {worded(page)}: clients see {came.status}",
        seen.at(switch[-1].position),
        seen.at(page.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=Severity.WARNING,
    )


def _could_be(page: Node, said: int, came: int) -> bool:
    """Whether the page may be answered with this status: `=200` says which, a bare `=` leaves it to the page."""
    words = [word for word in page.args[1:-1] if word.startswith("=")]
    if not words:
        return came == said or page.args[-1].startswith(("http://", "https://"))
    return words[-1] == "=" or words[-1] == f"={came}"


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Hand on what the backend says, in the socket's own location."""
    config = in_own_location(seen, "proxy_intercept_errors", "off")
    if config is not None:
        yield config
