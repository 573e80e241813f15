"""The whole configuration as one tree: `include` is replaced by what it includes, and every directive keeps its file.

ngx_conf_include (src/core/ngx_conf_file.c): a relative path starts at the directory of the main configuration file; a
pattern without a match is no error, a plain name without a file is one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wsfix.drivers.nginx.syntax import Document, read
from wsfix.drivers.paths import Filesystem, TooManyLinksError, is_pattern
from wsfix.drivers.problem import Problem
from wsfix.drivers.span import Directive
from wsfix.errors import UnreadableConfig
from wsfix.model.route import Position


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A directive in the tree; two nodes may be the same directive, where a file is included twice."""

    path: str
    """The file that holds it, links followed: the one to edit."""
    directive: Directive
    children: tuple[Node, ...] = ()

    @property
    def name(self) -> str:
        """The directive's name."""
        return self.directive.name

    @property
    def args(self) -> tuple[str, ...]:
        """The directive's arguments."""
        return self.directive.args

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.path, self.directive.line)

    @property
    def place(self) -> tuple[str, int]:
        """File and offset: what makes a directive the same directive."""
        return self.path, self.directive.start

    def stands_at(self, position: Position) -> bool:
        """Whether this is its position; asked of many nodes, so that none is made for each."""
        return self.directive.line == position.line and self.path == position.path

    def all(self, *names: str) -> list[Node]:
        """The children of these names."""
        return [child for child in self.children if child.directive.name in names]

    def last(self, name: str) -> Node | None:
        """The last child of a name; nginx refuses a second one of most."""
        return next((child for child in reversed(self.children) if child.directive.name == name), None)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order in which nginx reads them."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything that nginx would read, beginning with the main file."""

    nodes: tuple[Node, ...]
    documents: Mapping[str, Document]
    problems: tuple[Problem, ...]
    loaded: tuple[str, ...] = ()
    """The paths that nginx opens: those that it is told, and where their links lead."""

    def walk(self) -> Iterator[Node]:
        """Yield every node, in the order in which nginx reads them."""
        for node in self.nodes:
            yield from node.walk()


def grow(filesystem: Filesystem, main: str) -> Tree:
    """Read the main file and all that it includes; raise UnreadableConfig only if the main file itself cannot be read."""
    try:
        path = filesystem.resolve(main)
    except TooManyLinksError:
        raise UnreadableConfig(main, 1, "its symbolic links go round in a circle") from None
    data = filesystem.read(path)
    if data is None:
        raise UnreadableConfig(main, 1, "the main configuration file was not found")
    grower = _Grower(filesystem, posixpath.dirname(main))
    grower.documents[path], found = parsed(data, path)
    nodes = grower.nodes(grower.documents[path].directives, path, (path,)) if found is None else found
    loaded = tuple(dict.fromkeys((main, path, *grower.loaded)))
    return Tree(nodes, grower.documents, tuple(grower.problems), loaded)


@lru_cache(maxsize=1024)
def parsed(data: bytes, path: str) -> tuple[Document, tuple[Node, ...] | None]:
    """Read a file, and give its nodes where it includes nothing: an edit leaves most files as they are."""
    document = read(data, path)
    alone = b"include" not in data or not any(directive.name == "include" for directive in document.walk())
    return document, _nodes(document.directives, path) if alone else None


def _nodes(directives: tuple[Directive, ...], path: str) -> tuple[Node, ...]:
    return tuple([Node(path, each, _nodes(each.children, path) if each.children else ()) for each in directives])


class _Grower:
    """Follows includes; a file that cannot be read leaves a problem and nothing else."""

    def __init__(self, filesystem: Filesystem, base: str) -> None:
        self.filesystem = filesystem
        self.base = base
        self.documents: dict[str, Document] = {}
        self.alone: dict[str, tuple[Node, ...] | None] = {}
        self.problems: list[Problem] = []
        self.loaded: list[str] = []

    def nodes(self, directives: tuple[Directive, ...], path: str, within: tuple[str, ...]) -> tuple[Node, ...]:
        """The nodes of some directives of one file; `within` is the chain of files that leads here."""
        found: list[Node] = []
        for directive in directives:
            if directive.name == "include" and len(directive.words) == 2 and not directive.is_block:  # noqa: PLR2004
                found.append(Node(path, directive, self._included(directive, path, within)))
            else:
                found.append(Node(path, directive, self.nodes(directive.children, path, within)))
        return tuple(self._flat(found))

    def _flat(self, nodes: list[Node]) -> Iterator[Node]:
        """An include stands before what it includes, so that it can be found and edited too."""
        for node in nodes:
            if node.name == "include" and not node.directive.is_block:
                yield Node(node.path, node.directive)
                yield from node.children
            else:
                yield node

    def _included(self, directive: Directive, path: str, within: tuple[str, ...]) -> tuple[Node, ...]:
        wanted = posixpath.join(self.base, directive.args[0])
        asked = Position(path, directive.line)
        names = self.filesystem.glob(wanted) if is_pattern(wanted) else [wanted]
        return tuple(node for name in names for node in self._file(name, asked, within))

    def _file(self, name: str, asked: Position, within: tuple[str, ...]) -> tuple[Node, ...]:
        try:
            path = self.filesystem.resolve(name)
            document = self._document(path)
        except TooManyLinksError:
            return self._problem(asked, f"{name}: its symbolic links go round in a circle")
        except UnreadableConfig as error:
            return self._problem(Position(error.path, error.line), error.reason)
        if path in within:
            return self._problem(asked, f"{name} includes itself")
        if document is None:
            what = "is a directory" if self.filesystem.is_directory(path) else "was not found"
            return self._problem(asked, f"{name} {what}")
        self.loaded += [name, path]
        alone = self.alone.get(path)
        return self.nodes(document.directives, path, (*within, path)) if alone is None else alone

    def _document(self, path: str) -> Document | None:
        if path not in self.documents:
            data = self.filesystem.read(path)
            if data is None:
                return None
            self.documents[path], self.alone[path] = parsed(data, path)
        return self.documents[path]

    def _problem(self, position: Position, message: str) -> tuple[Node, ...]:
        problem = Problem(position, message)
        if problem not in self.problems:
            self.problems.append(problem)
        return ()
