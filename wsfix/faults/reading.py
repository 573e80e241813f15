"""The proxy's configuration out of a look at its host: read once, whatever the number of sites."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from wsfix.drivers import apache, caddy, haproxy, nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.model.inside import Inside
from wsfix.model.parts import Proxy

MAINS: Final = {kind: Proxy.model_validate({"kind": kind}).main for kind in ("nginx", "apache", "caddy", "haproxy")}
KEPT: Final = 8
"""Hosts whose configurations are kept."""
_read: Final[OrderedDict[tuple[int, str], tuple[Inside, ProxyConfig]]] = OrderedDict()


def read_once(inside: Inside, kind: str) -> ProxyConfig:
    """Return the configuration of a host's proxy; raises NotObserved for files unseen, UnreadableConfig."""
    key = (id(inside), kind)
    held = _read.get(key)
    if held is not None and held[0] is inside:
        return held[1]
    config = _parse(inside, kind)
    _read[key] = (inside, config)
    while len(_read) > KEPT:
        _read.popitem(last=False)
    return config


def forget() -> None:
    """Read everything anew the next time."""
    _read.clear()


def _parse(inside: Inside, kind: str) -> ProxyConfig:
    files = inside.known("files", inside.files)
    held = {path: seen.content for path, seen in files.items()}
    links, program = dict(inside.links), inside.proxy
    version = (program.version or None) if program else None
    main = (program.config_path if program else "") or MAINS[kind]
    if kind == "apache":
        return apache.Config.read(
            held, links, main, version=version, modules=(program.modules or None) if program else None
        )
    if kind == "caddy":
        return caddy.Config.read(held, links, main, version=version)
    if kind == "haproxy":
        return haproxy.Config.read(held, links, main, version=version, more=program.more if program else ())
    return nginx.Config.read(held, links, main, version=version)
