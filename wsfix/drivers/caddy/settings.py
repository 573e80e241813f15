"""Changes to a site's addresses, its certificate and how long its sockets outlive a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers import splicing
from wsfix.drivers.caddy import splice
from wsfix.drivers.caddy.address import texts
from wsfix.drivers.caddy.syntax import read
from wsfix.drivers.text import encode
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config

_KEEPS_STREAMS = (2, 7)
"""The release with stream_close_delay."""


def add_server_name(config: Config, position: Position, name: str) -> Config:
    """Add an address to the line of addresses, of the same scheme and port as the first that has a host."""
    site = config.site(position)
    if any(one.takes(name.lower()) for one in site.addresses):
        return config
    like = next(one for one in site.addresses if one.host)
    address = like.sibling(name)
    document, directive = config.document(site.node), site.node.directive
    last = directive.words[-1]
    if address == like.text or last.quote or last.value.endswith(","):
        raise CannotEdit(f"{position}: the addresses cannot be told apart")
    words = (*(word.value for word in directive.words[:-1]), f"{last.value},", address)
    expected = [
        item._replace(words=words) if item.start == directive.start else item for item in splicing.outline(document)
    ]
    return config.with_document(
        splicing.checked(document, last.end, last.end, encode(f", {splice.quoted(address)}"), expected)
    )


def set_certificate(config: Config, position: Position, certificate: str, key: str | None) -> Config:
    """Name other files in the site's `tls`."""
    site = config.site(position)
    held = site.node.all("tls")
    named = [node for node in held if len(node.args) > 1]
    if len(held) > 1 or (held and not named and held[0].args != ("internal",)):
        raise CannotEdit(f"{held[-1].position}: what tls asks for here is not a pair of files")
    wanted = (certificate, key or (named[0].args[1] if named else ""))
    if not wanted[1]:
        raise CannotEdit(f"{position}: no tls with a certificate and a key is in force here")
    if held:
        if held[0].args == wanted:
            return config
        return config.with_document(splice.replace_arguments(config.document(held[0]), held[0].directive, wanted))
    line = " ".join(["tls", *(splice.quoted(word) for word in wanted)])
    document = config.document(site.node)
    if site.node.directive.is_block:
        return config.with_document(splice.insert_first(document, site.node.directive, [line]))
    return config.with_document(splice.insert_after(document, site.node.directive, [line]))


def stream_close_delay(config: Config, route: Route, seconds: int) -> Config:
    """Give the route's reverse_proxy the line by which its sockets outlive a reload."""
    proxy = config.reverse_proxy(route)
    if not config.knows(*_KEEPS_STREAMS):
        raise CannotEdit(f"{proxy.position}: stream_close_delay is known to Caddy from 2.7 on")
    if proxy.last("stream_close_delay"):
        return config
    line = f"stream_close_delay {seconds}s"
    return config.with_document(splice.open_block(config.document(proxy), proxy.directive, [line]))


def unloaded_names(config: Config, host: str) -> tuple[tuple[str, int, str], ...]:
    """(path, line, text) of each line of addresses with a host in files that Caddy does not read."""
    found: list[tuple[str, int, str]] = []
    for path, data in sorted(config.files.items()):
        if path in config.loaded or host.encode() not in data:
            continue
        try:
            document = read(data, path)
        except UnreadableConfig:
            continue
        for directive in document.directives:
            words = tuple(word.value for word in directive.words)
            if host in {_host(text) for text in texts(words)} and directive.is_block:
                found.append((path, directive.line, " ".join(words)))
    return tuple(found)


def _host(text: str) -> str:
    return text.lower().split("://")[-1].partition("/")[0].partition(":")[0]
