"""What reverse_proxy does: whom it dials, which headers it sends, how long it waits (modules/caddyhttp/reverseproxy).

Caddy hands every upgrade on by itself: it takes the headers of the hop away and sets Connection and Upgrade anew
(prepareRequest), then applies `header_up`. So a handshake is lost only where a line takes one of the two away or sets it to
something else, does so with the client's key or version, or where the upstream is spoken to by HTTP/2 alone. A tunnel has no idle time but the transport's read_timeout,
and ends after stream_timeout (2.7) whatever it carries.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wsfix.drivers.caddy.tree import Node
from wsfix.model.route import HeaderSet, Position, Upstream

_DURATION = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h|d)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PORTS = {"https": 443}
_OF_THE_HOP = ("upgrade", "connection")
_ASKED = {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-key": None, "sec-websocket-version": "13"}
"""What a handshake's request holds (RFC 6455 section 4.1); of the key, which is the client's alone, no word will do."""
_TOKEN = re.compile(r"(?:(?P<scheme>https?|h2c)://)?(?P<host>\[[^\]]*\]|[^:/]*)(?::(?P<port>\d+))?\Z")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a request header, by `header_up` or `request_header`."""

    node: Node
    name: str
    """As written, without the sign."""
    value: str | None
    """None where the header is taken away."""

    def concerns(self, header: str) -> bool:
        """Whether it is about a header; a name taken away may begin or end with a `*`."""
        mine, asked = self.name.lower(), header.lower()
        if self.value is None and "*" in mine:
            bare = mine.strip("*")
            if mine.startswith("*") and mine.endswith("*"):
                return bare in asked
            return asked.startswith(bare) if mine.endswith("*") else asked.endswith(bare)
        return mine == asked

    def keeps(self, header: str) -> bool:
        """Whether the header still asks for a WebSocket's upgrade after it."""
        if self.value is None:
            return False
        value = self.value.lower()
        # {>Upgrade} was the word of Caddy 1; Caddy 2 sends it as it stands
        passed_on = {f"{{header.{header}}}", f"{{http.request.header.{header}}}"}
        return value in passed_on or _ASKED[header] in [word.strip() for word in value.split(",")]


def changes(nodes: Iterable[Node], args_of: dict[int, tuple[str, ...]] | None = None) -> Iterator[Change]:
    """The changes that `header_up` or `request_header` lines make."""
    for node in nodes:
        args = (args_of or {}).get(id(node), node.args)
        if not args:
            continue
        name = args[0]
        if name.startswith("-"):
            yield Change(node, name[1:], None)
        elif len(args) == 2 and not name.startswith("?"):  # noqa: PLR2004
            yield Change(node, name.lstrip("+>"), args[1])


def upstreams(node: Node, args: tuple[str, ...]) -> list[tuple[str, Position, Node]]:
    """The addresses as written, each with its line and the directive that holds it."""
    found = [(arg, node.position, node) for arg in args]
    for child in node.all("to"):
        found += [(arg, child.position, child) for arg in child.args]
    return found


def address(text: str, position: Position, *, by_tls: bool) -> Upstream | None:
    """An upstream's address (parseUpstreamDialAddress); None where it is one that cannot be told here."""
    if text.startswith("unix/"):
        return Upstream("http", "", 0, None, position, socket=text.removeprefix("unix/"))
    if text.startswith("unix+h2c/"):
        return Upstream("h2c", "", 0, None, position, socket=text.removeprefix("unix+h2c/"))
    match = _TOKEN.match(text)
    if match is None or "{" in text:
        return None
    scheme = match["scheme"] or "http"
    host = match["host"].strip("[]") or "localhost"
    port = int(match["port"]) if match["port"] else _PORTS.get(scheme, 80)
    return Upstream("https" if by_tls else scheme, host, port, None, position)


def transport(node: Node) -> Node | None:
    """The transport of a reverse_proxy."""
    return node.last("transport")


def speaks_tls(node: Node) -> bool:
    """Whether the transport is told to use TLS."""
    held = transport(node)
    return held is not None and any(child.name == "tls" or child.name.startswith("tls_") for child in held.children)


def speaks_http2_alone(node: Node) -> bool:
    """Whether the transport is told to use no HTTP/1.1, which alone can be upgraded here."""
    held = transport(node)
    versions = held.last("versions") if held else None
    return versions is not None and "1.1" not in versions.args


def idle_seconds(node: Node) -> float:
    """After how long a tunnel without a byte from the upstream ends; infinite where it never does."""
    held = transport(node)
    found = [held.last("read_timeout") if held else None, node.last("stream_timeout")]
    times = [seconds(one.args[0]) for one in found if one is not None and one.args]
    return min((time for time in times if time), default=math.inf)


def seconds(text: str) -> float | None:
    """A duration as Go writes it."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def header_sets(found: Iterable[Change]) -> tuple[HeaderSet, ...]:
    """The headers that are set."""
    return tuple(HeaderSet(one.name, one.value, one.node.position) for one in found if one.value is not None)


def lost(earlier: Iterable[Change], later: Iterable[Change]) -> list[Change]:
    """The changes after which no upgrade is asked for any more.

    What `request_header` takes away Caddy does not set anew: then only `header_up` lines that write both out bring it back.
    """
    early, late = list(earlier), list(later)
    before, after = _lost(early), _lost(late)
    written = [one.name.lower() for one in late if one.value and "{" not in one.value]
    if before and not after and set(_OF_THE_HOP) <= set(written):
        return [one for one in before if not any(one.concerns(header) for header in _OF_THE_HOP)]
    return before + after


def _lost(held: Sequence[Change]) -> list[Change]:
    """Of those that set a header the last one counts, and one that takes it away counts before all."""
    gone: list[Change] = []
    for header in _ASKED:
        about = [one for one in held if one.concerns(header)]
        taken = [one for one in about if one.value is None]
        last = [one for one in about if one.value is not None][-1:]
        gone += taken or [one for one in last if not one.keeps(header)]
    return gone
