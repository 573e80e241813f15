"""Changes to the names and the certificate of a frontend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.haproxy import edits, questions
from wsfix.drivers.haproxy.acl import Acl
from wsfix.drivers.haproxy.listening import Server, asks_host
from wsfix.drivers.haproxy.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config


def add_server_name(config: Config, position: Position, name: str) -> Config:
    """Add a name wherever the frontend asks for the one that it knows; it must know one site only."""
    server = config.server(position)
    if not server.names or name.lower() in server.names:
        return config
    places = [(node, span) for node in server.section.nodes for span in _spans(node)]
    known = {frozenset(p.lower() for p in Acl.of(node.words[start:end]).patterns) for node, (start, end) in places}
    if len(known) != 1:
        raise CannotEdit(
            f"{position}: {server.section.kind} {server.section.name} knows {' and '.join(server.names)}; to which of them "
            f"does {name} belong?"
        )
    changed = config
    for place in dict.fromkeys(node.position for node, _ in places):
        node = questions.at(changed, place)
        words = list(node.words)
        for _, end in reversed(_spans(node)):
            words.insert(end, name)
        changed = edits.set_arguments(changed, node, words[1:])
    return changed


def _spans(node: Node) -> list[tuple[int, int]]:
    """Where the expressions about the host stand among a line's words: in an acl, or between braces."""
    words = node.words
    if node.name == "acl":
        spans = [(2, len(words))]
    else:
        spans = []
        for start, word in enumerate(words):
            if word in {"{", "!{"} and "}" in words[start:]:
                spans.append((start + 1, words.index("}", start)))
    return [span for span in spans if span[1] - span[0] > 1 and _plain(Acl.of(words[span[0] : span[1]]))]


def _plain(acl: Acl) -> bool:
    return asks_host(acl) and acl.method in {"", "str", "dom"} and not acl.from_files


def set_certificate(config: Config, position: Position, certificate: str, key: str | None) -> Config:
    """Write another file behind `crt`; HAProxy looks for the key in that file, else in one with `.key` behind its name."""
    server: Server = config.server(position)
    if key is not None and key not in {certificate, f"{certificate}.key"}:
        raise CannotEdit(
            f"HAProxy wants the key in the certificate's own file: `cat {certificate} {key}` into one file of mode 600, "
            f"and name that"
        )
    binds = [bind for bind in server.binds if bind.tls]
    if not binds:
        raise CannotEdit(f"{position}: {server.section.kind} {server.section.name} does not decrypt TLS")
    changed = config
    for bind in binds:
        if bind.certificates == (certificate,):
            continue
        if len(bind.certificates) != 1:
            raise CannotEdit(
                f"{bind.node.position}: it names {len(bind.certificates)} certificates; which one is wrong?"
            )
        node = questions.at(changed, bind.node.position)
        args = list(node.args)
        args[args.index("crt") + 1] = certificate
        changed = edits.set_arguments(changed, node, args)
    return changed
