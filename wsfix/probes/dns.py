"""From a name to addresses, as this machine's resolver gives them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from wsfix.model.walk import Failure
from wsfix.probes.stream import Deadline, Trouble

Lookup = Callable[[str, int], Sequence[tuple[Any, ...]]]
"""What socket.getaddrinfo does; the address is the first of the last field."""

_MOST_ADDRESSES = 16
_LONGEST_NAME = 253
_LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class Resolution:
    """The addresses in the order in which they should be tried (RFC 6724), or why there are none."""

    addresses: tuple[str, ...] = ()
    trouble: Trouble | None = None


def look_up(name: str, port: int) -> Sequence[tuple[Any, ...]]:
    """Ask the system's resolver."""
    return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)


def ascii_name(name: str) -> str:
    """Return the name as DNS, SNI and Host spell it (RFC 3490, RFC 1035 section 2.3.4); ValueError where it is none."""
    spelled = (name if name.isascii() else name.encode("idna").decode("ascii")).removesuffix(".")
    labels = spelled.split(".")
    if len(spelled) > _LONGEST_NAME or not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise ValueError(f"{name} cannot be a host's name")
    return spelled


def is_address(name: str) -> bool:
    """Whether the name is a literal IPv4 or IPv6 address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def resolve(
    name: str,
    port: int,
    deadline: Deadline,
    *,
    address: IPv4Address | IPv6Address | None = None,
    lookup: Lookup = look_up,
) -> Resolution:
    """Return the addresses of a name; a fixed address or a literal one is taken as it is."""
    if address is not None:
        return Resolution((str(address),))
    if is_address(name):
        return Resolution((name,))
    return _asked(name, port, deadline, lookup)


def _asked(name: str, port: int, deadline: Deadline, lookup: Lookup) -> Resolution:
    """Ask in a thread: getaddrinfo knows no deadline and hangs for as long as resolv.conf(5) says."""
    answers: list[Resolution] = []
    thread = threading.Thread(
        target=lambda: answers.append(_answered(name, port, lookup)), name=f"resolve {name}", daemon=True
    )
    thread.start()
    thread.join(deadline.left())
    if answers:
        return answers[0]
    return Resolution(
        trouble=Trouble(Failure.TIMEOUT, f"no name server answered for {name} within {deadline.seconds:g} s")
    )


def _answered(name: str, port: int, lookup: Lookup) -> Resolution:
    try:
        found = lookup(name, port)
    except socket.gaierror as error:
        return Resolution(trouble=_refusal(name, error))
    except (UnicodeError, ValueError) as error:
        return Resolution(trouble=Trouble(Failure.NAME_NOT_FOUND, f"{name} cannot be a host's name: {error}"))
    except OSError as error:
        return Resolution(trouble=Trouble(Failure.NOT_DIALLED, f"this machine cannot resolve names: {error.strerror}"))
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses:
        return Resolution(trouble=Trouble(Failure.NAME_NOT_FOUND, f"{name} has no address"))
    return Resolution(addresses[:_MOST_ADDRESSES])


def _refusal(name: str, error: socket.gaierror) -> Trouble:
    if error.errno == socket.EAI_AGAIN:
        return Trouble(Failure.TIMEOUT, f"the name servers gave no answer for {name}: {error.strerror}")
    return Trouble(Failure.NAME_NOT_FOUND, f"{name} has no address: {error.strerror}")
