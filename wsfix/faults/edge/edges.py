"""The programs and services that stand before a host, how each names itself in an answer, and how it lets a socket through.

Source: the makers' own manuals on headers and WebSockets (Cloudflare, Amazon CloudFront and Elastic Load Balancing, Fastly,
Akamai, Varnish, Envoy, Traefik, Microsoft IIS, LiteSpeed, Nginx Proxy Manager, the platforms).
"""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.model.walk import Reply


@dataclass(frozen=True, slots=True)
class Edge:
    """One of them."""

    name: str
    signs: tuple[tuple[str, str], ...]
    """(header, beginning of its value in small letters): one that holds is enough."""
    sockets: str = ""
    """What to set there so that it hands sockets on; empty where it does so by itself."""
    takes_none: str = ""
    """Why no socket ends there, for a service that only hands out files or runs functions; else empty."""


def _edge(name: str, *signs: str, sockets: str = "", takes_none: str = "") -> Edge:
    pairs = (sign.partition(": ")[::2] for sign in signs)
    return Edge(name, tuple((header, value) for header, value in pairs), sockets, takes_none)


_FILES = "it hands out files"
_FUNCTIONS = "its functions end with their answer"

EDGES = (
    _edge(
        "Sucuri", "server: sucuri", "x-sucuri-id", sockets="ask Sucuri's support to let WebSockets pass for the site"
    ),
    _edge(
        "Imperva", "x-iinfo", "x-cdn: incapsula", "x-cdn: imperva", sockets="let the path pass in the site's WAF rules"
    ),
    _edge("Vercel", "server: vercel", "x-vercel-id", takes_none=_FUNCTIONS),
    _edge("Netlify", "server: netlify", "x-nf-request-id", takes_none=_FUNCTIONS),
    _edge("GitHub Pages", "server: github.com", "x-github-request-id", takes_none=_FILES),
    _edge("Amazon S3", "server: amazons3", takes_none=_FILES),
    _edge("Render", "rndr-id", "x-render-origin-server", "x-render-routing"),
    _edge("Railway", "server: railway", "x-railway-edge", "x-railway-fallback"),
    _edge("Fly.io", "fly-request-id", "server: fly/"),
    _edge("Heroku", "via: 1.1 vegur", "via: 2.0 heroku-router", "via: 1.1 heroku-router", "server: heroku"),
    _edge("Cloudflare", "cf-ray", "server: cloudflare", sockets="switch on Network > WebSockets for the zone"),
    _edge(
        "Amazon CloudFront",
        "x-amz-cf-id",
        "server: cloudfront",
        sockets="give the behaviour of the path the origin request policy AllViewer, so that the handshake's headers pass",
    ),
    _edge(
        "Fastly",
        "x-fastly-request-id",
        "x-served-by: cache-",
        sockets="enable the WebSockets product and `return(upgrade)` for the path in vcl_recv",
    ),
    _edge("Akamai", "server: akamai", sockets="add the behaviour WebSockets for the path in Property Manager"),
    _edge(
        "Varnish",
        "x-varnish",
        "server: varnish",
        "via: 1.1 varnish",
        sockets='in vcl_recv `if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }`, and in vcl_pipe '
        "`set bereq.http.Upgrade = req.http.Upgrade; set bereq.http.Connection = req.http.Connection;`",
    ),
    _edge(
        "Amazon's load balancer",
        "server: awselb",
        "set-cookie: awsalb",
        sockets="give the target group the protocol version HTTP1",
    ),
    _edge(
        "Amazon's classic load balancer",
        "set-cookie: awselb",
        sockets="use TCP (or SSL) instead of HTTP (HTTPS) as the listener's protocol, or an Application Load Balancer",
    ),
    _edge(
        "Azure Front Door",
        "x-azure-ref",
        sockets="use the Standard or Premium tier, which hands sockets on by itself",
    ),
    _edge(
        "IIS or Azure App Service",
        "x-powered-by: arr/",
        "server: microsoft-iis",
        sockets="install the feature WebSocket Protocol (`Install-WindowsFeature Web-WebSockets`); on App Service "
        "`az webapp config set --web-sockets-enabled true`",
    ),
    _edge("Google's front end", "server: google frontend", "via: 1.1 google"),
    _edge(
        "Envoy",
        "server: envoy",
        "server: istio-envoy",
        sockets="`upgrade_configs: [{ upgrade_type: websocket }]` in its HttpConnectionManager or in the route",
    ),
    _edge(
        "LiteSpeed",
        "server: litespeed",
        "server: openlitespeed",
        sockets="add a WebSocket Proxy for the path to the virtual host (WebSocket Proxy > URI, Address)",
    ),
    _edge(
        "OpenResty, as in Nginx Proxy Manager",
        "server: openresty",
        sockets="switch on Websockets Support of the proxy host",
    ),
)
"""The more special ones first: a platform may stand behind a CDN of another name and yet be what answers."""

TRAEFIK = Edge("Traefik", ())
HAPROXY = Edge("HAProxy", ())
_GO = "text/plain; charset=utf-8"
_TRAEFIK_SAYS = {404: b"404 page not found", 502: b"Bad Gateway", 503: b"no available server", 504: b"Gateway Timeout"}
_HAPROXY_SAYS = b"No server is available to handle this request"


def recognise(reply: Reply) -> Edge | None:
    """Return which one wrote an answer or handed it on; None for a server that wsfix does not know as an edge."""
    for edge in EDGES:
        if any(_has(reply, header, value) for header, value in edge.signs):
            return edge
    return _by_words(reply)


def _has(reply: Reply, header: str, value: str) -> bool:
    named = [held for name, held in reply.headers if name.lower() == header]
    return any(held.strip().lower().startswith(value) for held in named)


def _by_words(reply: Reply) -> Edge | None:
    """Return one that names itself nowhere and words its errors in its own way."""
    if reply.header("server") is not None:
        return None
    said = _TRAEFIK_SAYS.get(reply.status)
    if said is not None and reply.body.strip() == said and reply.header("via") is None and _plain(reply):
        return TRAEFIK
    return HAPROXY if _HAPROXY_SAYS in reply.body else None


def _plain(reply: Reply) -> bool:
    return (reply.header("content-type") or _GO).lower() == _GO
