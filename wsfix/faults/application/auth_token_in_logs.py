"""The token of the socket stands in its URL, and the proxy's access log writes whole URLs.

Seen as: nothing; whoever reads the log, or the place where logs are sent, holds tokens that are still good.
Told apart: the inventory puts the token into the query, and the log that is in force for the site has a format that holds the
query: nginx's `combined`, `$request`, `$request_uri`, `$args`; Apache's %r or %q. A token that lives two minutes at most is let be.
Changed: nothing; a note, since others may read that log. The format without the query is shown.
Source: RFC 6750 section 2.3 and 5.3; nginx, ngx_http_log_module; Apache, mod_log_config.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.accesslog import Logged, of_apache, of_nginx
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.route import Position
from wsfix.model.words import looks_secret

FAULT = Fault("WS635", "auth-token-in-logs", Hop.APPLICATION, Safety.ADVICE)
SHORT_SECONDS = 120.0


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where both are so."""
    name = _in_query(seen)
    credential = seen.observation.outside.credential if seen.observation.outside else None
    left = credential.seconds_left if credential is not None else None
    if not name or (left is not None and left <= SHORT_SECONDS):
        raise NotApplicable
    nginx = seen.site.proxy.kind == "nginx"
    files = {path: content.decode("utf-8", "replace") for path, content in seen.config.files.items()}
    of_site = seen.route.server.path
    found = of_nginx(files, of_site) if nginx else of_apache(files, of_site)
    if found == ():
        return
    yield FAULT.finding(
        f"the access log of {seen.site.proxy.word} writes the token of the socket, which stands in its URL as {name}",
        *_places(seen, found),
        severity=Severity.NOTE,
        advice='Write the path without the query: `log_format short \'$remote_addr [$time_local] "$request_method $uri" $status '
        "$body_bytes_sent';` and `access_log PATH short;`, or let the token live for a minute."
        if nginx
        else 'Write the path without the query: `LogFormat "%h %l %u %t \\"%m %U %H\\" %>s %b" short` and `CustomLog PATH short`, '
        "or let the token live for a minute.",
    )


def _in_query(seen: Seen) -> str:
    """Return the parameter that holds the token."""
    probe = seen.site.probe
    if probe.token is not None:
        return probe.token.name if probe.token.place == "query" else ""
    return next((key for key in probe.query_from_env if looks_secret(key)), "")


def _places(seen: Seen, found: tuple[Logged, ...] | None) -> list[Evidence]:
    if found is None:
        return [Evidence(str(seen.route.server), "no access_log: nginx writes `combined`, with $request in it")]
    return [seen.at(Position(each.path, each.line)) for each in found[:2]]
