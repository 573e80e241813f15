"""Which path the backend is asked for against the one that it knows: shared by the faults about a proxy's target."""

from __future__ import annotations

from contextlib import suppress

from wsfix.drivers.config import ProxyConfig
from wsfix.errors import CannotEdit
from wsfix.faults.fault import Fault
from wsfix.faults.placing import mapped_uri, new_location, pattern_of
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding


def wrong_path(seen: Seen) -> str | None:
    """Return the path that the backend is wrongly asked for, or None where it is right, unknown, or works anyway."""
    route = seen.proxied
    if seen.site.backend is None or seen.works_through_proxy or route.backend_path is None:
        return None
    return None if route.backend_path == seen.site.backend_path else route.backend_path


def by_slashes_alone(seen: Seen, asked: str) -> bool:
    """Whether the path that is asked for is the backend's own but for slashes."""
    return asked.replace("/", "") == seen.site.backend_path.replace("/", "")


def path_finding(fault: Fault, seen: Seen, asked: str, what: str) -> Finding:
    """Word the finding with both paths and what the backend says to each."""
    route = seen.route
    position = route.upstream.position if route.upstream and route.upstream.position else route.position
    evidence = [
        seen.at(position),
        Evidence(
            str(route.position), f"{seen.site.path} is sent on as {asked}; the backend knows {seen.site.backend_path}"
        ),
    ]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(walk) for walk in (through, seen.observation.backend) if walk is not None]
    return fault.finding(
        f"`{route.match}` {what}: the backend is asked for {asked} and knows {seen.site.backend_path}",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def corrected(seen: Seen) -> ProxyConfig:
    """Return the configuration that maps the public path to the backend's.

    Where the entry's own target cannot say so, such as one made of what a regular expression captured, the socket gets an
    entry of its own.
    """
    try:
        return _with_uri(seen)
    except CannotEdit:
        with suppress(CannotEdit):
            for config in new_location(seen):
                return config
        raise


def _with_uri(seen: Seen) -> ProxyConfig:
    route = seen.route
    prefix = pattern_of(route)
    uri = mapped_uri(seen, prefix)
    if not prefix.endswith("/") and uri == "/":
        # an empty URI cannot be written: the location takes the slash that the target has
        config = seen.config.set_upstream_uri(route, uri)
        return config.align_slash(seen.with_config(config).route)
    return seen.config.set_upstream_uri(route, uri)
