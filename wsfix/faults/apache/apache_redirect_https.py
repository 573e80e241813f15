"""The client asks by ws://, and the server redirects plain HTTP to HTTPS.

Seen as: `Unexpected response code: 301` (or 302). Browsers do not follow a redirect of a handshake.
Told apart: by the Location beginning with https:// at the same host.
Changed: nothing; the redirect is right. The client must open wss:// instead.
Source: mod_rewrite, flag R; mod_alias, Redirect; WHATWG WebSockets (a browser follows no redirect of a handshake).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS465", "apache-redirect-https", Hop.PROXY, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a ws:// URL is answered with a redirect to https://."""
    yield from proxying.redirects_to_https(FAULT, seen)
