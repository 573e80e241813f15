"""Whether the upgrade of a WebSocket reaches the backend, and how long the tunnel may be silent (mod_proxy, "protoupgrade").

From 2.4.47 on mod_proxy_http tunnels by itself: to ws:// and wss://, and to http:// where the worker has `upgrade=websocket`.
Before, only ws:// carried it, through mod_proxy_wstunnel. A tunnel ends after the longer of the two sides' time-outs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.apache.conditions import at_least
from wsfix.drivers.apache.passes import Pass
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.apache.workers import Worker
from wsfix.model.route import HeaderSet

TUNNELS = (2, 4, 47)
"""The release in which mod_proxy_http learnt to tunnel."""
_TIME = re.compile(r"(\d+)\s*(ms|mi|min|s|h|m)?[a-z]*", re.IGNORECASE)
_UNITS = {"ms": 0.001, "mi": 60.0, "min": 60.0, "m": 60.0, "s": 1.0, "h": 3600.0, "": 1.0}
_DEFAULT_TIMEOUT = 60.0
_SETTING = {"set", "add", "append", "setifempty"}
_NEEDED = {"upgrade": "websocket", "sec-websocket-key": "", "sec-websocket-version": "13"}
"""What the backend must be asked with; of the key, which is the client's alone, no value will do."""
_WITH_VALUE = 3
"""Action, header and value."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What is installed: the version, and the modules that are loaded."""

    version: str | None
    modules: frozenset[str]

    @property
    def tunnels(self) -> bool:
        """Whether mod_proxy_http forwards upgrades; taken for granted where the version is not known."""
        return at_least(self.version, TUNNELS) is not False


def why_not(
    scheme: str, worker: Worker | None, entry: Pass | None, here: Platform, levels: Sequence[Sequence[Node]]
) -> str:
    """Why the upgrade does not reach the backend, in plain words; empty if it does."""
    missing = missing_handler(scheme, here, levels)
    if missing:
        return missing
    taken = headers_taken(levels)
    if taken:
        return f"{worded(taken[0])} takes the client's {taken[0].args[1]} away"
    if scheme not in {"ws", "wss"} and not here.tunnels:
        return f"Apache {here.version} forwards no upgrade to {scheme}://; before 2.4.47 only ws:// carries it"
    if worker is None:
        return "" if scheme in {"ws", "wss"} else f"no ProxyPass gives upgrade=websocket for this {scheme}:// target"
    return "" if worker.upgrades(scheme) else _parameters(worker, entry)


def _parameters(worker: Worker, entry: Pass | None) -> str:
    """What is wrong with the parameters that count."""
    if entry is not None and worker.owner is not entry.node and "upgrade" in entry.params:
        return (
            f"it shares the worker of {shown(worker.owner)} at {worker.owner.position}, whose parameters count: "
            f"upgrade={entry.params['upgrade']} is without effect here"
        )
    held = worker.params.get("upgrade")
    if held:
        return f"upgrade={held} at {worker.owner.position} does not let WebSocket through"
    return f"{shown(worker.owner)} at {worker.owner.position} has no upgrade=websocket"


def missing_handler(scheme: str, here: Platform, levels: Sequence[Sequence[Node]] = ()) -> str:
    """Why no module speaks to the backend; empty if one does."""
    if "proxy" not in here.modules:
        return "mod_proxy is not loaded"
    through_http = scheme in {"http", "https"} or here.tunnels
    if through_http and "proxy_http" in here.modules and (scheme in {"http", "https"} or _falls_back(levels)):
        return ""
    if scheme in {"ws", "wss"} and "proxy_wstunnel" in here.modules:
        return ""
    module = "mod_proxy_http" if through_http else "mod_proxy_wstunnel"
    return f"{module} is not loaded, so that nothing speaks {scheme}:// to the backend"


def idle_seconds(server: Server, worker: Worker | None) -> float:
    """After how long a tunnel on which nothing is said ends: max(Timeout, timeout= or ProxyTimeout)."""
    held = server.last("timeout")
    client = seconds(held.args[0]) if held else _DEFAULT_TIMEOUT
    proxy = server.last("proxytimeout")
    backend = seconds(proxy.args[0]) if proxy else client
    if worker is not None and worker.params.get("timeout"):
        backend = seconds(worker.params["timeout"])
    return max(client, backend)


def seconds(text: str) -> float:
    """A time of Apache in seconds (ap_timeout_parameter_parse): `300`, `5min`, `500ms`; 0 for what is none."""
    found = _TIME.fullmatch(text.strip())
    return int(found[1]) * _UNITS[(found[2] or "").lower()] if found else 0.0


def headers(levels: Sequence[Sequence[Node]]) -> tuple[HeaderSet, ...]:
    """What RequestHeader sets for the backend."""
    sets = [
        node for level in levels for node in level if node.name == "requestheader" and len(node.args) >= _WITH_VALUE
    ]
    return tuple(
        HeaderSet(node.args[1], node.args[2], node.position) for node in sets if node.args[0].lower() in _SETTING
    )


def shown(node: Node) -> str:
    """A directive in a sentence."""
    return node.title if node.directive.is_block else f"`{node.title}`"


def headers_taken(levels: Sequence[Sequence[Node]]) -> list[Node]:
    """The RequestHeader lines that remove what a handshake needs (RFC 6455 section 4.1), or give it another value.

    Connection is none of them: mod_proxy sets it anew, with Upgrade.
    """
    nodes = [node for level in levels for node in level if node.name == "requestheader" and len(node.args) > 1]
    found: list[Node] = []
    for name, value in _NEEDED.items():
        last: Node | None = None
        for node in nodes:
            if node.args[1].lower() != name:
                continue
            action, said = node.args[0].lower(), "".join(node.args[2:3]).lower()
            kept = action == "set" and said in {value, f"%{{{name}}}i"}
            last = node if action in {"unset", "set", "edit", "edit*"} and not kept else None if kept else last
        found += [last] if last is not None else []
    return found


def worded(node: Node) -> str:
    """A RequestHeader with its place, as the reason tells it."""
    return f"{' '.join(('RequestHeader', *node.args))} at {node.position}"


def _falls_back(levels: Sequence[Sequence[Node]]) -> bool:
    """ProxyWebsocketFallbackToProxyHttp, which is on by default."""
    held = [
        node for level in levels for node in level if node.name == "proxywebsocketfallbacktoproxyhttp" and node.args
    ]
    return not held or held[-1].args[0].lower() == "on"
