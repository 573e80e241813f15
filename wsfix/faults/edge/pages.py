"""What edges say when they answer by themselves: that the origin is down, that they block, that they know no such site."""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.model.walk import Reply


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that an edge words itself."""

    edge: str
    statuses: frozenset[int]
    meaning: str
    todo: str
    says: tuple[bytes, ...] = ()
    """Any of these words in the body, in small letters; none is asked for where it is empty."""
    header: tuple[str, str] = ("", "")
    """A header that it carries, and the beginning of its value."""

    def fits(self, reply: Reply, edge: str) -> bool:
        """Whether an answer of that edge is this page."""
        if reply.status not in self.statuses or self.edge not in {edge, ""}:
            return False
        body, (name, start) = reply.body.lower(), self.header
        said = not self.says or any(word in body for word in self.says)
        held = reply.header(name) if name else start
        return said and held is not None and held.lower().startswith(start)


def page_of(pages: tuple[Page, ...], reply: Reply, edge: str) -> Page | None:
    """Return the first page that an answer is."""
    return next((page for page in pages if page.fits(reply, edge)), None)


def _page(edge: str, status: int, meaning: str, todo: str, *says: bytes, header: tuple[str, str] = ("", "")) -> Page:
    return Page(edge, frozenset({status}), meaning, todo, says, header)


_CF, _AWS, _CLOUDFRONT = "Cloudflare", "Amazon's load balancer", "Amazon CloudFront"
_ITSELF = ("server", "awselb")
"""The balancer names itself only where it words the answer itself."""
_RUNS = "start the web server on the origin, and let the edge's addresses in"
_OPEN = "let the edge's addresses in at the origin's packet filter and security group, and see that the host is up"

ORIGIN_DOWN = (
    _page(_CF, 520, "the origin answers something that is no HTTP", "look into the origin's error log at that moment"),
    _page(_CF, 521, "the origin refuses the connection", _RUNS),
    _page(_CF, 522, "the connection to the origin times out", _OPEN),
    _page(_CF, 523, "the origin cannot be reached", "correct the origin's address in the zone's DNS records"),
    _page(_CF, 524, "the origin takes the connection and gives no answer in time", "see why the backend hangs"),
    _page(_CF, 525, "the TLS handshake with the origin fails", "serve TLS on port 443 of the origin, for this name"),
    _page(
        _CF,
        526,
        "the origin's certificate is not valid",
        "give the origin a certificate that is trusted and for this name; mode Full takes one that is not",
    ),
    _page(_CF, 530, "the origin's name or its tunnel is not there", "correct the origin's record, or start cloudflared"),
    _page(_CLOUDFRONT, 502, "the origin's certificate or its answer is refused", "give the origin a trusted certificate", b"cloudfront"),
    _page(_CLOUDFRONT, 504, "the origin gives no answer", _OPEN, b"cloudfront"),
    _page(_AWS, 502, "the target closed the connection or answered no HTTP", "see why the target ends connections", header=_ITSELF),
    _page(_AWS, 503, "no target is registered or healthy", "mend the target group's health check and its targets", header=_ITSELF),
    _page(_AWS, 504, "the target gives no answer in time", "let the balancer's security group reach the target's port", header=_ITSELF),
    _page("Varnish", 503, "Varnish reached no backend", "correct `backend` in its VCL, and start what it names", b"guru meditation"),
    _page("Fastly", 503, "Fastly reached no origin", "correct the service's host, and let Fastly's addresses in", b"guru meditation", b"first byte timeout", b"connection "),
    _page("Envoy", 503, "Envoy reached no upstream", "see the cluster's endpoints and their health", b"upstream connect error", b"no healthy upstream"),
    _page("Envoy", 504, "the upstream of Envoy gives no answer in time", "see why the backend hangs", b"upstream request timeout"),
    _page("Traefik", 502, "Traefik reaches no server of its service", "correct the service's port (traefik.http.services.NAME.loadbalancer.server.port) and network"),
    _page("Traefik", 503, "Traefik has no healthy server for its service", "start the container, and mend its health check"),
    _page("Traefik", 504, "the server behind Traefik gives no answer in time", "see why the backend hangs"),
    _page("HAProxy", 503, "HAProxy has no server that is up", "mend the backend's servers or their health check"),
    _page("Heroku", 503, "the application crashed, sleeps or gave no answer (an H-code)", "read `heroku logs --tail` for the H-code", b"application-error", b"application error"),
    _page("Render", 502, "the service does not listen", "listen on 0.0.0.0 and the port in $PORT", header=("x-render-routing", "")),
    _page("Render", 404, "no such service is up", "see the service in the dashboard", header=("x-render-routing", "no-server")),
    _page("Railway", 502, "the application failed to respond", "listen on 0.0.0.0 and the port in $PORT", b"failed to respond"),
    _page("Google's front end", 502, "the backend service has no answer", "see its health check and firewall rule", b"temporary error"),
    _page("Google's front end", 503, "the service has no instance that takes requests", "read the service's log", b"temporary error", b"service unavailable"),
)  # fmt: skip

_RULE = "let the handshake's path pass by a rule of its own (method GET, header Upgrade: websocket)"
BLOCKED = (
    Page(_CF, frozenset({403, 429, 503}), "a challenge for browsers, which no socket can answer", f"skip it: {_RULE}", (), ("cf-mitigated", "challenge")),
    Page(_CF, frozenset({403}), "a firewall rule or the bot protection blocks the request", _RULE, (b"attention required", b"you have been blocked", b"error code: 10", b"just a moment")),
    Page(_AWS, frozenset({403}), "AWS WAF blocks the request", f"in the web ACL: {_RULE}", (), _ITSELF),
    Page("", frozenset({202, 403, 405}), "AWS WAF holds the request back", f"in the web ACL: {_RULE}", (), ("x-amzn-waf-action", "")),
    Page(_CLOUDFRONT, frozenset({403}), "AWS WAF or a geographic restriction blocks the request", f"in the web ACL: {_RULE}", (b"request blocked", b"configured to block access")),
    Page("Sucuri", frozenset({403}), "the firewall blocks the request", f"allow the path: {_RULE}", (b"sucuri", b"access denied")),
    Page("Imperva", frozenset({403}), "the firewall blocks the request", f"allow the path: {_RULE}", (b"incident id", b"incapsula")),
    Page("Akamai", frozenset({403}), "the firewall blocks the request", f"allow the path: {_RULE}", (b"access denied",)),
    Page("", frozenset({400, 403, 406, 500, 501}), "ModSecurity blocks the request", "exempt the socket's path from the rule that the audit log names (Core Rule Set: 920272, 920300 and the like)", (b"mod_security", b"modsecurity")),
    Page("", frozenset({200, 403}), "an application firewall (F5) rejects the request", "give its support ID to those who keep the firewall", (b"the requested url was rejected",)),
    Page("", frozenset({403}), "the firewall Wordfence or BitNinja blocks the request", "allow the path there", (b"wordfence", b"bitninja")),
)  # fmt: skip

NO_ROUTE = (
    _page("Traefik", 404, "no router of Traefik matches the host and path", "set `traefik.http.routers.NAME.rule=Host(`HOST`)` and the entry point of the URL's port; the container must be up and healthy"),
    Page("OpenResty, as in Nginx Proxy Manager", frozenset({200, 404}), "no proxy host has the name", "add a proxy host for HOST", (b"nginx proxy manager", b"default site", b"congratulations")),
    _page("Heroku", 404, "no application has the name", "run `heroku domains:add HOST`", b"no-such-app", b"no such app"),
    _page("Vercel", 404, "no deployment has the name or the path", "aim the client at the server that runs the socket", header=("x-vercel-error", "")),
    _page("Railway", 404, "no service has the name", "add the domain HOST to the service", header=("x-railway-fallback", "true")),
    _page(_CF, 409, "the name is not set up with Cloudflare", "add the name HOST to the zone", b"error code: 1001"),
    _page(_CF, 403, "the name leads to another account", "add the name HOST to the zone, or for SaaS as a custom hostname", b"error code: 1014"),
)  # fmt: skip
