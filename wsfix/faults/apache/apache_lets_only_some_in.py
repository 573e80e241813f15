"""A section lets in only some: by a password, which a page's socket cannot give, or by an address.

Seen as: 401 with `WWW-Authenticate` and Apache's own page, or 403 with it; AH01630 or AH01617 in the error log.
Told apart: a `<Location>`, `<Proxy>` or `<Directory>` that the request lies in holds a Require other than `all granted`, the
backend takes the socket when it is asked directly, and the answer is 401 or 403.
Changed: nothing, since somebody closed it; the section that opens the socket's path alone is shown. The application must then
tell by itself who connects.
Source: mod_authz_core, Require (the last section that says anything decides); mod_auth_basic; WebSocket interface (WHATWG),
which takes no headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS469", "apache-lets-only-some-in", Hop.PROXY, Safety.ADVICE, explained_by=("apache-wrong-vhost",))
UNAUTHORIZED = 401
REFUSALS = frozenset({UNAUTHORIZED, 403})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a section asks who it is, and the handshake was refused."""
    guard = seen.proxied.guarded_by
    walk = seen.through_proxy
    if guard is None or seen.works_through_proxy or walk.status not in REFUSALS or not seen.backend_works:
        return
    asked = "asks for a password, which a page's socket cannot give" if walk.status == UNAUTHORIZED else "keeps it out"
    prefix = seen.site.prefix
    yield FAULT.finding(
        f"the section at {guard} lets in only some, and {asked}",
        seen.at(guard, around=4),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice=f"Behind that section write `<Location {prefix}>`, `Require all granted`, `</Location>`, and let the application "
        "tell who connects; or let this client's address in.",
    )
