"""What a change needs beside itself: the modules that its directives belong to, and the time that a socket may be silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wsfix.drivers.apache import Config
from wsfix.drivers.config import ProxyConfig
from wsfix.errors import CannotEdit
from wsfix.faults.apache import modules
from wsfix.faults.placing import is_own
from wsfix.faults.seen import Seen
from wsfix.model.change import Link
from wsfix.model.route import RouteKind


def completed(seen: Seen, edited: Iterable[ProxyConfig], code: str) -> Iterator[Config | Link]:
    """Yield each edited configuration with what it needs, so that a second run finds nothing to do."""
    for config in edited:
        if isinstance(config, Config):
            yield from _with_modules(seen, _lasting(seen, config), code)


def _lasting(seen: Seen, config: Config) -> Config:
    """Let the socket's own entry live as long as the inventory asks, where the edit made it the one that counts."""
    site, wanted = seen.site, seen.site.idle_seconds
    route = config.route(site.host, site.port, site.tls, site.path)
    if wanted is None or route.kind is not RouteKind.PROXY or not is_own(seen, route):
        return config
    try:
        return config.set_timeout(route, wanted)
    except CannotEdit:
        return config


def _with_modules(seen: Seen, config: Config, code: str) -> Iterator[Config | Link]:
    lacking = {need.module for need in seen.apache.missing_modules()}
    for need in config.missing_modules():
        if need.skipped or need.module in lacking or need.module in config.modules:
            continue
        if not modules.installed(seen, need.module):
            raise CannotEdit(f"`{need.directive}` needs the module {need.module}, which is not installed")
        for module in modules.with_dependencies(seen, need.module):
            yield from modules.links(seen, module, code)
            config = config.with_module(module)
    yield config
