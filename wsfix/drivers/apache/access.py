"""Whether a proxied request is let in: Require, and the older Order, Allow and Deny, of the sections that it is in.

Without AuthMerging the last section that has any of them decides alone (mod_authz_core).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.apache.sections import Section
from wsfix.drivers.apache.tree import Node
from wsfix.model.route import Asks, Gate

_OLD = ("order", "allow", "deny")
FORBIDDEN = 403
_NEW = ("require", "requireall", "requireany", "requirenone")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided, and by whom; `denied` is None where it depends on who asks."""

    denied: bool | None = False
    section: Section | None = None


def decide(inside: Sequence[Section]) -> Verdict:
    """Judge the sections of a request, the last that says anything first."""
    for section in reversed(inside):
        new = section.node.all(*_NEW)
        old = section.node.all(*_OLD)
        if new:
            return Verdict(_new(new), section)
        if old:
            return Verdict(_old(old), section)
    return Verdict()


def over_files(levels: Sequence[Sequence[Node]], folder: str) -> Verdict:
    """Judge the `<Directory>` sections of a folder: the longer path decides, and the virtual host after the main server."""
    found = [
        Section(node, node.args[0], is_regex=False)
        for level in levels
        for node in level
        if node.name == "directory" and len(node.args) == 1 and f"{folder}/".startswith(f"{node.args[0].rstrip('/')}/")
    ]
    return decide(sorted(found, key=lambda one: one.pattern.rstrip("/").count("/")))


def besides(inside: Sequence[Section]) -> list[Gate]:
    """What else keeps clients out in a section: SSLRequire and SSLVerifyClient (ssl_hook_Access), `<LimitExcept>` without GET."""
    nodes = [node for section in inside for node in section.node.children]
    found = [
        node
        for node in nodes
        if node.name == "sslrequire"
        or (node.name == "sslverifyclient" and node.args[:1] == ("require",))
        or (node.name == "limitexcept" and "GET" not in {word.upper() for word in node.args} and _keeps_out(node))
    ]
    return [Gate(node.position, node.title, Asks.CLIENT, FORBIDDEN) for node in found]


def _keeps_out(node: Node) -> bool:
    return decide([Section(node, "", is_regex=False)]).denied is not False


def _new(nodes: Sequence[Node]) -> bool | None:
    """Several Require are met by any of them (RequireAny)."""
    plain = [" ".join(node.args).lower() for node in nodes if node.name == "require"]
    if "all granted" in plain:
        return False
    if len(plain) == len(nodes) and set(plain) == {"all denied"}:
        return True
    inner = [node for node in nodes if node.name != "require"]
    if len(nodes) == 1 and inner and inner[0].name != "requirenone":
        return _inner(inner[0])
    return None


def _inner(node: Node) -> bool | None:
    verdicts = [_new([child]) for child in node.all(*_NEW)]
    if node.name == "requireall" and True in verdicts:
        return True
    same = set(verdicts)
    return same.pop() if len(same) == 1 else None


def _old(nodes: Sequence[Node]) -> bool | None:
    """`Order deny,allow` lets in whom nothing denies, `Order allow,deny` only whom something allows."""
    said = {node.name: " ".join(node.args).lower() for node in nodes}
    order = said.get("order", "deny,allow").replace(" ", "")
    denies, allows = said.get("deny", ""), said.get("allow", "")
    if denies == "from all":
        return True if not allows or order.startswith("allow") else False if allows == "from all" else None
    if denies:
        return None
    return (None if allows and allows != "from all" else not allows) if order.startswith("allow") else False
