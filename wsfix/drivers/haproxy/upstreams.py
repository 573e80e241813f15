"""The servers of a backend: which of them a request goes to, by which protocol, and how long it may be silent there.

Sources: manual sections 4.2 (`server`, `default-server`, `use-server`, `timeout`) and 5.2 (parameters of a server).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.model.route import Upstream

_FAMILY = re.compile(r"^(?:ipv4|ipv6|tcp|tcp4|tcp6)@")
_ALONE = frozenset(
    {
        "allow-0rtt", "agent-check", "backup", "check", "check-send-proxy", "check-ssl", "check-via-socks4", "disabled", "enabled",
        "force-sslv3", "force-tlsv10", "force-tlsv11", "force-tlsv12", "force-tlsv13", "non-stick", "send-proxy", "send-proxy-v2",
        "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "ssl", "stick", "tfo", "ssl-reuse", "tls-tickets",
    }
)  # fmt: skip
_TIME = re.compile(r"(\d+)(us|ms|s|m|h|d)?")
_UNITS = {"us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MIN_WORDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One `server` line."""

    node: Node
    name: str
    address: str
    options: dict[str, str]

    @property
    def tls(self) -> bool:
        """Whether it is spoken to over TLS."""
        return "ssl" in self.options

    @property
    def only_h2(self) -> bool:
        """Whether a WebSocket would have to be spoken in HTTP/2 to it (`proto h2`, or that by ALPN alone, without `ws h1`)."""
        if self.options.get("ws") == "h1":
            return False
        if "proto" in self.options:
            return self.options["proto"] == "h2"
        return self.tls and self.options.get("alpn", "").split(",") == ["h2"]

    @property
    def checked(self) -> bool:
        """Whether its health is checked."""
        return "check" in self.options

    def upstream(self, port: int) -> Upstream:
        """Where it is; without a port it is that of the connection."""
        scheme = "https" if self.tls else "http"
        bare = _FAMILY.sub("", self.address)
        if self.address.startswith(("unix@", "/", "abns@")):
            return Upstream(scheme, "", 0, position=self.node.position, socket=self.address.removeprefix("unix@"))
        host, own = split(bare)
        number = int(own) if own.isdigit() else port + int(own) if re.fullmatch(r"[+-]\d+", own) else port
        return Upstream(scheme, host, number, position=self.node.position)


def split(address: str) -> tuple[str, str]:
    """Host and port of an address; the last colon divides them, and an IPv6 host may go without brackets."""
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        return address.strip("[]"), ""
    return host.strip("[]"), port


def members(section: Section) -> list[Member]:
    """The servers in their order, with what default-server gives them."""
    found: list[Member] = []
    defaults: dict[str, str] = {}
    lines = [*(section.defaults.nodes if section.defaults else []), *section.nodes]
    for node in lines:
        if node.name == "default-server":
            defaults |= _options(node.args)
        elif node.name == "server" and len(node.args) >= _MIN_WORDS:
            found.append(Member(node, node.args[0], node.args[1], _merged(defaults, _options(node.args[2:]))))
        elif node.name == "server-template" and len(node.args) > _MIN_WORDS:
            name = f"{node.args[0]}1"
            found.append(Member(node, name, node.args[2], _merged(defaults, _options(node.args[3:]))))
    return found


def _options(words: tuple[str, ...]) -> dict[str, str]:
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        options[word] = "" if word in _ALONE or word.startswith("no-") or not rest else rest.pop(0)
    return options


def _merged(defaults: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    joined = {**defaults, **own}
    for name in [name for name in joined if name.startswith("no-")]:
        joined.pop(name.removeprefix("no-"), None)
    if "enabled" in own:
        joined.pop("disabled", None)
    return joined


def usable(section: Section) -> list[Member]:
    """Those that take requests as configured: the active ones, else the backups."""
    enabled = [member for member in members(section) if "disabled" not in member.options]
    return [member for member in enabled if "backup" not in member.options] or enabled


def seconds(text: str) -> float:
    """A time in seconds; without a unit it is in milliseconds (section 2.5)."""
    found = _TIME.fullmatch(text)
    return int(found[1]) * _UNITS[found[2] or ""] if found else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Timeout:
    """A timeout that is in force."""

    node: Node
    seconds: float

    @property
    def bare(self) -> bool:
        """Whether it is a number without a unit."""
        return self.node.args[1].isdigit()


def timeout_line(section: Section, name: str) -> Timeout | None:
    """A timeout of a section or of its defaults, with its line; None where it is not set."""
    held = section.setting("timeout", name)
    return Timeout(held, seconds(held.args[1])) if held and len(held.args) > 1 else None


def timeout(section: Section, name: str) -> float | None:
    """A timeout of a section or of its defaults; None where it is not set, or 0, which is infinite."""
    held = section.setting("timeout", name)
    value = seconds(held.args[1]) if held and len(held.args) > 1 else 0.0
    return value or None


def idle_seconds(frontend: Section, backend: Section) -> float:
    """How long a tunnel may be silent: `timeout tunnel` of the backend, else the shorter of client's and server's."""
    tunnel = timeout(backend, "tunnel")
    if tunnel is not None:
        return tunnel
    known = [one for one in (timeout(frontend, "client"), timeout(backend, "server")) if one is not None]
    return min(known, default=float("inf"))
