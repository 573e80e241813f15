"""The addresses of a site, and which site takes a host on a port (caddyconfig/httpcaddyfile/addresses.go, httptype.go).

An address is `[scheme://][host][:port][/path]`. Without scheme and port a host is served by HTTPS on 443, and an address
without a host by nothing but its port. A site speaks TLS by `https://`, by a `tls` directive, or since it has a host, unless
its port is that of HTTP. Sites are asked in the order of their specificity: the longest host first, a wildcard after those
without, a site without a host last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.drivers.caddy.tree import Node
from wsfix.model.route import Position

_ADDRESS = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<host>\[[^\]]*\]|[^/:\[\]]*)(?::(?P<port>\d+))?(?P<path>/.*)?\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that Caddy takes for HTTP and HTTPS, and whether it answers the first with a redirect to the second."""

    http: int = 80
    https: int = 443
    redirects: bool = True


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a site."""

    text: str
    scheme: str
    host: str
    port: int
    path: str
    tls: bool

    def takes(self, host: str) -> bool:
        """Whether it matches a host: a `*` stands for one label."""
        if not self.host or self.host == host:
            return True
        mine, asked = self.host.split("."), host.split(".")
        return len(mine) == len(asked) and all(one in {"*", other} for one, other in zip(mine, asked, strict=True))

    def sibling(self, host: str) -> str:
        """The same address for another host, as one writes it."""
        return self.text.replace(self.host, host, 1) if self.host else f"{host}{self.text}"


@dataclass(frozen=True)
class Site:
    """A block of addresses with its directives."""

    node: Node
    addresses: tuple[Address, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts that it is written for, each once."""
        return tuple(dict.fromkeys(one.host for one in self.addresses if one.host))

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    @property
    def bound(self) -> tuple[str, ...]:
        """The local addresses that it listens on; empty for all."""
        return tuple(arg for node in self.node.all("bind") for arg in node.args)

    def on(self, port: int, address: str | None = None) -> list[Address]:
        """Its addresses on a port."""
        if address is not None and self.bound and not {address, "0.0.0.0", "::"} & set(self.bound):  # noqa: S104
            return []
        return [one for one in self.addresses if one.port == port]


def ports(options: tuple[Node, ...]) -> Ports:
    """Read them from the global options."""
    held = {node.name: node.args[0] for node in options if node.args}

    def number(name: str, default: int) -> int:
        return int(held[name]) if held.get(name, "").isdigit() else default

    redirects = held.get("auto_https") not in {"off", "disable_redirects"}
    return Ports(number("http_port", 80), number("https_port", 443), redirects)


def sites(nodes: tuple[Node, ...], known: Ports) -> Iterator[Site]:
    """The sites, each with those of its addresses that can be read."""
    for node in nodes:
        secured = any(child.name == "tls" for child in node.children)
        found = (_address(word, known, secured=secured) for word in texts(node.words))
        addresses = tuple(one for one in found if one is not None)
        if addresses:
            yield Site(node, addresses)


def texts(words: tuple[str, ...]) -> list[str]:
    """The addresses of a line: they are parted by blanks, by commas, or by both."""
    return [part for word in words for part in word.split(",") if part]


def _address(text: str, known: Ports, *, secured: bool) -> Address | None:
    match = _ADDRESS.match(text)
    if match is None:
        return None
    scheme, host = (match["scheme"] or "").lower(), (match["host"] or "").lower().strip("[]")
    usual = known.http if scheme == "http" else known.https
    port = int(match["port"]) if match["port"] else usual
    tls = scheme == "https" or (scheme != "http" and port != known.http and (bool(host) or secured))
    return Address(text, scheme, host, port, match["path"] or "", tls)


def by_specificity(found: list[Site]) -> list[Site]:
    """The order in which sites are asked for a host."""

    def rank(site: Site) -> tuple[bool, bool, int, int]:
        host = max((_weight(one.host) for one in site.addresses), default=0)
        path = max((len(one.path) for one in site.addresses), default=0)
        wild = any("*" in one.host or not one.host for one in site.addresses)
        return host == 0, wild, -host, -path

    return sorted(found, key=rank)


def _weight(host: str) -> int:
    """Specificity: wildcards do not count."""
    return len(host.replace("*", ""))
