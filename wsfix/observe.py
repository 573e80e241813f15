"""Looks at the sites of one host: outside and inside at once, then at the proxy and the backend through the host."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wsfix.errors import NotObserved, SpecError
from wsfix.faults.seen import Seen
from wsfix.model.inside import Inside
from wsfix.model.observation import Observation
from wsfix.model.route import RouteKind
from wsfix.model.site import Site
from wsfix.model.walk import Connection, Failure, Place, Walk
from wsfix.model.words import FromEnvironment, FromFile
from wsfix.probes.credential import Keyring
from wsfix.probes.named import require
from wsfix.probes.page import look_at_page
from wsfix.probes.tcp import reachable
from wsfix.probes.walk import walk_from_host, walk_outside
from wsfix.shell import Shell

if TYPE_CHECKING:
    from wsfix.facts.wish import Wish

CLOSED_PORT_SECONDS = 2.0
MOST_CANDIDATES = 6
MOST_WALKERS = 8
SYSTEM_PORTS = 1024


def observe_outside(site: Site) -> Observation:
    """Look at one site from outside only."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        page = beside.submit(look_at_page, site)
        return Observation(site, outside=walk_outside(site), page=page.result())


def observe(host: str, shell: Shell, sites: Iterable[Site], wish: Wish) -> tuple[Observation, ...]:
    """Look at all sites of a host; one SSH command, whatever their number, and forwarded channels.

    Raises LookFailed where the host cannot be looked at.
    """
    from wsfix.facts import look  # noqa: PLC0415 - it needs pyinfra, and a look from outside does not

    wanted = tuple(sites)
    require(wanted)
    nonce, keyring = secrets.token_hex(8), Keyring()
    with ThreadPoolExecutor(max_workers=MOST_WALKERS) as walkers:
        looking = walkers.submit(shell.run, look.script(wish, nonce), look.SECONDS)
        walking = [walkers.submit(walk_outside, site, keyring=keyring) for site in wanted]
        pages = [walkers.submit(look_at_page, site) for site in wanted]
        inside = look.read(host, wish, nonce, looking.result().stdout)
        first = [
            Observation(site, outside=walk.result(), inside=inside, page=page.result(), wanted=wanted_values(site))
            for site, walk, page in zip(wanted, walking, pages, strict=True)
        ]
        return tuple(walkers.map(lambda observation: _from_inside(shell, observation, keyring), first))


def observe_again(shell: Shell, inside: Inside, sites: Iterable[Site]) -> tuple[Observation, ...]:
    """Observe after a change: the look was already taken by the transaction's own command, the handshakes are new."""
    keyring = Keyring()

    def outside(site: Site) -> Observation:
        return Observation(site, walk_outside(site, keyring=keyring), inside=inside, wanted=wanted_values(site))

    with ThreadPoolExecutor(max_workers=MOST_WALKERS) as walkers:
        seen = list(walkers.map(outside, sites))
        return tuple(walkers.map(lambda observation: _from_inside(shell, observation, keyring), seen))


def wanted_values(site: Site) -> Mapping[tuple[str, str], str]:
    """Return the values that the env files must hold, secrets fetched by their name; raises SpecError for a missing one."""
    env, client = site.env, site.client
    held = {(env.file, key): _value(site, key, value) for key, value in env.values.items()} if env else {}
    page = {(client.env_file, key): value for key, value in client.values.items()} if client and client.env_file else {}
    return held | page


def _value(site: Site, key: str, value: str | FromEnvironment | FromFile) -> str:
    if isinstance(value, str):
        return value
    place = f"site {site.name}: env.values.{key}"
    if isinstance(value, FromEnvironment):
        held = os.environ.get(value.from_env)
        if held is None:
            raise SpecError(f"{place}: the environment variable {value.from_env} is not set where wsfix runs")
        return held
    try:
        return Path(value.from_file).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise SpecError(f"{place}: {value.from_file} cannot be read: {error.strerror}") from None


