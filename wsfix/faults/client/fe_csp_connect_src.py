"""The page's Content-Security-Policy forbids the socket.

Seen as: `Refused to connect … because it violates the document's Content Security Policy`; nothing reaches the server.
Told apart: connect-src, or default-src where there is none, lets no source through that is the socket's address: not its
host with the scheme of a socket, and not 'self' from a page of the same host. A policy with variables is not judged. The page
is asked for once, as a visitor asks, where the inventory names its origin; so it is seen from outside as well.
Changed: nothing; a policy is its owner's. The line and the source to add are shown.
Source: Content Security Policy level 3, sections 6.1.2 and 6.7.2; RFC 6455 section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers import csp
from wsfix.faults.application.sources import page_sources
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.page import meta_policies
from wsfix.redact import printable

FAULT = Fault("WS703", "fe-csp-connect-src", Hop.CLIENT, Safety.ADVICE)
_HEADER = re.compile(
    r"""^\s*(?:add_header|more_set_headers|Header\s+(?:always\s+)?(?:set|append|add|merge))\s+["']?Content-Security-Policy["']?:?\s+(?P<quote>["'])(?P<policy>.*?)(?P=quote)""",
    re.IGNORECASE,
)
_SHOWN = 200


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each place that words such a policy for the site's page."""
    page = seen.site.page_origins[0]
    held = [*(seen.observation.page.policies if seen.observation.page else ())]
    if seen.observation.page is None or seen.observation.inside is not None:
        held += [*_of_proxy(seen), *_of_page(seen)]
    wrong = [(place, policy) for place, policy in held if csp.forbids(policy, page, _address(seen))]
    if not wrong:
        return
    name = next(found[0] for _, policy in wrong if (found := csp.directive(policy)) is not None)
    yield FAULT.finding(
        f"the policy of the page {page} forbids it to open {_address(seen)}",
        *(Evidence(place, printable(policy, _SHOWN)) for place, policy in wrong),
        severity=Severity.WARNING,
        advice=f"Add `{_address(seen)}` to {name} at {wrong[-1][0]}.",
    )


def _address(seen: Seen) -> str:
    """Return the socket's address without its path, as a policy names it."""
    host = f"[{seen.site.host}]" if ":" in seen.site.host else seen.site.host
    default = 443 if seen.site.tls else 80
    return f"{seen.site.parts.scheme}://{host}" + ("" if seen.site.port == default else f":{seen.site.port}")


def _of_proxy(seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield the policies in the proxy's file that serves this host, where the page comes from the same host."""
    if not any(origin.partition("://")[2].partition(":")[0] == seen.site.host for origin in seen.site.page_origins):
        return
    path = seen.route.server.path
    data = seen.config.files.get(path, b"")
    if b"content-security-policy" not in data.lower():
        return
    text = data.decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        match = _HEADER.match(line)
        if match:
            yield f"{path}:{number}", match["policy"]


def _of_page(seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield the policies in the page's own HTML."""
    try:
        sources = page_sources(seen)
    except NotApplicable:
        return
    for source in sources:
        if source.name.endswith(".html"):
            yield from ((f"{source.path}:{line}", policy) for line, policy in meta_policies(source.text))
