"""nginx asks another service whether the client may come in, and that one says no, or fails.

Seen as: 401 or 403 with nginx's own page, or 500 (`auth request unexpected status` in the error log).
Told apart: from the backend's own refusal by the page; `auth_request` is in force in the location which takes the URL.
Changed: nothing; who may come in is that service's to say. A socket is asked for with the page's cookies and without its
Authorization header; a service that wants a header refuses every socket.
Source: ngx_http_auth_request_module (2xx lets in, 401 and 403 refuse, everything else is an error).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import by_nginx, routed, worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS415",
    "nginx-auth-request",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("nginx-wrong-vhost", "nginx-site-not-enabled", "nginx-deny-allow", "nginx-auth-basic"),
)
FAILED = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx itself refused and a subrequest decides."""
    walk = by_nginx(seen, 401, 403, FAILED)
    if walk is None or routed(seen).kind is RouteKind.RETURN:
        return
    asked = seen.nginx.in_force(seen.route, "auth_request")
    if not asked or asked[-1].args == ("off",):
        return
    failed = walk.status == FAILED
    yield FAULT.finding(
        f"the service that nginx asks ({worded(asked[-1])}) "
        + ("fails at the handshake" if failed else "does not let the handshake in"),
        seen.at(asked[-1].position),
        answer(walk),
        severity=seen.severity,
        advice=(
            f"Look why {asked[-1].args[0]} answers neither 2xx, 401 nor 403: its location must not hand Upgrade on, "
            "and needs `proxy_pass_request_body off;`."
            if failed
            else f"Let {asked[-1].args[0]} tell the client by a cookie or by the query: a browser sends no other header."
        ),
    )
