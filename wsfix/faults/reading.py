"""The proxy's configuration out of a look at its host: read once, whatever the number of sites."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from wsfix.drivers import apache, caddy, haproxy, nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.model.inside import Inside, ProxyState
from wsfix.model.parts import Proxy

Files = Mapping[str, bytes]
Links = Mapping[str, str]

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
    seen = inside.known("files", inside.files)
    program = inside.proxy
    main = (program.config_path if program else "") or Proxy.model_validate({"kind": kind}).main
    files = {path: each.content for path, each in seen.items()}
    return _READERS[kind](files, dict(inside.links), main, program)


def _nginx(files: Files, links: Links, main: str, program: ProxyState | None) -> ProxyConfig:
    return nginx.Config.read(files, links, main, version=_version(program))


def _apache(files: Files, links: Links, main: str, program: ProxyState | None) -> ProxyConfig:
    modules = (program.modules or None) if program else None
    return apache.Config.read(files, links, main, version=_version(program), modules=modules)


def _caddy(files: Files, links: Links, main: str, program: ProxyState | None) -> ProxyConfig:
    return caddy.Config.read(files, links, main, version=_version(program))


def _haproxy(files: Files, links: Links, main: str, program: ProxyState | None) -> ProxyConfig:
    return haproxy.Config.read(files, links, main, version=_version(program), more=program.more if program else ())


def _version(program: ProxyState | None) -> str | None:
    return (program.version or None) if program else None


_READERS: Final[Mapping[str, Callable[[Files, Links, str, ProxyState | None], ProxyConfig]]] = {
    "nginx": _nginx,
    "apache": _apache,
    "caddy": _caddy,
    "haproxy": _haproxy,
}
