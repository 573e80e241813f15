"""Modules that are asked for and not loaded, and the links by which Debian loads one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.apache import Need
from wsfix.faults.seen import Seen
from wsfix.model.change import Link

_INVALID = re.compile(r"Invalid command '([^']+)'")
_OWN = frozenset({"proxy", "rewrite", "headers", "ssl"})
"""Modules without which a directive is unknown; the others only speak a scheme."""
_DEPENDS = re.compile(rb"^# Depends:(.*)$", re.MULTILINE)


def wanting(seen: Seen) -> tuple[Need, ...]:
    """Return what keeps Apache from starting, or this site from being served; not what other sites may lack."""
    needs = seen.apache.missing_modules()
    if seen.proxy.test_passed is False:
        return _refused(seen, needs)
    route = seen.route
    places = {route.position, route.upstream.position if route.upstream else None}
    found = [need for need in needs if not need.skipped and need.position in places]
    if not seen.works_through_proxy:
        found += [need for need in needs if need.skipped and _is_of_site(seen, need)]
    return tuple(found)


def _refused(seen: Seen, needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """The test stops at the first directive that it does not know; the others of that kind would be the next."""
    said = _INVALID.search(seen.proxy.test_output)
    on_disk = Seen(seen.observation).apache.missing_modules()
    if said is None or said[1].lower() not in {_directive(need) for need in on_disk if not need.skipped}:
        return ()
    return tuple(need for need in needs if not need.skipped and (need.module in _OWN or _is_of_site(seen, need)))


def _directive(need: Need) -> str:
    return need.directive.strip("<>").split()[0].lower()


def _is_of_site(seen: Seen, need: Need) -> bool:
    return seen.site.host.encode() in seen.apache.files.get(need.position.path, b"")


def installed(seen: Seen, module: str) -> bool:
    """Whether the module and what it depends on lie ready in mods-available."""
    names = with_dependencies(seen, module)
    return all(f"{_tree(seen)}/mods-available/{name}.load" in seen.apache.files for name in names)


def with_dependencies(seen: Seen, module: str) -> tuple[str, ...]:
    """Return the module and those that its own file says it depends on, as far as they are not loaded."""
    found: list[str] = []
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        if name in found or name in seen.apache.modules:
            continue
        found.append(name)
        text = seen.apache.files.get(f"{_tree(seen)}/mods-available/{name}.load", b"")
        waiting += [word.decode() for line in _DEPENDS.findall(text) for word in line.split()]
    return tuple(found)


def links(seen: Seen, module: str, code: str) -> Iterator[Link]:
    """Yield the links that a2enmod makes, those that are there already left out."""
    for suffix in ("load", "conf"):
        path = f"{_tree(seen)}/mods-enabled/{module}.{suffix}"
        there = f"{_tree(seen)}/mods-available/{module}.{suffix}" in seen.apache.files
        if there and path not in seen.inside.links and path not in seen.apache.files:
            yield Link(path, f"../mods-available/{module}.{suffix}", faults=(code,))


def _tree(seen: Seen) -> str:
    return seen.proxy.config_path.rpartition("/")[0]
