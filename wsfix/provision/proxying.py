"""The proxy's own file for a site, enabled the way Debian does it, behind whatever is there already."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.model.change import Edit, Link
from wsfix.model.ground import Ground
from wsfix.model.inside import FileSeen
from wsfix.provision.files import FAULTS, OwnFile, edit_of, own_file
from wsfix.provision.layout import Layout
from wsfix.templates import render

NGINX_MAP = "/etc/nginx/conf.d/wsfix-websocket.conf"
MAP_VARIABLE = "websocket_connection"
TREES = {"nginx": "/etc/nginx", "apache": "/etc/apache2"}
DEFAULTS = frozenset({"default", "000-default.conf"})
"""The sites that the distribution enables; each takes only what no other site is named for."""
_LAST = "zz-"


def enabled_folder(kind: str) -> str:
    """Where the links of the enabled sites lie."""
    return f"{TREES[kind]}/sites-enabled"


def modules_folder() -> str:
    """Where the links of Apache's enabled modules lie."""
    return f"{TREES['apache']}/mods-enabled"


def site_path(layout: Layout) -> str:
    """The file of the site: the one that the inventory names, else one named like the site."""
    proxy = layout.site.proxy
    return proxy.file or f"{TREES[proxy.kind]}/sites-available/{layout.site.name}.conf"


def site_file(layout: Layout) -> OwnFile:
    """Word the site's file."""
    site = layout.site
    socket, uri = _mapping(layout)
    plain = layout.wanted.http.port if layout.wanted.http else layout.port
    host = "127.0.0.1" if layout.backend.host == "localhost" else layout.backend.host
    bound = f"[{host}]" if ":" in host else host
    return own_file(
        site_path(layout),
        f"{site.proxy.kind}/site.conf.j2",
        host=f"[{site.host}]" if ":" in site.host else site.host,
        port=site.port,
        tls=layout.tls,
        socket=socket,
        socket_uri=uri,
        backend=f"{bound}:{layout.port}",
        plain=f"{bound}:{plain}",
        prefix=_public_prefix(layout),
        static=f"{layout.current}/{layout.wanted.static}" if layout.wanted.static else "",
        map=MAP_VARIABLE,
        idle=site.idle_or_default,
    )


def _mapping(layout: Layout) -> tuple[str, str]:
    """The fixed beginning of the socket's path, and what it is for the application; empty where both are the same."""
    public = layout.site.prefix
    inner = (layout.backend.path or public).split("{", 1)[0]
    if layout.site.protocol == "socketio" and not inner.endswith("/"):
        inner += "/"  # as its clients ask
    return public, "" if inner == public else inner


def _public_prefix(layout: Layout) -> str:
    """What stands before the application's own paths outside: /be, where /be/ws/ is /ws/ to it."""
    public, inner = _mapping(layout)
    return public.removesuffix(inner) if inner and public.endswith(inner) else ""


def takes_everything(layout: Layout) -> bool:
    """Whether the socket's own location is also that of everything else."""
    return _mapping(layout)[0] == f"{_public_prefix(layout)}/"


def proxy_changes(layout: Layout, ground: Ground, held: FileSeen | None, taken: list[str]) -> Iterator[Edit | Link]:
    """Yield what is not there: the file, what it needs, its link.

    `held` is nginx's file of maps where there is one; `taken` names the links that this plan makes.
    """
    edit = edit_of(ground, site_file(layout))
    if edit is not None:
        yield edit
    if layout.site.proxy.kind == "nginx":
        yield from _map(held)
    else:
        yield from _modules(layout, ground)
    yield from _enable(layout, ground, taken)


def _map(held: FileSeen | None) -> Iterator[Edit]:
    """The map of the upgrade; a file that a repair made is added to."""
    text = (
        render("nginx/websocket-map.conf.j2", maps=[{"name": MAP_VARIABLE, "value": "upgrade"}]).rstrip().encode()
        + b"\n"
    )
    if held is None:
        yield Edit(NGINX_MAP, None, b"# managed by wsfix\n" + text, FAULTS, None)
    elif f"${MAP_VARIABLE} ".encode() not in held.content:
        yield Edit(NGINX_MAP, held.content, held.content.rstrip(b"\n") + b"\n\n" + text, FAULTS, held.sha256)


def modules(layout: Layout) -> tuple[str, ...]:
    """Apache's modules that the file needs, as a2enmod(8) links them, what they depend on first."""
    found = ["proxy.conf", "proxy.load", "proxy_http.load", "headers.load"]
    if layout.wanted.static and not _public_prefix(layout):
        found.append("rewrite.load")
    if layout.tls:
        found += [
            "setenvif.conf",
            "setenvif.load",
            "mime.conf",
            "mime.load",
            "socache_shmcb.load",
            "ssl.conf",
            "ssl.load",
        ]
    return tuple(found)


def _modules(layout: Layout, ground: Ground) -> Iterator[Link]:
    present = ground.folders.get(modules_folder(), ())
    fresh = not present  # Apache is not installed yet: its package enables these by itself
    for name in modules(layout):
        if name not in present and not (fresh and name.startswith(("setenvif", "mime"))):
            yield Link(f"{modules_folder()}/{name}", f"../mods-available/{name}", FAULTS)


def _enable(layout: Layout, ground: Ground, taken: list[str]) -> Iterator[Link]:
    """Enable the site last in the order of names: the first server of a port answers for every name that none bears."""
    folder, path = enabled_folder(layout.site.proxy.kind), site_path(layout)
    if path.startswith(f"{folder}/"):
        return
    name = path.rpartition("/")[2]
    if any(ground.links.get(link) is not None for link in link_names(layout)):
        return
    others = [entry for entry in (*ground.folders.get(folder, ()), *taken) if entry not in DEFAULTS]
    chosen = f"{_LAST}{name}" if others and max(others) > name else name
    taken.append(chosen)
    target = f"../sites-available/{name}" if path.rpartition("/")[0].endswith("/sites-available") else path
    yield Link(f"{folder}/{chosen}", target, FAULTS)


def link_names(layout: Layout) -> tuple[str, str]:
    """The two names that the link of a site may have."""
    folder, name = enabled_folder(layout.site.proxy.kind), site_path(layout).rpartition("/")[2]
    return f"{folder}/{name}", f"{folder}/{_LAST}{name}"
