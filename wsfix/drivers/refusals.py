"""Answers by which servers and frameworks are known when they refuse a handshake: status, headers and words, each its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from wsfix.model.walk import Reply


class Refusal(StrEnum):
    """What such an answer says."""

    ORIGIN = "the origin is refused"
    NO_ORIGIN = "an Origin is wanted, and none came"
    HOST = "the host is refused"
    NOT_UPGRADED = "the upgrade did not arrive"
    STRANGER = "the session is not known here"
    NO_SOCKET = "this is no WebSocket"
    NO_ROUTE = "no route"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One answer; everything that is given must fit."""

    by: str
    """Who answers so."""
    statuses: frozenset[int]
    means: Refusal
    body: str = ""
    """A regular expression that the beginning of the body must hold."""
    header: str = ""
    """A regular expression on one `name: value` of the headers."""
    remedy: str = ""
    """What is set there, in that framework's words; {origin} and {host} stand for the site's."""


def _of(
    by: str, statuses: int | tuple[int, ...], means: Refusal, body: str = "", header: str = "", remedy: str = ""
) -> Fingerprint:
    held = (statuses,) if isinstance(statuses, int) else statuses
    return Fingerprint(by, frozenset(held), means, body, header, remedy)


_VERSION = r"(?i)^sec-websocket-version: 13$"
_GO = "Go's gorilla/websocket"
_EITHER = (400, 401, 403)

FINGERPRINTS: tuple[Fingerprint, ...] = (
    _of("websockets (Python)", 403, Refusal.NO_ORIGIN, r"missing Origin header", "", "`origins=[…, None]` lets tools in as well"),
    _of("websockets (Python)", 403, Refusal.ORIGIN, r"invalid Origin header", "", 'add "{origin}" to `origins=` of serve()'),
    _of(_GO, 403, Refusal.ORIGIN, r"^(?:Forbidden)?\s*$", _VERSION, 'let CheckOrigin of the Upgrader return true for "{origin}"'),
    _of(_GO, _EITHER, Refusal.ORIGIN, r"not allowed by Upgrader\.CheckOrigin", "", 'let CheckOrigin of the Upgrader return true for "{origin}"'),
    _of("Go's coder/websocket", 403, Refusal.ORIGIN, r"request Origin \S+ is not authorized for Host", "", 'add the host of "{origin}" to AcceptOptions.OriginPatterns'),
    _of("Tornado", 403, Refusal.ORIGIN, r"Cross origin websockets not allowed", "", 'let check_origin of the handler return True for "{origin}"'),
    _of("Ratchet (PHP)", 403, Refusal.ORIGIN, "", r"(?i)^x-powered-by: Ratchet", 'add the host of "{origin}" to the allowed origins of OriginCheck'),
    _of("Spring", 403, Refusal.ORIGIN, r"^Invalid CORS request", "", 'add "{origin}" by setAllowedOrigins (or setAllowedOriginPatterns) where the endpoint is registered'),
    _of("Mattermost", (400, 403), Refusal.ORIGIN, r"URL Blocked because of CORS", "", 'set SiteURL to "{origin}", or AllowCorsFrom'),
    _of("Grafana", 403, Refusal.ORIGIN, r"^origin not allowed", "", "let the proxy hand the Host on, or set root_url of Grafana"),
    _of("the application", _EITHER, Refusal.ORIGIN, r"(?is)\A(?!\s*<).*?(?:\b(?:invalid|forbidden|disallowed|unknown|bad) origin\b|\borigin\b[^<>\n]{0,80}?\b(?:is |was )?(?:not (?:allowed|accepted|permitted|authori[sz]ed)|forbidden|denied|rejected)\b)"),
    _of("Vite", 403, Refusal.HOST, r"^Blocked request\. This host", "", 'add "{host}" to `server.allowedHosts` (or `preview.allowedHosts`) in vite.config; a dev server is not for production'),
    _of("webpack-dev-server", (200, 403, 400), Refusal.HOST, r"^Invalid Host(?:/Origin)? header\s*$", "", 'set `allowedHosts: ["{host}"]` of devServer; a dev server is not for production'),
    _of("Rails", 403, Refusal.HOST, r"Blocked hosts?: ", "", '`config.hosts << "{host}"` in the environment\'s file'),
    _of("Django", 400, Refusal.HOST, r"(?i)<h1>Bad Request \(400\)</h1>|DisallowedHost|Invalid HTTP_HOST header", "", 'add "{host}" to ALLOWED_HOSTS'),
    _of("ASP.NET", 400, Refusal.HOST, r"Bad Request - Invalid Host", "", 'add "{host}" to AllowedHosts in appsettings.json'),
    _of(_GO, 400, Refusal.NOT_UPGRADED, r"the client is not using the websocket protocol"),
    _of(_GO, 400, Refusal.NOT_UPGRADED, r"^Bad Request\s*$", _VERSION),
    _of("Go's coder/websocket", (400, 426), Refusal.NOT_UPGRADED, r"(?i)websocket protocol violation: \w+ header .* does not contain"),
    _of("websockets (Python)", (400, 426), Refusal.NOT_UPGRADED, r"(?i)Failed to open a WebSocket connection: (?:missing|invalid|empty) (?:Connection|Upgrade) header"),
    _of("Tornado, Spring or Vert.x", 400, Refusal.NOT_UPGRADED, r'(?i)Can "Upgrade" only to "WebSocket"|"Connection" must be "Upgrade"'),
    _of("aiohttp", 400, Refusal.NOT_UPGRADED, r"No WebSocket UPGRADE hdr|No CONNECTION upgrade hdr"),
    _of("axum", 400, Refusal.NOT_UPGRADED, r"Connection`? header did not include 'upgrade'|Upgrade`? header did not include 'websocket'"),
    _of("actix-web", 400, Refusal.NOT_UPGRADED, r"(?i)(?:WebSocket|Connection) upgrade is expected"),
    _of("Bandit or Cowboy (Elixir)", (200, 400), Refusal.NOT_UPGRADED, r"'(?:connection|upgrade)' header must contain '(?:upgrade|websocket)'"),
    _of("Akka, Pekko or an edge worker", (400, 426), Refusal.NOT_UPGRADED, r"(?i)Expected WebSocket Upgrade request"),
    _of("SignalR", 400, Refusal.NOT_UPGRADED, r"^Connection ID required"),
    _of("the server", 426, Refusal.NOT_UPGRADED),
    _of("SignalR", 404, Refusal.STRANGER, r"^No Connection with that ID"),
    _of("the server", 200, Refusal.NO_SOCKET, "", r"(?i)^content-type: text/event-stream"),
    _of("Mercure", 400, Refusal.NO_SOCKET, r'Missing "topic" parameter'),
    _of("Amazon API Gateway", 403, Refusal.NO_ROUTE, r'^\{"message": ?"(?:Missing Authentication Token|Forbidden)"', r"(?i)^x-amz(?:n-requestid|-apigw-id):"),
)  # fmt: skip
"""The first that fits counts. Each was read in the source or the manual of who is named, or measured."""


def known(reply: Reply | None, *means: Refusal) -> Fingerprint | None:
    """Return the fingerprint that an answer has; with `means`, one that says that."""
    if reply is None:
        return None
    text = reply.body[:2000].decode("utf-8", "replace")
    lines = [f"{name}: {value}" for name, value in reply.headers]
    for each in FINGERPRINTS:
        if reply.status not in each.statuses or (means and each.means not in means):
            continue
        if not re.search(each.body, text):
            continue
        if not each.header or any(re.search(each.header, line) for line in lines):
            return each
    return None
