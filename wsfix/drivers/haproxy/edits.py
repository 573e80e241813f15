"""What every verb does with a line: find it, splice its file. And the changes to one server or one timeout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.config import by_port
from wsfix.drivers.haproxy import questions, splice
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.haproxy.upstreams import usable
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config


def set_arguments(config: Config, node: Node, args: Sequence[str]) -> Config:
    """Give a line other arguments; those that stay are kept as written, variables in them too."""
    if node.args == tuple(args):
        return config
    written = node.directive.args
    kept = dict(zip(node.args, written, strict=True))
    words = [kept.get(word, word) for word in args]
    return config.with_document(splice.replace_arguments(config.document(node), node.directive, words))


def deleted(config: Config, node: Node) -> Config:
    """Take a line away."""
    return config.with_document(splice.delete(config.document(node), node.directive))


def before(config: Config, node: Node, lines: Sequence[str]) -> Config:
    """Put lines before a line of a section, and before the comments right above it."""
    document = config.document(node)
    return config.with_document(splice.insert_before(document, node.directive, lines, over_comments=True))


def after(config: Config, section: Section, node: Node, lines: Sequence[str]) -> Config:
    """Put lines after a line of a section, or after its head."""
    document = config.document(node)
    own = [one.directive for one in section.nodes if one.path == section.head.path]
    indent = splice.body_indent(document, section.head.directive, own)
    return config.with_document(splice.insert_after(document, node.directive, lines, indent=indent))


def retarget(config: Config, route: Route, host: str, port: int) -> Config:
    """Write another address into the only server of a route's backend."""
    one, section = questions.member(config, route), questions.backend(config, route)
    by_port(host, one.node.position)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if route.upstream is not None and route.upstream.address == address:
        return config
    if one.node.name != "server":
        raise CannotEdit(f"{one.node.position}: `{one.node.title}` makes several servers")
    if len(usable(section)) > 1:
        raise CannotEdit(f"{section.position}: {len(usable(section))} servers share the work; which one is wrong?")
    if route.upstream is not None and route.upstream.socket is not None:
        raise CannotEdit(f"{one.node.position}: `{one.node.title}` goes to a unix socket")
    if questions.shared(config, route):
        raise CannotEdit(f"{section.position}: {section.kind} {section.name} serves other names, too")
    if "$" in one.node.directive.args[1]:
        raise CannotEdit(f"{one.node.position}: the address of `{one.node.title}` depends on variables")
    args = one.node.args
    return set_arguments(config, one.node, (args[0], address, *args[2:]))


def set_tunnel(config: Config, route: Route, seconds: int) -> Config:
    """Set `timeout tunnel` in the backend itself; one that it inherits stays for the others."""
    section = questions.backend(config, route)
    return tunnel(config, section, seconds)


def tunnel(config: Config, section: Section, seconds: int) -> Config:
    """Set `timeout tunnel` of one section."""
    value = f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds}s"
    own = [node for node in section.nodes if node.words[:2] == ("timeout", "tunnel")]
    if own:
        return set_arguments(config, own[-1], ("tunnel", value))
    timeouts = section.all("timeout") or section.all("mode")
    return after(config, section, timeouts[-1] if timeouts else section.head, [f"timeout tunnel {value}"])


def move_before(config: Config, moved: Node, other: Node) -> Config:
    """Move a line to before another one of the same file, where it does not stand there already."""
    if moved.path != other.path:
        raise CannotEdit(f"{moved.position}: it stands in another file than {other.position}")
    if moved.directive.line < other.directive.line:
        return config
    return config.with_document(splice.move_before(config.document(moved), moved.directive, other.directive))


def in_seconds(config: Config, node: Node) -> Config:
    """Give the number of a timeout that has no unit that of seconds."""
    name, value = node.args[:2]
    if not value.isdigit():
        return config
    return set_arguments(config, node, (name, f"{value}s"))


def expects_proxy_line(config: Config, port: int) -> Node | None:
    """The line by which the frontend of a port waits for the PROXY protocol, whoever connects."""
    for server in config.listens_on(port):
        bind = server.bind(port, None)
        if bind is not None and any(name == "accept-proxy" for name, _ in bind.options):
            return bind.node
        rules = server.section.all("tcp-request")
        found = next((node for node in rules if node.args == ("connection", "expect-proxy", "layer4")), None)
        if found is not None:
            return found
    return None


def without_expected_proxy_line(config: Config, port: int) -> Config:
    """Take that word off the bind, or the rule away."""
    node = expects_proxy_line(config, port)
    if node is None:
        return config
    if node.name == "tcp-request":
        return deleted(config, node)
    return set_arguments(config, node, [word for word in node.args if word != "accept-proxy"])
