"""A new entry for a WebSocket, where no other takes its path: before the passes, as a `<Location>`, or let through by a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.apache import access, edits, rewriting, splice
from wsfix.drivers.apache.passes import Pass, passes, section_passes
from wsfix.drivers.apache.questions import entry_of
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.sections import sections
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.workers import named
from wsfix.drivers.config import by_port
from wsfix.drivers.text import encode
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route, RouteKind

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config


@dataclass(frozen=True, slots=True)
class NewPass:
    """What a new entry is to do."""

    prefix: str
    host: str
    port: int
    uri: str | None
    exact: bool
    idle_seconds: int
    like: Route | None = None

    @property
    def escaped(self) -> str:
        """The prefix as a regular expression has it."""
        return re.sub(r"\\([-/])", r"\1", re.escape(self.prefix))

    @property
    def sample(self) -> str:
        """A path that it is meant to take."""
        return self.prefix if self.exact or not self.prefix.endswith("/") else f"{self.prefix}wsfix"


def add_websocket_location(config: Config, position: Position, wish: NewPass) -> Config:
    """Try the plainest way first, and take the first after which the path really goes to the new target."""
    server = config.server(position)
    by_port(wish.host, position)
    there = _there(server, wish)
    if there is not None:
        return _already(config, there, wish)
    _as_guarded(config, server, wish)
    ways: tuple[Callable[[Config, Server, NewPass], Config], ...] = (_as_pass, _as_location)
    for way in ways:
        for passing in (False, True):
            tried = way(config, server, wish)
            if passing:
                tried = _let_through(tried, position, wish)
            if _reached(tried, position, wish):
                return _forwarding(tried, position, wish)
    route = edits.ask(config, position, wish.sample)
    taker = (
        f"{route.position}: {route.match} takes {wish.prefix} all the same"
        if route and route.match
        else f"{position}: no client comes here"
    )
    raise CannotEdit(taker)


def _as_guarded(config: Config, server: Server, wish: NewPass) -> None:
    """Raise CannotEdit where files answer so far, and only for some: a ProxyPass is not asked what a `<Directory>` asks."""
    route = edits.ask(config, server.position, wish.sample)
    root = server.last("documentroot")
    if route is None or route.kind is not RouteKind.FILES or root is None:
        return
    verdict = access.over_files(server.levels, root.args[0])
    if verdict.denied is None and verdict.section is not None:
        node = verdict.section.node
        raise CannotEdit(
            f"{node.position}: `{node.title}` decides here who may come in, which a ProxyPass is not asked"
        )


def _forwarding(config: Config, position: Position, wish: NewPass) -> Config:
    """The configuration where the new entry's parameters count, whatever worker of the main server is in the way."""
    route = edits.ask(config, position, wish.sample)
    return config.forward_upgrade(route) if route and not route.why_not.startswith("RequestHeader") else config


def _as_pass(config: Config, server: Server, wish: NewPass) -> Config:
    """A ProxyPass before the first one of the virtual host that could take the path."""
    node = edits.section_of(config, server)
    line = _line(config, wish, named=True)
    mine = [one for one in passes(server) if not one.of_main and one.node.path == node.path and not one.node.made]
    # What takes the path must come later, and so must what would share its worker with the new one.
    url = next(word for word in line.split() if "://" in word)
    first = [one for one in mine if one.takes(encode(wish.sample)) is not False or url.startswith(named(one.target)[0])]
    if first:
        return edits.before(config, first[0].node, [line])
    if mine:
        return edits.after(config, mine[-1].node, [line])
    return config.with_document(splice.insert_last(config.document(node), node.directive, [line], blank=True))


def _as_location(config: Config, server: Server, wish: NewPass) -> Config:
    """A `<Location>` after all others of the virtual host: it goes before every ProxyPass outside of sections."""
    if wish.exact:
        return config
    node = edits.section_of(config, server)
    lines = [f"<Location {splice.quoted(wish.prefix)}>", f"\t{_line(config, wish, named=False)}", "</Location>"]
    held = [one.node for one in sections(server, "location") if not one.of_main and one.node.path == node.path]
    if held:
        return edits.after(config, held[-1], lines)
    return config.with_document(splice.insert_last(config.document(node), node.directive, lines, blank=True))


def _let_through(config: Config, position: Position, wish: NewPass) -> Config:
    """Where a rule takes the path to files, or to another target, a rule before it that lets the path through."""
    server = config.server(position)
    route = edits.ask(config, position, wish.sample)
    if route is None or route.kind is RouteKind.RETURN or not _by_rule(config, route):
        return config
    return rewriting.let_through(config, server, f"^{wish.escaped}{'$' if wish.exact else ''}")


def _by_rule(config: Config, route: Route) -> bool:
    try:
        return isinstance(entry_of(config, route), Rule)
    except CannotEdit:
        return False


def _line(config: Config, wish: NewPass, *, named: bool) -> str:
    """The directive; without its prefix inside a section."""
    scheme = wish.like.upstream.scheme if wish.like and wish.like.upstream else "http"
    secure = scheme in {"https", "wss"}
    host = f"[{wish.host}]" if ":" in wish.host else wish.host
    uri = wish.prefix if wish.uri is None else wish.uri
    options = [f"timeout={wish.idle_seconds}"]
    if config.platform.tunnels:
        scheme, options = ("https" if secure else "http"), ["upgrade=websocket", *options]
    else:
        scheme = "wss" if secure else "ws"
    head = ["ProxyPass", wish.prefix] if named else ["ProxyPass"]
    if wish.exact and uri == wish.prefix:
        # A plain ProxyPass to the same address would lend its worker to http://; to ws:// it does not.
        scheme, options = ("wss" if secure else "ws"), [f"timeout={wish.idle_seconds}"]
        head, uri = ["ProxyPassMatch", f"^({wish.escaped})$"], "$1"
    words = [*head, f"{scheme}://{host}:{wish.port}{uri}", *options]
    return " ".join(splice.quoted(word) for word in words)


def _there(server: Server, wish: NewPass) -> Pass | None:
    """An entry of the same prefix that the virtual host has already."""
    own: Sequence[Pass] = [
        one for one in (*section_passes(server), *passes(server)) if not one.of_main or server.is_main
    ]
    exact = f"^({wish.escaped})$"
    return next((one for one in own if one.path == (exact if wish.exact and one.is_regex else wish.prefix)), None)


def _already(config: Config, there: Pass, wish: NewPass) -> Config:
    words = _line(config, wish, named=there.section is None).split()
    if list(there.node.args) == [word.strip('"') for word in words[1:]]:
        return config
    raise CannotEdit(f"{there.position}: there is a `{there.match}` already")


def _reached(config: Config, position: Position, wish: NewPass) -> bool:
    """Whether the path goes to the new target; modules that are missing do not matter here."""
    route = edits.ask(config, position, wish.sample)
    if route is None or route.upstream is None:
        return False
    uri = wish.prefix if wish.uri is None else wish.uri
    wanted = uri + wish.sample.removeprefix(wish.prefix)
    return (route.upstream.host, route.upstream.port, route.backend_path) == (wish.host.strip("[]"), wish.port, wanted)
