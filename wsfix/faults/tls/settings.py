"""Which TLS setting counts for the server that answers, in the words of whichever proxy it is."""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.drivers import apache, nginx
from wsfix.faults.seen import Seen
from wsfix.model.route import Position


@dataclass(frozen=True, slots=True)
class Setting:
    """One directive that is in force."""

    args: tuple[str, ...]
    position: Position


def in_force(seen: Seen, of_nginx: str, of_apache: str) -> Setting | None:
    """Return the directive that counts for the route's server; None where none does, or the proxy has no such words."""
    config, server = seen.config, seen.route.server
    if isinstance(config, nginx.Config):
        told = config.server_setting(server, of_nginx)
        return Setting(told.args, told.position) if told is not None else None
    if isinstance(config, apache.Config):
        said = config.server(server).last(of_apache.lower())
        return Setting(tuple(said.args), said.position) if said is not None else None
    return None
