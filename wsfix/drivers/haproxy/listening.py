"""Where a frontend listens: its `bind` lines, their addresses and what they say of TLS (manual sections 4.2 and 5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.drivers.haproxy.acl import Acl, Acls, conditioned
from wsfix.drivers.haproxy.samples import calls
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.text import decode

ANY = frozenset({"", "*", "0.0.0.0", "::", "[::]"})  # noqa: S104 - what is bound, not what is asked for
HOST_SAMPLES = frozenset({"hdr", "req.hdr", "req.fhdr", "ssl_fc_sni", "req.ssl_sni", "req_ssl_sni"})
_FAMILY = re.compile(r"^(?:ipv4|ipv6|tcp|tcp4|tcp6|udp|quic4|quic6|unix|abns|fd|sockpair)@")
_ALONE = frozenset(
    {
        "ssl",
        "accept-proxy",
        "defer-accept",
        "transparent",
        "v4v6",
        "v6only",
        "tfo",
        "strict-sni",
        "allow-0rtt",
        "generate-certificates",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Bind:
    """One `bind` line."""

    node: Node
    addresses: tuple[tuple[str, int, int], ...]
    """(address, first port, last port); unix sockets are left out."""
    options: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, node: Node) -> Bind:
        """Read `bind [address]:port[,…] [param]*`."""
        places = [place for part in node.args[:1] for one in part.split(",") if (place := _place(one))]
        options: list[tuple[str, str]] = []
        rest = list(node.args[1:])
        while rest:
            word = rest.pop(0)
            alone = word in _ALONE or word.startswith(("no-", "force-"))
            options.append((word, "" if alone or not rest else rest.pop(0)))
        return cls(node, tuple(places), tuple(options))

    @property
    def tls(self) -> bool:
        """Whether it decrypts."""
        return any(name == "ssl" for name, _ in self.options)

    @property
    def certificates(self) -> tuple[str, ...]:
        """The files and folders of its `crt` words."""
        return tuple(value for name, value in self.options if name == "crt")

    def option(self, name: str) -> str | None:
        """The value of the last such word."""
        return next((value for key, value in reversed(self.options) if key == name), None)

    def takes(self, port: int, address: str | None) -> bool:
        """Whether a connection to that port, and to that address where it is known, comes here."""
        return any(
            low <= port <= high and (address is None or host in ANY or host.strip("[]") == address)
            for host, low, high in self.addresses
        )

    def exactly(self, address: str | None) -> bool:
        """Whether it is bound to that very address."""
        return any(host.strip("[]") == address for host, _, _ in self.addresses)


def _place(text: str) -> tuple[str, int, int] | None:
    bare = _FAMILY.sub("", text)
    host, colon, ports = bare.rpartition(":")
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", ports)
    if not colon or not found or bare.startswith("/"):
        return None
    return host, int(found[1]), int(found[2] or found[1])


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """A frontend or a listen: what takes connections."""

    section: Section
    binds: tuple[Bind, ...]
    acls: Acls
    names: tuple[str, ...]
    """The hosts that its conditions speak of; none where it asks for no host."""

    @classmethod
    def of(cls, section: Section, files: dict[str, bytes]) -> Server:
        """Read a section."""
        lines = [*(section.defaults.nodes if section.defaults else []), *section.nodes]
        acls = Acls.of(lines, files)
        binds = tuple(Bind.of(node) for node in section.all("bind"))
        return cls(section, binds, acls, tuple(dict.fromkeys(_names(section, acls))))

    def bind(self, port: int, address: str | None) -> Bind | None:
        """The line by which a connection comes in."""
        found = [bind for bind in self.binds if bind.takes(port, address)]
        return next((bind for bind in found if bind.exactly(address)), found[0] if found else None)


def asks_host(acl: Acl) -> bool:
    """Whether an expression is about the name that the client asks for."""
    found = calls(acl.sample)
    if not found or found[0].name not in HOST_SAMPLES:
        return False
    return found[0].name not in {"hdr", "req.hdr", "req.fhdr"} or (found[0].args or ("",))[0].lower() == "host"


def _names(section: Section, acls: Acls) -> Iterator[str]:
    """The names of every condition, a leading dot or `hdr_end` as a wildcard; and the keys of a map of hosts."""
    for node in section.nodes:
        words, condition = conditioned(node.args)
        if node.name == "use_backend" and words and "%[" in words[0]:
            yield from _mapped(words[0], acls)
        for _, acl in acls.expressions(condition):
            if asks_host(acl):
                yield from names_of(acl, acls)


def names_of(acl: Acl, acls: Acls) -> Iterator[str]:
    """The hosts that one expression is about."""
    patterns = [*acl.patterns]
    for path in acl.from_files:
        lines = decode(acls.files.get(path, b"")).splitlines()
        patterns += [line.strip() for line in lines if line.strip() and line[0] != "#"]
    for pattern in patterns:
        if acl.method in {"", "str", "beg", "dom"}:
            yield re.sub(r":\d+$", "", pattern).lower()
        elif acl.method == "end":
            yield f"*{pattern.lower()}"


def _mapped(word: str, acls: Acls) -> Iterator[str]:
    found = re.search(r"map(?:_str|_dom|_end)?\(([^,)]+)", word)
    if found and "hdr(host" in word.lower():
        for line in decode(acls.files.get(found[1], b"")).splitlines():
            if line.strip() and line.strip()[0] != "#":
                yield line.split()[0].lower()
