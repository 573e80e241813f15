"""The files of HAProxy in the order of its command line, their conditional blocks evaluated, their lines put into sections.

Sources: manual sections 2.4 (conditional blocks), 4 (proxies; `defaults` and `from`), management guide section 3 (`-f`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wsfix.drivers.haproxy.blocks import holds
from wsfix.drivers.haproxy.syntax import Document, read
from wsfix.drivers.paths import Filesystem, TooManyLinksError
from wsfix.drivers.problem import Problem
from wsfix.drivers.span import Directive
from wsfix.errors import UnreadableConfig
from wsfix.model.route import Position

PROXIES = frozenset({"frontend", "backend", "listen"})
SECTIONS = PROXIES | {
    "global", "defaults", "peers", "userlist", "resolvers", "mailers", "cache", "program", "http-errors", "ring",
    "log-forward", "fcgi-app", "traces", "crt-store", "acme", "log-profile", "email-alert", "dynamic-update",
}  # fmt: skip
_KINDS = (
    "httpchk", "tcp-check", "ssl-hello-chk", "smtpchk", "redis-check", "mysql-check", "pgsql-check", "ldap-check", "spop-check",
    "external-check",
)  # fmt: skip
_CHECKS = frozenset(("option", kind) for kind in _KINDS)
_ENV = re.compile(r"\$(?:\{(\w+)(?:-([^}]*))?\}|(\w+))")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One line of a file, its variables expanded where they are known."""

    path: str
    directive: Directive
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The first word."""
        return self.words[0]

    @property
    def args(self) -> tuple[str, ...]:
        """The other words."""
        return self.words[1:]

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.path, self.directive.line)

    @property
    def title(self) -> str:
        """Its words in a sentence."""
        return " ".join(self.words)


@dataclass(slots=True, eq=False)
class Section:
    """A section, with the `defaults` that it inherits from."""

    head: Node
    defaults: Section | None = None
    nodes: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Its first word: frontend, backend, listen, defaults, global or another."""
        return self.head.name

    @property
    def name(self) -> str:
        """Its name; empty for one that has none."""
        return self.head.args[0] if self.head.args and self.head.args[0] != "from" else ""

    @property
    def position(self) -> Position:
        """Where it begins."""
        return self.head.position

    def all(self, name: str) -> list[Node]:
        """Its own lines of that name, in their order."""
        return [node for node in self.nodes if node.name == name]

    def setting(self, *words: str) -> Node | None:
        """The line that counts for a setting of these first words: the last of its own, else of its defaults."""
        for section in (self, self.defaults):
            for node in reversed(section.nodes if section else []):
                if node.words[: len(words)] == words:
                    return node
        return None

    @property
    def check(self) -> Node | None:
        """The kind of health check that is in force: the last line of the section itself, else of its defaults."""
        for section in (self, self.defaults):
            held = [node for node in (section.nodes if section else []) if node.words[:2] in _CHECKS]
            if held:
                return held[-1]
        return None

    @property
    def mode(self) -> str:
        """Its mode: tcp unless it says otherwise (section 4.2, `mode`)."""
        held = self.setting("mode")
        return held.args[0] if held and held.args else "tcp"


@dataclass(slots=True)
class Tree:
    """A whole configuration."""

    documents: dict[str, Document] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def proxies(self, *kinds: str) -> list[Section]:
        """The proxies of these kinds, in the order of the files."""
        return [section for section in self.sections if section.kind in (kinds or PROXIES)]

    def backend(self, name: str) -> Section | None:
        """The backend of that name; a listen is one, too."""
        return next((one for one in self.proxies("backend", "listen") if one.name == name), None)

    def globals(self) -> list[Node]:
        """All lines of global sections."""
        return [node for section in self.sections if section.kind == "global" for node in section.nodes]


