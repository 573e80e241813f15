"""Health checks: by which words a check asks for more than a connection to the server's own port, and how they go.

Sources: manual sections 4.2 (`option httpchk`, `option tcp-check`, `http-check connect`) and 5.2 (`addr`, `check-ssl`, `port`);
section 9.3 of the management guide names the layers of a check's status (`L4CON`, `L6RSP`, `L7STS`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.haproxy import edits, questions, servers
from wsfix.drivers.haproxy.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config

CONNECTION, TLS, ANSWER = 4, 6, 7
"""The layers on which a check fails."""
_ADDRESS = {"addr": 1, "port": 1}
_SECURED = {"check-ssl": 0, "check-sni": 1, "check-alpn": 1}
_TALKS_TLS = frozenset({"ssl-hello-chk"})
_RULES = frozenset({"http-check", "tcp-check"})


def asked(config: Config, route: Route, layer: int) -> Node | None:
    """The line by whose words a check that fails on a layer asks another thing than a connection to the server's port."""
    one, section = questions.member(config, route), questions.backend(config, route)
    if not one.checked or layer not in {CONNECTION, TLS, ANSWER}:
        return None
    words = {CONNECTION: _ADDRESS, TLS: _SECURED}.get(layer, {})
    held = set(words) & set(one.options)
    if layer == CONNECTION and held == {"port"} and route.upstream is not None:
        held = held if one.options["port"] != str(route.upstream.port) else set()
    if held:
        own = one.node if held & set(one.node.args) else None
        return own or next((node for node in section.all("default-server") if held & set(node.args)), one.node)
    if layer in {CONNECTION, TLS}:
        sign = "port" if layer == CONNECTION else "ssl"
        rules = [node for node in section.nodes if node.name in _RULES and node.args[:1] == ("connect",)]
        found = next((node for node in rules if sign in node.args), None)
        if found is not None:
            return found
    kind = section.check
    if kind is None or (layer == CONNECTION) or (layer == TLS) != (kind.args[0] in _TALKS_TLS):
        return None
    return kind


def plain_check(config: Config, route: Route, layer: int = ANSWER) -> Config:
    """Let the check ask for no more than a connection to the server's own port, as far as the line of a layer is concerned."""
    line = asked(config, route, layer)
    if line is None:
        return config
    if line.name == "option":
        return _without_kind(config, route, line)
    if line.name in _RULES:
        raise CannotEdit(f"{line.position}: `{line.title}` is one of several rules of the check; correct it there")
    one = questions.member(config, route)
    if one.node.name != "server":
        raise CannotEdit(f"{one.node.position}: `{one.node.title}` makes several servers")
    args = servers.without(one.node, _ADDRESS if layer == CONNECTION else _SECURED)
    where = route.upstream
    if line is not one.node and layer == CONNECTION and where is not None:
        args = (*args, "port", str(where.port), *(["addr", where.host] if "addr" in one.options else []))
    elif line is not one.node:
        args = (*args, "no-check-ssl")
    return edits.set_arguments(config, one.node, args)


def _without_kind(config: Config, route: Route, held: Node) -> Config:
    """Take the kind of check away; that of the defaults stays for the others, and a plain check replaces it here.

    `no option httpchk` is refused by HAProxy.
    """
    section = questions.backend(config, route)
    inherited = section.defaults is not None and section.defaults.check is not None
    if held in section.nodes:
        return edits.set_arguments(config, held, ("tcp-check",)) if inherited else edits.deleted(config, held)
    first = next((node for node in section.nodes if node.name != "mode"), None)
    if first is None:
        raise CannotEdit(f"{section.position}: {section.kind} {section.name} is empty")
    if held.args[0] == "tcp-check":
        raise CannotEdit(f"{held.position}: the rules of the check stand in the defaults; correct them there")
    return edits.before(config, first, ["option tcp-check"])
