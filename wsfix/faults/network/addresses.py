"""What the faults about names and addresses share: what was resolved, what the host has, and who answered there."""

from __future__ import annotations

from ipaddress import ip_address

from wsfix.faults.seen import Seen
from wsfix.model.walk import Connection


def own(seen: Seen) -> frozenset[str]:
    """Return the addresses of the host's own interfaces."""
    return seen.inside.known("addresses", seen.inside.addresses)


def family(address: str) -> int:
    """4 or 6."""
    return ip_address(address).version


def is_public(address: str) -> bool:
    """Whether the whole Internet may know an address (RFC 6890)."""
    return ip_address(address).is_global


def public(seen: Seen, of: int) -> tuple[str, ...]:
    """Return the host's own public addresses of a family."""
    return tuple(sorted(each for each in own(seen) if family(each) == of and is_public(each)))


def tried(seen: Seen, address: str) -> Connection | None:
    """Return how the connection from outside to an address went, where one was tried."""
    walk = seen.observation.outside
    return next((each for each in (walk.connections if walk else ()) if each.address == address), None)


def source(seen: Seen) -> str:
    """Return where the addresses come from, in words."""
    return "address in the inventory" if seen.site.address is not None else f"DNS, {seen.site.host}"


def listens(seen: Seen, port: int, address: str) -> bool:
    """Whether a program of the host takes connections to one of its addresses."""
    return any(listener.takes(address) for listener in seen.listeners(port))
