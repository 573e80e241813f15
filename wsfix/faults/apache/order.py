"""Which entry gets a path is decided by the order: what the faults about ProxyPass and `<Location>` share."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config, Shadow
from wsfix.errors import CannotEdit
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.route import Route


def out_of_order(fault: Fault, seen: Seen, rule: str, *, located: bool) -> Iterator[Finding]:
    """Fire where an entry that would serve the socket never gets its path; `located` for those in `<Location>`."""
    shadow = seen.apache.shadowing(seen.route, seen.site.path)
    if shadow is None or (shadow.hidden.section is not None) != located or not _serves(seen, shadow):
        return
    taker, hidden = shadow.taker, shadow.hidden
    evidence = [seen.at(taker.place), seen.at(hidden.place), Evidence("order", rule)]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(through)] if through is not None and not through.sound else []
    yield fault.finding(
        f"`{taker.match}` takes {seen.site.path} away from `{hidden.match}`",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if shadow.in_order else Safety.ADVICE,
        advice=f"`{taker.match}` at {taker.place} stands on another level and always goes first: take it out of the main "
        f"server, or put `{hidden.match}` before it there.",
    )


def _serves(seen: Seen, shadow: Shadow) -> bool:
    """Whether the hidden entry, if it got the path, would do better than the one that takes it."""
    if not shadow.in_order:
        return not seen.route.forwards_upgrade
    try:
        after = _route(seen, seen.apache.move_before(shadow.moved, shadow.before))
    except CannotEdit:
        return not seen.route.forwards_upgrade
    if after.forwards_upgrade != seen.route.forwards_upgrade:
        return after.forwards_upgrade
    return _aims_right(seen, after) and not _aims_right(seen, seen.route)


def _route(seen: Seen, config: Config) -> Route:
    return config.route(seen.site.host, seen.site.port, seen.site.tls, seen.site.path)


def _aims_right(seen: Seen, route: Route) -> bool:
    return seen.site.backend is not None and seen.is_backend(route.upstream)


def in_order(seen: Seen) -> Iterator[Config]:
    """Put the entry that is meant for the socket where it is asked first."""
    shadow = seen.apache.shadowing(seen.route, seen.site.path)
    if shadow is not None and shadow.in_order:
        yield seen.apache.move_before(shadow.moved, shadow.before)
