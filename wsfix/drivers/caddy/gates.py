"""Directives that end some requests and let others pass, by what no URL tells: a password, the client's address, a service.

`basic_auth` answers 401 (caddyauth), `forward_auth` hands on what the service says unless that is 2xx, and a `respond`, `redir`,
`error` or `abort` may stand behind a matcher such as `remote_ip`, `expression` or `header`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import upstream
from wsfix.drivers.caddy.order import Step
from wsfix.drivers.caddy.tree import Node
from wsfix.model.route import Asks, Gate

_ASKING = {"basicauth": Asks.PASSWORD, "basic_auth": Asks.PASSWORD, "forward_auth": Asks.SERVICE}
ENDING = frozenset({"redir", "respond", "error", "abort"})
_BLOCKS = frozenset({"handle", "handle_path", "route"})
_CODES = {"permanent": 301, "temporary": 302, "html": 200}
_UNAUTHORIZED, _FOUND, _FAILED, _OK = 401, 302, 500, 200


def status(name: str, args: tuple[str, ...]) -> int | None:
    """What a directive that ends a request answers; None where it cuts the connection."""
    if name == "abort":
        return None
    if name == "redir":
        code = args[1] if len(args) > 1 else "temporary"
        return _CODES.get(code, int(code) if code.isdigit() else _FOUND)
    codes = [int(arg) for arg in args if arg.isdigit() and len(arg) == 3]  # noqa: PLR2004
    return codes[-1] if codes else _OK if name == "respond" else _FAILED


def passed(step: Step) -> Iterator[Gate]:
    """What is asked by a directive that a request passes."""
    asks = _ASKING.get(step.node.name)
    if asks is Asks.PASSWORD:
        yield Gate(step.node.position, step.node.text, asks, _UNAUTHORIZED)
    elif asks is Asks.SERVICE:
        found = [upstream.address(text, at, by_tls=False) for text, at, _ in upstream.upstreams(step.node, step.args)]
        yield Gate(step.node.position, step.node.text, asks, None, found[0] if found else None)


def unsure(step: Step) -> Iterator[Gate]:
    """The answers of a directive, or of those in its block, whose matcher could not be evaluated."""
    held = step.node.walk() if step.node.name in _BLOCKS else [step.node]
    for node in held:
        if node.name in _ASKING:
            yield from passed(Step(node, step.matcher, _bare(node)))
        elif node.name in ENDING:
            yield Gate(node.position, node.text, Asks.CLIENT, status(node.name, _bare(node)))


def _bare(node: Node) -> tuple[str, ...]:
    """Its arguments without the matcher."""
    first = node.args[:1]
    return node.args[1:] if first and (first[0] == "*" or first[0].startswith(("/", "@"))) else node.args
