"""A URL that is proxied to, taken apart, and the words that an upstream is told in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsfix.drivers.apache.workers import Balancer, Worker, named, split_host, worker_for
from wsfix.drivers.text import decode, encode
from wsfix.model.route import Position, Upstream

_URL = re.compile(
    r"(?:(?P<socket>unix:[^|]*)\|)?(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?]*)(?P<uri>.*)",
    re.IGNORECASE | re.DOTALL,
)
HTTP = ("http", "https", "ws", "wss")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts; `uri` is empty when there is none."""

    scheme: str
    authority: str
    uri: str
    socket: str | None = None

    def __str__(self) -> str:
        head = f"unix:{self.socket}|" if self.socket is not None else ""
        return f"{head}{self.scheme}://{self.authority}{self.uri}"

    def upstream(self, position: Position, socket: str | None = None) -> Upstream:
        """The address in the common words."""
        socket = self.socket if self.socket is not None else socket
        if socket is not None:
            return Upstream(self.scheme, "", 0, self.uri or None, position, socket)
        host, port = split_host(self.authority, self.scheme)
        return Upstream(self.scheme, host, port, self.uri or None, position)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a request really goes: its URL after a balancer has chosen, and the worker that counts."""

    target: Target
    worker: Worker | None
    position: Position | None = None
    """Where the address is written, if that is a balancer's member."""
    uncertain: tuple[str, ...] = ()


def taken_apart(url: str) -> Target | None:
    """The parts of a URL; None for what is none."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    socket = found["socket"].removeprefix("unix:") if found["socket"] else None
    return Target(found["scheme"].lower(), found["authority"], found["uri"], socket)


def sent(url: bytes, path: bytes, known: list[Worker], pools: dict[str, Balancer]) -> Sent | None:
    """Follow a URL to its worker; of a balancer's members the first that is up is taken.

    `path` is the path in the form in which it is sent: that is what workers are looked up by.
    """
    where = taken_apart(decode(url))
    if where is None:
        return None
    if where.scheme != "balancer":
        name, _ = named(f"{where.scheme}://{where.authority}")
        return Sent(where, worker_for(f"{name}/{decode(path).removeprefix('/')}", known))
    pool = pools.get(f"balancer://{where.authority}".lower())
    members = pool.active if pool else []
    if not members:
        return Sent(where, None, None, (f"balancer://{where.authority} has no member that is up",))
    member = taken_apart(members[0].url)
    if member is None:
        return None
    joined = Target(member.scheme, member.authority, member.uri + where.uri, members[0].socket)
    return Sent(joined, members[0], members[0].owner.position)


def path_of(url: bytes) -> bytes:
    """The path of a URL, from its slash on."""
    where = taken_apart(decode(url))
    return encode(where.uri) if where else b""
