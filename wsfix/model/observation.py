"""All that was seen of one site: from outside, from its host, and straight at its backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsfix.model.after import Delivery, Silence
from wsfix.model.inside import Inside
from wsfix.model.page import Page
from wsfix.model.site import Site
from wsfix.model.walk import Connection, Walk


@dataclass(frozen=True, slots=True)
class Observation:
    """One site at one moment; what is None was not seen."""

    site: Site
    outside: Walk | None = None
    proxy: Walk | None = None
    backend: Walk | None = None
    candidates: tuple[Walk, ...] = ()
    """The same handshake at other listeners of the host, asked only when the backend's own port gave nothing."""
    closed_ports: tuple[Connection, ...] = ()
    """Attempts from outside on the ports that must not be reachable."""
    inside: Inside | None = None
    page: Page | None = None
    """The page that opens the socket, as a visitor gets it; None where the site names no origin or it could not be had."""
    wanted: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    """(env file, variable) → the value that the inventory asks for, secrets fetched by their name."""
    silences: tuple[Silence, ...] = ()
    """Sockets that were held silent, at each place; none where that was not asked."""
    delivery: Delivery | None = None
    """One message told to many sockets; None where that was not asked."""
    missing: tuple[tuple[str, str], ...] = field(default=())
    """What could not be asked, and why."""