def _from_inside(shell: Shell, observation: Observation, keyring: Keyring) -> Observation:
    """Ask at the proxy and at the backend, but only where the outside did not already prove the socket."""
    site, inside = observation.site, observation.inside
    closed = _closed_ports(observation)
    if inside is None or (observation.outside is not None and observation.outside.sound):
        return replace(observation, closed_ports=closed)
    address = proxy_address(inside, site.port)
    proxy = walk_from_host(
        site, Place.PROXY, shell.dial, address, site.port, tls=site.tls, path=site.path, keyring=keyring
    )
    backend = _at_backend(shell, observation, keyring)
    candidates: tuple[Walk, ...] = ()
    if backend is None or not backend.sound:
        candidates = _elsewhere(shell, observation)
    missing = () if backend is not None else (("backend", _why_not_asked(observation)),)
    return replace(
        observation, proxy=proxy, backend=backend, candidates=candidates, closed_ports=closed, missing=missing
    )


def proxy_address(inside: Inside, port: int) -> str:
    """Return the address of this host on which the proxy can be asked from the host itself."""
    listeners = [listener for listener in inside.listeners or () if listener.port == port]
    if not listeners or any(listener.takes("127.0.0.1") for listener in listeners):
        return "127.0.0.1"
    address = listeners[0].address
    return "::1" if address in {"::", "*"} else address


def _at_backend(shell: Shell, observation: Observation, keyring: Keyring) -> Walk | None:
    target = backend_target(observation)
    if target is None:
        return None
    host, port, path = target
    walk = walk_from_host(
        observation.site, Place.BACKEND, shell.dial, host, port, tls=False, path=path, keyring=keyring
    )
    undialled = any(one.failure is Failure.NOT_DIALLED for one in walk.connections)
    return None if host.startswith("/") and undialled else walk


def _why_not_asked(observation: Observation) -> str:
    if backend_target(observation) is None:
        return "neither the inventory nor the proxy names a backend"
    return "its unix socket could not be opened with the rights of this login"


def backend_target(observation: Observation) -> tuple[str, int, str] | None:
    """Return address, port and path of the backend of the inventory, or else of the upstream that the proxy names."""
    site = observation.site
    if site.backend is not None:
        host, port = site.backend.place
        return _loopback(observation.inside, host, port) if port else host, port, site.backend_path
    try:
        route = Seen(observation).route
    except NotObserved:
        return None
    upstream = route.upstream
    if route.kind is not RouteKind.PROXY or upstream is None or not (upstream.port or upstream.socket):
        return None
    return upstream.socket or upstream.host, upstream.port, route.backend_path or site.path


def _loopback(inside: Inside | None, host: str, port: int) -> str:
    """Return where the backend really listens among the loopback addresses: which one the proxy dials is another matter."""
    listeners = [listener for listener in (inside.listeners or () if inside else ()) if listener.port == port]
    if host == "localhost":
        host = "127.0.0.1"
    if not listeners or any(listener.takes(host) for listener in listeners):
        return host
    return next((listener.address for listener in listeners if listener.address in {"127.0.0.1", "::1"}), host)


def _elsewhere(shell: Shell, observation: Observation) -> tuple[Walk, ...]:
    """Ask other listeners of the host that may be the application: not the proxy, not a system service.

    They may be anybody's, so no secret is told to them.
    """
    site, inside = observation.site, observation.inside
    if inside is None:
        return ()
    processes = inside.processes or {}
    taken = {site.port, *([site.backend.port] if site.backend and site.backend.port else [])}
    asked: dict[int, str] = {}
    for listener in inside.listeners or ():
        names = {processes[pid].name for pid in listener.pids if pid in processes}
        if listener.port > SYSTEM_PORTS and listener.port not in taken and not names & {site.proxy.process, "sshd"}:
            asked[listener.port] = "::1" if listener.address == "::1" else "127.0.0.1"
    return tuple(
        walk_from_host(site, Place.BACKEND, shell.dial, host, port, tls=False, path=site.backend_path, anonymous=True)
        for port, host in list(asked.items())[:MOST_CANDIDATES]
    )


def _closed_ports(observation: Observation) -> tuple[Connection, ...]:
    """Try from outside the ports that must not be reachable, where something listens there for more than the host itself.

    What listens only on loopback, or not at all, can be reached by nobody else, and a dropped SYN takes its whole time.
    """
    addresses = observation.outside.addresses[:2] if observation.outside else ()
    ports = [port for port in observation.site.firewall.closed if _may_be_reached(observation.inside, port)]
    return tuple(reachable(address, port, CLOSED_PORT_SECONDS) for address in addresses for port in ports)


def _may_be_reached(inside: Inside | None, port: int) -> bool:
    if inside is None or inside.listeners is None:
        return True
    return any(listener.public for listener in inside.listeners if listener.port == port)