def grow(files: Filesystem, roots: Sequence[str], version: str | None, given: Mapping[str, str]) -> Tree:
    """Read the files; raises UnreadableConfig where the first one itself cannot be read."""
    tree = Tree(environment=dict(given))
    for number, root in enumerate(roots):
        for path in _expanded(files, root):
            try:
                _file(tree, files, path, version)
            except UnreadableConfig as error:
                if number == 0:
                    raise
                tree.problems.append(Problem(Position(error.path, error.line or 1), error.reason))
    _inherit(tree)
    return tree


def _expanded(files: Filesystem, root: str) -> list[str]:
    """A file as it is; of a folder the files whose name ends with .cfg, in the order of their bytes."""
    try:
        real = files.resolve(root)
    except TooManyLinksError:
        return [root]
    if real in files.files or not files.is_directory(real):
        return [root]
    return [path for path in files.glob(f"{root.rstrip('/')}/*") if path.endswith(".cfg")]


def _file(tree: Tree, files: Filesystem, path: str, version: str | None) -> None:
    try:
        real = files.resolve(path)
    except TooManyLinksError:
        raise UnreadableConfig(path, 0, "its links do not end") from None
    data = files.read(real)
    if data is None:
        raise UnreadableConfig(path, 0, "it is not there")
    tree.loaded += [one for one in dict.fromkeys((path, real)) if one not in tree.loaded]
    document = read(data, real)
    tree.documents[real] = document
    section: Section | None = None
    blocks: list[bool | None] = []
    """Of each open `.if`: whether its present branch is read; None once a branch was."""
    for directive in document.directives:
        if directive.name.startswith("."):
            _block(tree, directive, blocks, version, real)
            continue
        if not all(blocks):
            continue
        node = Node(real, directive, _words(tree, directive))
        if node.name in SECTIONS:
            section = Section(node)
            tree.sections.append(section)
        elif section is not None:
            section.nodes.append(node)
            if section.kind == "global" and node.name in {"setenv", "presetenv"} and len(node.args) > 1:
                tree.environment[node.args[0]] = node.args[1]
        else:
            tree.problems.append(Problem(node.position, f"{node.name} stands in no section"))


def _block(tree: Tree, directive: Directive, blocks: list[bool | None], version: str | None, path: str) -> None:
    """Follow .if, .elif, .else and .endif; .notice, .warning, .alert and .diag only talk."""
    if directive.name == ".if":
        blocks.append(_holds(tree, directive, version, path) if all(blocks) else None)
    elif directive.name == ".elif":
        held = blocks[-1]
        blocks[-1] = _holds(tree, directive, version, path) if held is False else None
    elif directive.name == ".else":
        blocks[-1] = True if blocks[-1] is False else None
    elif directive.name == ".endif":
        blocks.pop()


def _holds(tree: Tree, directive: Directive, version: str | None, path: str) -> bool:
    text = " ".join(_words(tree, directive)[1:])
    verdict = holds(text, version, tree.environment)
    if verdict is None:
        tree.uncertain.append(f"whether .if {text} at {path}:{directive.line} holds is not known")
    return bool(verdict)


def _words(tree: Tree, directive: Directive) -> tuple[str, ...]:
    """The words, with variables in weak quotes expanded (section 2.3); those that are not known stay as written."""

    def value(found: re.Match[str]) -> str:
        held = tree.environment.get(found[1] or found[3])
        return held if held is not None else found[2] if found[2] is not None else found[0]

    return tuple(
        _ENV.sub(value, word.value) if word.quote == '"' and "$" in word.value else word.value
        for word in directive.words
    )


def _inherit(tree: Tree) -> None:
    """Give each proxy its defaults: those named by `from`, else the last section before it."""
    last: Section | None = None
    named: dict[str, Section] = {}
    for section in tree.sections:
        words = section.head.words
        asked = words[words.index("from") + 1] if "from" in words[1:-1] else None
        if section.kind == "defaults":
            section.defaults = named.get(asked) if asked else None
            if section.defaults:
                section.nodes = [*section.defaults.nodes, *section.nodes]
            last = section
            named[section.name] = section
        elif section.kind in PROXIES:
            section.defaults = named.get(asked) if asked else last
