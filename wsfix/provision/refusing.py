"""Why a host is not touched: what stands there belongs to somebody else, and the sentence says what to do."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.errors import NotObserved
from wsfix.faults.seen import Seen
from wsfix.model.ground import Ground
from wsfix.model.observation import Observation
from wsfix.model.route import RouteKind
from wsfix.provision.files import Standing, standing
from wsfix.provision.layout import Layout
from wsfix.provision.proxying import link_names, site_path, takes_everything
from wsfix.provision.starting import own_files, parts, startup_path

_DISTRIBUTIONS = frozenset({"debian", "ubuntu"})


def refusals(layout: Layout, observed: Observation, ground: Ground) -> Iterator[str]:
    """Yield each reason."""
    if not ground.root:
        yield "provisioning needs root's rights; set `_sudo` in the inventory"
    if ground.distribution not in _DISTRIBUTIONS or not ground.systemd:
        found = f"{ground.distribution or 'an unknown system'} {ground.version}".strip()
        yield f"provisioning is for Debian with systemd, and this is {found}{'' if ground.systemd else ' without systemd'}"
    yield from _foreign(layout, ground)
    yield from _places(layout, ground)
    yield from _held_ports(layout, observed, ground)
    yield from _served_by_another(layout, observed)


def _foreign(layout: Layout, ground: Ground) -> Iterator[str]:
    shared = {startup_path(layout)} if layout.pm2 else set()
    for path in (site_path(layout), *(file.path for file in own_files(layout, ground))):
        # a startup unit that `pm2 startup` made serves as well
        if path not in shared and standing(ground, path) is Standing.FOREIGN:
            yield (
                f"{path} was not made by wsfix and is not overwritten; move it away, or leave `provision` out of site "
                f"{layout.site.name} and let deploys/websocket.py look after what is there"
            )


def _places(layout: Layout, ground: Ground) -> Iterator[str]:
    if takes_everything(layout) and (layout.wanted.static or layout.wanted.http):
        yield f"site {layout.site.name}: the socket's path takes every path, so static and http have no place beside it"
    if ground.links.get(layout.current) == "":
        yield f"{layout.current} is a directory and no link; give another provision.directory, or move it away"
    if layout.site.env and layout.site.env.file.startswith((f"{layout.current}/", f"{layout.directory}/releases/")):
        yield (
            f"site {layout.site.name}: env.file lies in {layout.current}, which the next release replaces; put it into "
            f"/etc/{layout.site.name} or {layout.directory}"
        )


def _held_ports(layout: Layout, observed: Observation, ground: Ground) -> Iterator[str]:
    """Ports that another program holds; what this site's own services hold is theirs."""
    inside = observed.inside
    if inside is None or inside.listeners is None:
        return
    proxy = layout.site.proxy
    for listener in inside.listeners:
        holders = [inside.processes[pid] for pid in listener.pids if pid in (inside.processes or {})]  # type: ignore[index]
        names = {process.name for process in holders}
        if listener.port in {80, layout.site.port} and listener.public and names and proxy.process not in names:
            yield f"port {listener.port} is held by {', '.join(sorted(names))}, and the site wants {proxy.word} there; set proxy.kind to what runs"
        for part in parts(layout):
            ours = part.unit in ground.active or layout.pm2
            if listener.port == part.port and not ours and names:
                units = ", ".join(sorted({process.unit or process.name for process in holders}))
                yield f"port {part.port} is held by {units}; stop that first, or give the site another backend.port"


def _served_by_another(layout: Layout, observed: Observation) -> Iterator[str]:
    """A name that some other file of the proxy serves already."""
    site = layout.site
    own = {site_path(layout), *link_names(layout)}
    try:
        route = Seen(observed).config.route(site.host, site.port, site.tls, site.path)
    except NotObserved:
        return
    if route.kind is not RouteKind.NONE and route.named and route.server and route.server.path not in own:
        yield (
            f"{site.host} is served already by {route.server.path}:{route.server.line}; leave `provision` out of site "
            f"{site.name} and let deploys/websocket.py look after what is there"
        )
