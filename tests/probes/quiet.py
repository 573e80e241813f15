"""One silent socket, from outside or from the site's own host."""

from __future__ import annotations

import time
from collections.abc import Mapping

from wsfix.model.after import Silence
from wsfix.model.site import Site
from wsfix.model.walk import Place
from wsfix.probes.approach import from_host, from_outside
from wsfix.probes.dns import Lookup, look_up
from wsfix.probes.idle import Quiet
from wsfix.probes.stream import Clock, Dial, dial_tcp


def idle_outside(
    site: Site,
    seconds: float,
    secrets: Mapping[str, str] | None = None,
    *,
    answer_pings: bool = True,
    dial: Dial = dial_tcp,
    lookup: Lookup = look_up,
    clock: Clock = time.monotonic,
) -> Silence:
    """Open the public socket and be silent."""
    approach = from_outside(site, secrets=secrets, origin=None, dial=dial, lookup=lookup, clock=clock)
    return Quiet(approach, seconds, answer_pings=answer_pings).hold()


def idle_from_host(
    site: Site,
    place: Place,
    dial: Dial,
    host: str,
    port: int,
    *,
    seconds: float,
    tls: bool,
    path: str,
    secrets: Mapping[str, str] | None = None,
    answer_pings: bool = True,
    clock: Clock = time.monotonic,
) -> Silence:
    """Open the socket from the site's own host and be silent: it tells whether the proxy or the backend ends it."""
    approach = from_host(site, place, dial, host, port, tls=tls, path=path, secrets=secrets, origin=None, clock=clock)
    return Quiet(approach, seconds, answer_pings=answer_pings).hold()
