"""The whole Caddyfile as one tree: `import` is replaced by what it imports, and every directive keeps its file.

Parser.doImport (caddyconfig/caddyfile/parse.go): a name that a snippet of the same name was defined for comes from there; any
other is a path, relative to the file that imports it, with at most one `*`; a pattern without a match is no error, a plain
name without a file is one. `{args.0}` (2.6) and `{args[0]}` (2.7) stand for what follows the name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsfix.drivers.caddy.syntax import GLOBAL, Document, read
from wsfix.drivers.paths import Filesystem, TooManyLinksError, is_pattern
from wsfix.drivers.problem import Problem
from wsfix.drivers.span import Directive
from wsfix.errors import UnreadableConfig
from wsfix.model.route import Position

_ARGUMENT = re.compile(r"\{args(?:\.(\d+)|\[(\d+)\])\}")
_DEFAULT = re.compile(r"\{\$[^}:\n]+:([^}\n]*)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A directive in the tree; two nodes may be the same directive, where a snippet is imported twice."""

    path: str
    """The file that holds it, links followed: the one to edit."""
    directive: Directive
    words: tuple[str, ...]
    """Its words, with the arguments of the import put in and the defaults of environment variables taken."""
    children: tuple[Node, ...] = ()

    @property
    def name(self) -> str:
        """The directive's name."""
        return self.words[0]

    @property
    def args(self) -> tuple[str, ...]:
        """The directive's arguments."""
        return self.words[1:]

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.path, self.directive.line)

    @property
    def place(self) -> tuple[str, int]:
        """File and offset: what makes a directive the same directive."""
        return self.path, self.directive.start

    @property
    def text(self) -> str:
        """Its words as they are written, on one line."""
        return " ".join(word.value for word in self.directive.words)

    @property
    def match(self) -> str:
        """Its name and the matcher that it begins with, such as `handle /ws/*`."""
        first = self.directive.words[1].value if len(self.directive.words) > 1 else ""
        return f"{self.name} {first}" if first == "*" or first.startswith(("/", "@")) else self.name

    def all(self, *names: str) -> list[Node]:
        """The children of these names."""
        return [child for child in self.children if child.name in names]

    def last(self, name: str) -> Node | None:
        """The last child of a name."""
        return next((child for child in reversed(self.children) if child.name == name), None)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order in which Caddy reads them."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything that Caddy would read, beginning with the main file."""

    sites: tuple[Node, ...]
    """The blocks of addresses, in order; of a file without braces the line of its addresses with all that follows."""
    options: tuple[Node, ...]
    """The global options."""
    documents: Mapping[str, Document]
    problems: tuple[Problem, ...]
    loaded: tuple[str, ...] = ()
    """The paths that Caddy opens: those that it is told, and where their links lead."""

    def walk(self) -> Iterator[Node]:
        """Yield every node of the sites, in the order in which Caddy reads them."""
        for node in self.sites:
            yield from node.walk()


def grow(filesystem: Filesystem, main: str) -> Tree:
    """Read the main file and all that it imports; raise UnreadableConfig only if the main file itself cannot be read."""
    try:
        path = filesystem.resolve(main)
    except TooManyLinksError:
        raise UnreadableConfig(main, 1, "its symbolic links go round in a circle") from None
    data = filesystem.read(path)
    if data is None:
        raise UnreadableConfig(main, 1, "the main configuration file was not found")
    grower = _Grower(filesystem)
    grower.documents[path] = document = read(data, path)
    nodes = grower.nodes(document.directives, path, main, (path,), ())
    options = tuple(child for node in nodes if node.name == GLOBAL for child in node.children)
    sites = tuple(_sites([node for node in nodes if node.name != GLOBAL]))
    loaded = tuple(dict.fromkeys((main, path, *grower.loaded)))
    return Tree(sites, options, grower.documents, tuple(grower.problems), loaded)


def _sites(nodes: list[Node]) -> Iterator[Node]:
    """A line of addresses without a block takes everything that follows (parser.blockContents)."""
    for number, node in enumerate(nodes):
        if node.directive.is_block:
            yield node
            continue
        yield Node(node.path, node.directive, node.words, tuple(nodes[number + 1 :]))
        return


class _Grower:
    """Follows imports; a file that cannot be read leaves a problem and nothing else."""

    def __init__(self, filesystem: Filesystem) -> None:
        self.filesystem = filesystem
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        self.loaded: list[str] = []
        self.snippets: dict[str, tuple[str, str, Directive]] = {}

    def nodes(
        self, directives: tuple[Directive, ...], path: str, opened: str, within: tuple[str, ...], args: tuple[str, ...]
    ) -> tuple[Node, ...]:
        """The nodes of some directives of one file, opened as `opened`; `within` is the chain that leads here."""
        found: list[Node] = []
        for directive in directives:
            if _snippet(directive):
                self.snippets[directive.name[1:-1]] = (path, opened, directive)
            elif directive.name == "import" and len(directive.words) > 1:
                found += self._imported(directive, path, opened, within, args)
            else:
                children = self.nodes(directive.children, path, opened, within, args)
                words = tuple(_put_in(word.value, args) for word in directive.words)
                found.append(Node(path, directive, words, children))
        return tuple(found)

    def _imported(
        self, directive: Directive, path: str, opened: str, within: tuple[str, ...], args: tuple[str, ...]
    ) -> tuple[Node, ...]:
        name, *more = (_put_in(arg, args) for arg in directive.args)
        asked = Position(path, directive.line)
        if name in self.snippets:
            home, home_opened, snippet = self.snippets[name]
            if f"({name})" in within:
                return self._problem(asked, f"the snippet {name} imports itself")
            return self.nodes(snippet.children, home, home_opened, (*within, f"({name})"), tuple(more))
        wanted = posixpath.join(posixpath.dirname(opened), name)
        if wanted.count("*") > 1:
            return self._problem(asked, f"{name} has more than one *")
        names = self.filesystem.glob(wanted) if is_pattern(wanted) else [posixpath.normpath(wanted)]
        return tuple(node for one in names for node in self._file(one, asked, within, tuple(more)))

    def _file(self, name: str, asked: Position, within: tuple[str, ...], args: tuple[str, ...]) -> tuple[Node, ...]:
        try:
            path = self.filesystem.resolve(name)
            document = self._document(path)
        except TooManyLinksError:
            return self._problem(asked, f"{name}: its symbolic links go round in a circle")
        except UnreadableConfig as error:
            return self._problem(Position(error.path, error.line), error.reason)
        if path in within:
            return self._problem(asked, f"{name} imports itself")
        if document is None:
            what = "is a directory" if self.filesystem.is_directory(path) else "was not found"
            return self._problem(asked, f"{name} {what}")
        self.loaded += [name, path]
        return self.nodes(document.directives, path, name, (*within, path), args)

    def _document(self, path: str) -> Document | None:
        if path not in self.documents:
            data = self.filesystem.read(path)
            if data is None:
                return None
            self.documents[path] = read(data, path)
        return self.documents[path]

    def _problem(self, position: Position, message: str) -> tuple[Node, ...]:
        problem = Problem(position, message)
        if problem not in self.problems:
            self.problems.append(problem)
        return ()


def _snippet(directive: Directive) -> bool:
    name = directive.name
    return directive.is_block and len(directive.words) == 1 and name.startswith("(") and name.endswith(")")


def _put_in(word: str, args: tuple[str, ...]) -> str:
    def argument(found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        return args[number] if number < len(args) else found[0]

    if "{args" in word:
        word = _ARGUMENT.sub(argument, word)
    return _DEFAULT.sub(r"\1", word) if "{$" in word else word
