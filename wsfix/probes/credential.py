"""The credential of a handshake: had once for all walks of a look, put into its place, and described without itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from wsfix.model.site import Site
from wsfix.model.walk import Credential, Exchange, Failure
from wsfix.probes.approach import Approach
from wsfix.probes.cookies import cookie_header
from wsfix.probes.engineio import OLD
from wsfix.probes.exchange import Question, Way, answered, exchange, failed
from wsfix.probes.jwt import expires
from wsfix.probes.login import OK, Carried, fetch, public_path
from wsfix.probes.masking import printable
from wsfix.probes.opening import query_of

_SHOWN_COOKIES = 4


class Keyring:
    """What was had for the sites of one look, so that one log-in serves all its walks; it never leaves the probes."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        """The time of day, by which a token's end is judged."""
        self._held: dict[str, Carried] = {}

    def carried(self, way: Way, approach: Approach) -> Carried:
        """Return what an earlier walk had, or else ask for it over this way."""
        held = self._held.get(approach.site.name)
        if held is not None:
            return replace(held, steps=())
        found = fetch(way, approach)
        if found.trouble is None:
            self._held[approach.site.name] = found
        return found


def wanted(site: Site) -> bool:
    """Whether the handshake of this site needs a log-in or a token."""
    return site.probe.login is not None or site.probe.token is not None


def carrying(approach: Approach, carried: Carried) -> Approach:
    """Return the approach with token and cookies in their places, and with both in its mask."""
    site, opening, token = approach.site, approach.opening, approach.site.probe.token
    headers = [each for each in opening.headers if each[0].lower() != "cookie"]
    cookies = [value for name, value in opening.headers if name.lower() == "cookie"]
    cookies.append(cookie_header(carried.cookies, site.path, tls=site.tls))
    query = dict(parse_qsl(opening.query, keep_blank_values=True, errors="surrogateescape"))
    auth = dict(approach.auth)
    if token is not None and carried.token:
        place = "query" if token.place == "auth" and site.socketio.engine == OLD else token.place
        if place == "auth":
            auth[token.name] = carried.token
        elif place == "query":
            query[token.name] = carried.token
        elif place == "cookie":
            cookies.append(f"{token.name}={carried.token}")
        elif place == "header":
            headers.append((token.name, _schemed(token.name, carried.token)))
        else:
            opening = replace(opening, subprotocols=(token.name,), token=carried.token)
    sent = "; ".join(each for each in cookies if each)
    headers += [("Cookie", sent)] if sent else []
    opening = replace(opening, headers=tuple(headers), query=query_of(query))
    return replace(approach, opening=opening, auth=auth, mask=approach.mask.joined(carried.mask))


def credential_of(site: Site, carried: Carried, clock: Callable[[], float]) -> Credential:
    """Return what may be known of it."""
    token, ends = site.probe.token, expires(carried.token)
    cookies = ", ".join(printable(each.name)[:40] for each in carried.cookies[:_SHOWN_COOKIES])
    return Credential(
        place=token.place if token is not None else "cookie",
        name=token.name if token is not None else cookies,
        steps=carried.steps,
        held=carried.trouble is None,
        seconds_left=None if ends is None else ends - clock(),
    )


def at_rest(way: Way, approach: Approach, carried: Carried) -> Exchange | None:
    """Ask the API with the same token, where the inventory says at which path."""
    token = approach.site.probe.token
    if token is None or token.rest is None or not carried.token:
        return None
    headers = [("Authorization", _schemed("Authorization", carried.token)), ("Accept", "application/json")]
    headers += [("Cookie", f"{token.name}={carried.token}")] if token.place == "cookie" else []
    path, _, query = token.rest.partition("?")
    question = Question(public_path(approach, path), query, headers=tuple(headers))
    told, _ = exchange(way, approach, "rest", question)
    if told.reply is not None and told.reply.status not in OK:
        return failed(told, Failure.STATUS, f"{path} answered {answered(told.reply)}")
    return told


def _schemed(name: str, token: str) -> str:
    """Return the token as that header carries it (RFC 6750 section 2.1)."""
    return f"Bearer {token}" if name.lower() == "authorization" and " " not in token else token
