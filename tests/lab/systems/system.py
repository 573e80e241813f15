"""What the lab must know of a system: how to write it on a disk, when it is up, how to ask it, what its inventory says."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.lab import client
from tests.lab.client import Knock

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.host import Host
    from tests.lab.site import Site
    from tests.lab.state import HostCard

ACCOUNT = "guest@lab.wsfix.test"
"""The e-mail address of the one account that every system with a log-in has; its password is among the site's secrets."""


def no_more(_: Host) -> None:
    """Nothing is left to do after the boot."""


def same(_: HostCard, path: str) -> str:
    """Open the socket without any token."""
    return path


@dataclass(frozen=True)
class System:
    """A kind of site."""

    name: str
    path: str
    """The socket's path that the lab's clients ask for."""
    health: str
    """A path that answers 200 as soon as the backend runs behind its proxy."""
    put: Callable[[Disk, Site, int], None]
    """Writes the healthy site on the disk of a host that does not run yet."""
    inventory: Callable[[HostCard], dict[str, Any]]
    """What an operator writes about it."""
    settle: Callable[[Host], None] = no_more
    """What is done once the host has booted."""
    way: Callable[[HostCard, str], str] = same
    """Completes a path with what the socket asks for, such as a token that is fetched now."""
    ask: Callable[[HostCard, str], Knock] | None = None
    """Knocks at the socket, where it speaks more than WebSocket."""
    tls: bool = True
    origin: Callable[[HostCard], str | None] = lambda card: card.origin
    """The page that opens the socket."""

    def answers(self, card: HostCard) -> bool:
        """Whether the backend answers through its proxy."""
        return client.get(card, self.health, tls=self.tls).status == 200

    def knock(self, card: HostCard, path: str | None = None, *, hold: float = 0.0, tls: bool | None = None) -> Knock:
        """Open the socket as its clients do, and say in one word how that went."""
        asked = path or self.path
        if self.ask:
            return self.ask(card, asked)
        try:
            way = self.way(card, asked)
        except OSError:
            way = asked  # nobody gives a token: the handshake shows why
        return client.knock(card, way, hold=hold, tls=self.tls if tls is None else tls, origin=self.origin(card))

    def echo(self, card: HostCard, text: str = "hello", path: str | None = None) -> str:
        """Send a text through the socket and give back what the application makes of it."""
        asked = path or self.path
        if self.ask:
            return json.loads(self.ask(card, asked).body)["echo"]
        return client.echo(card, text, self.way(card, asked), origin=self.origin(card))


def accounts(site: Site, **more: str) -> str:
    """The accounts of a system as JSON: one, its password salted and hashed."""
    salt = secrets.token_hex(8)
    digest = hashlib.pbkdf2_hmac("sha256", site.secrets["account_password"].encode(), salt.encode(), 20_000).hex()
    return json.dumps([{"id": "u1", "email": ACCOUNT, "password": f"{salt}${digest}", **more}], indent=2) + "\n"
