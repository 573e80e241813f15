"""The servers that share a backend's requests, and changes to the words of a `server` line.

Sources: manual sections 4.2 (`option redispatch`, `retries`, `use-server`) and 5.2 (`backup`, `check`, `disabled`, `no-ssl`, `weight`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.haproxy import edits, questions
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.haproxy.upstreams import Member, members
from wsfix.errors import CannotEdit
from wsfix.model.route import PoolMember, Route

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config

_OF_TLS = {
    "alpn": 1, "npn": 1, "ca-file": 1, "check-alpn": 1, "check-sni": 1, "check-ssl": 0, "ciphers": 1, "ciphersuites": 1, "crl-file": 1,
    "crt": 1, "curves": 1, "sigalgs": 1, "client-sigalgs": 1, "sni": 1, "ssl": 0, "ssl-max-ver": 1, "ssl-min-ver": 1, "verify": 1,
    "verifyhost": 1, "allow-0rtt": 0, "force-sslv3": 0, "force-tlsv10": 0, "force-tlsv11": 0, "force-tlsv12": 0, "force-tlsv13": 0,
    "no-ssl-reuse": 0, "no-sslv3": 0, "no-tls-tickets": 0, "no-tlsv10": 0, "no-tlsv11": 0, "no-tlsv12": 0, "no-tlsv13": 0,
}  # fmt: skip
"""The words of a server that are about TLS → how many values stand behind each."""
_PROXY_LINES = {
    "send-proxy": 0, "send-proxy-v2": 0, "send-proxy-v2-ssl": 0, "send-proxy-v2-ssl-cn": 0, "proxy-v2-options": 1, "check-send-proxy": 0,
}  # fmt: skip
"""The words by which a line of the PROXY protocol goes before a connection, or before that of a check."""
_NAMED = 2
"""Name and address stand before the words."""


def pool(config: Config, route: Route) -> tuple[PoolMember, ...]:
    """The servers in use of the route's backend; none where rules of `use-server` choose among them."""
    section = questions.backend(config, route)
    if section.all("use-server"):
        return ()
    balance, again = section.setting("balance"), _goes_on(section)
    first = balance is not None and balance.args[:1] == ("first",)
    found: list[PoolMember] = []
    for one in members(section):
        if "disabled" in one.options or one.options.get("weight") == "0":
            continue
        waits = "backup" in one.options or (first and any(each.takes_turn for each in found))
        where = one.upstream(route.upstream.port if route.upstream else 0)
        written = f"{one.node.name} {one.name} {one.address}"
        found.append(PoolMember(where, written, takes_turn=not waits, passed_over=again or one.checked))
    return tuple(found)


def _goes_on(section: Section) -> bool:
    """Whether a request that could not be handed to one server is handed to another."""
    held, retries = section.setting("option", "redispatch"), section.setting("retries")
    refused = any(node.words[:3] == ("no", "option", "redispatch") for node in section.nodes)
    return held is not None and not refused and (retries is None or retries.args[:1] != ("0",))


def set_aside(config: Config, route: Route, gone: PoolMember) -> Config:
    """Mark a server of the route's backend as `disabled`."""
    one = _line(config, route, gone)
    if "disabled" in one.options:
        return config
    return edits.set_arguments(config, one.node, (*one.node.args, "disabled"))


def _line(config: Config, route: Route, gone: PoolMember) -> Member:
    for one in members(questions.backend(config, route)):
        if one.node.position == gone.upstream.position:
            if one.node.name != "server":
                raise CannotEdit(f"{one.node.position}: `{one.node.title}` makes several servers")
            return one
    raise CannotEdit(f"{gone.upstream.position}: {gone.written} does not stand here")


def speak_plainly(config: Config, route: Route) -> Config:
    """Take the words of TLS off the route's server; `no-ssl` where `default-server` gives them."""
    one = questions.member(config, route)
    if not one.tls:
        return config
    args = without(one.node, _OF_TLS)
    if "ssl" not in one.node.args[_NAMED:]:
        args = (*args, "no-ssl", *(["no-check-ssl"] if "check-ssl" in one.options else []))
    return edits.set_arguments(config, one.node, args)


def proxy_lines(config: Config, route: Route) -> tuple[str, ...]:
    """The words by which the route's server is sent a line of the PROXY protocol."""
    one = questions.member(config, route)
    return tuple(word for word in one.options if word.startswith("send-proxy"))


def without_proxy_lines(config: Config, route: Route) -> Config:
    """Take those words off the server's line; `no-` before them where `default-server` gives them."""
    one = questions.member(config, route)
    inherited = [word for word in one.options if word in _PROXY_LINES and word not in one.node.args[_NAMED:]]
    refused = [f"no-{word}" for word in inherited if word in {"send-proxy", "send-proxy-v2", "check-send-proxy"}]
    return edits.set_arguments(config, one.node, (*without(one.node, _PROXY_LINES), *refused))


def without(node: Node, words: dict[str, int]) -> tuple[str, ...]:
    """The arguments of a server without some words and the values behind them."""
    start = _NAMED if node.name == "server" else _NAMED + 1
    kept, rest = list(node.args[:start]), list(node.args[start:])
    while rest:
        word = rest.pop(0)
        if word in words:
            del rest[: words[word]]
        else:
            kept.append(word)
    return tuple(kept)
