"""One GET of the page that opens the socket: what its policy says reaches no server, so it is asked as a visitor."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from wsfix.errors import SpecError
from wsfix.model.page import Page, meta_policies
from wsfix.model.probing import Probe
from wsfix.model.site import Site
from wsfix.probes.approach import NO_ORIGIN, from_outside
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.entrance import enter
from wsfix.probes.exchange import Question, Way, exchange
from wsfix.probes.stream import Clock, Dial, dial_tcp

LONGEST_SECONDS = 5.0
_HEADER = "content-security-policy"
_OK = 200


def look_at_page(
    site: Site, *, dial: Dial = dial_tcp, lookup: Lookup = look_up, clock: Clock = time.monotonic
) -> Page | None:
    """Ask for the page at the first origin that the inventory names; None where it names none, or the page cannot be had."""
    if not site.origins:
        return None
    origin = site.origins[0]
    approach = from_outside(_as_site(site, origin), secrets={}, origin=NO_ORIGIN, dial=dial, lookup=lookup, clock=clock)
    try:
        entrance = enter(approach)
        if entrance.stream is None:
            return None
        way = Way(entrance.address, entrance.stream)
        if entrance.trouble is not None:
            way.leave()
            return None
        _, reply = exchange(way, approach, "page", Question("/"))
    except (OSError, SpecError):
        return None
    if reply is None:
        return None
    held = [(f"{name} of {origin}/", value) for name, value in reply.headers if name.lower() == _HEADER]
    html = reply.body.decode("utf-8", "replace") if reply.status == _OK else ""
    held += [(f"{origin}/, line {line}", policy) for line, policy in meta_policies(html)]
    return Page(f"{origin}/", reply.status, tuple(held))


def _as_site(site: Site, origin: str) -> Site:
    """Return the page's origin as something that can be asked; no secret, no log-in goes there."""
    parts = urlsplit(origin)
    scheme = "wss" if parts.scheme == "https" else "ws"
    seconds = min(site.probe.timeout_seconds, LONGEST_SECONDS)
    return site.model_copy(
        update={
            "url": f"{scheme}://{parts.netloc}/",
            "address": site.address if parts.hostname == site.host else None,
            "origins": (),
            "protocol": "websocket",
            "probe": Probe(ca_file=site.probe.ca_file, timeout_seconds=seconds),
        }
    )
