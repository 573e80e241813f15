"""What comes after the 101, asked only when wanted: silent sockets at every place at once, and one message to many."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

from wsfix.model.after import Delivery, Silence, Wanted, Way
from wsfix.model.observation import Observation
from wsfix.model.site import Site
from wsfix.model.walk import Place
from wsfix.observe import backend_target, proxy_address
from wsfix.probes.approach import Approach, from_host, from_outside
from wsfix.probes.credential import Keyring
from wsfix.probes.delivery import deliver
from wsfix.probes.dns import look_up
from wsfix.probes.idle import PING_SECONDS, Quiet, hold_all
from wsfix.probes.stream import dial_tcp
from wsfix.shell import Shell

UNTOLD = "the inventory does not say how the site publishes; name it by probe.delivery"
_STEP_SECONDS = 0.5

Tell = Callable[[str, float, float], None]
"""What hears of the progress: what is done, the seconds that have passed, the seconds in all."""


def unheard(_what: str, _passed: float, _of: float) -> None:
    """Tell nobody."""


def afterwards(
    observation: Observation, wanted: Wanted, *, shell: Shell | None = None, tell: Tell = unheard
) -> Observation:
    """Return the observation with what was wanted of the time after the 101; nothing where the socket does not open."""
    outside = observation.outside
    if not wanted or outside is None or not outside.sound:
        return observation
    if wanted.delivery is not None:
        observation = replace(observation, delivery=_delivered(observation.site, wanted.delivery))
    if wanted.idle is not None:
        observation = replace(observation, silences=_silent(observation, wanted.idle, shell, tell))
    return observation


def _delivered(site: Site, number: int) -> Delivery:
    telling = site.probe.delivery
    if telling is None:
        return Delivery(Way.SOCKET, reason=UNTOLD)
    return deliver(site, telling, number)


def _silent(observation: Observation, seconds: float, shell: Shell | None, tell: Tell) -> tuple[Silence, ...]:
    """Hold them all at once: two from outside, of which one pings, and one at each place of the host.

    The silent one from outside is opened last, so that where a user may have only one socket, it is that one that stays.
    """
    keyring, every = Keyring(), PING_SECONDS if seconds > PING_SECONDS else None
    asked: list[tuple[Approach, float | None]] = [(each, None) for each in _on_the_host(observation, shell)]
    asked += [(_outside(observation.site), pings) for pings in ((every, None) if every else (None,))]
    quiet = [Quiet(each, seconds, every=pings, keyring=keyring) for each, pings in asked]
    what = f"{observation.site.name}: {len(quiet)} silent socket{'s' if len(quiet) > 1 else ''}"
    with ThreadPoolExecutor(max_workers=1) as holder:
        holding, began = holder.submit(hold_all, quiet), time.monotonic()
        while not wait([holding], timeout=_STEP_SECONDS).done:
            tell(what, min(time.monotonic() - began, seconds), seconds)
        tell(what, seconds, seconds)
        return holding.result()


def _outside(site: Site) -> Approach:
    return from_outside(site, secrets=None, origin=None, dial=dial_tcp, lookup=look_up, clock=time.monotonic)


def _on_the_host(observation: Observation, shell: Shell | None) -> list[Approach]:
    """Return the proxy and the backend as they are asked from their host, as far as both are known."""
    site, inside = observation.site, observation.inside
    if shell is None or inside is None:
        return []
    places = [(Place.PROXY, proxy_address(inside, site.port), site.port, site.path, site.tls)]
    target = backend_target(observation)
    if target is not None:
        places.append((Place.BACKEND, *target, False))
    return [
        from_host(
            site, place, shell.dial, host, port, tls=tls, path=path, secrets=None, origin=None, clock=time.monotonic
        )
        for place, host, port, path, tls in places
    ]
