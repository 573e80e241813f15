"""The whole configuration as one tree: what is included, what is under a condition that holds, and what macros make.

ap_process_resource_config, ap_process_fnmatch_configs (server/config.c): a relative path starts at ServerRoot; a folder is read
with all beneath it; `Include` fails where nothing matches, `IncludeOptional` does not. mod_macro: `Use` puts the lines of
`<Macro>` in its place, parameters replaced in their text.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wsfix.drivers.apache.conditions import CONDITIONS, Surroundings, holds, module_name
from wsfix.drivers.apache.macro import Macro, written_out
from wsfix.drivers.apache.syntax import Document, read, split
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
    args: tuple[str, ...] = ()
    """The arguments with variables filled in."""
    children: tuple[Node, ...] = ()
    line: int = 0
    made: bool = False
    """Whether a macro made it; its text then stands nowhere as it is."""

    @property
    def name(self) -> str:
        """The directive's name in lower case."""
        return self.directive.name

    @property
    def position(self) -> Position:
        """Where it stands; of what a macro made, where the macro has it."""
        return Position(self.path, self.line)

    @property
    def place(self) -> tuple[str, int]:
        """File and offset: what makes a directive the same directive."""
        return self.path, self.directive.start

    @property
    def title(self) -> str:
        """The directive as people would call it: `ProxyPass /ws/`, `<Location /ws/>`."""
        words = self.directive.words
        if self.directive.is_block:
            return f"<{' '.join((words[0].value, *self.args))}>"
        return " ".join((words[0].value, *self.args[:1]))

    def all(self, *names: str) -> list[Node]:
        """The children of these names."""
        return [child for child in self.children if child.name in names]

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order in which Apache reads them."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A directive that is not read, since a module is not loaded."""

    node: Node
    module: str


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything that Apache would read, beginning with the main file."""

    nodes: tuple[Node, ...]
    documents: Mapping[str, Document]
    problems: tuple[Problem, ...]
    modules: frozenset[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Problem, ...] = ()
    """Conditions and macros that could not be evaluated."""
    skipped: tuple[Skipped, ...] = ()
    loaded: tuple[str, ...] = ()
    """The paths that Apache opens: those that it is told, and where their links lead."""

    def walk(self) -> Iterator[Node]:
        """Yield every node, in the order in which Apache reads them."""
        for node in self.nodes:
            yield from node.walk()


def grow(filesystem: Filesystem, main: str, here: Surroundings) -> Tree:
    """Read the main file and all that it includes; raise UnreadableConfig only if the main file itself cannot be read."""
    try:
        path = filesystem.resolve(main)
    except TooManyLinksError:
        raise UnreadableConfig(main, 1, "its symbolic links go round in a circle") from None
    data = filesystem.read(path)
    if data is None:
        raise UnreadableConfig(main, 1, "the main configuration file was not found")
    grower = _Grower(filesystem, here)
    grower.documents[path] = document = read(data, path)
    nodes = tuple(grower.nodes(document, document.directives, (path,)))
    return Tree(
        nodes,
        grower.documents,
        tuple(grower.problems),
        frozenset(here.modules),
        dict(here.variables),
        tuple(grower.doubts),
        tuple(grower.skipped),
        tuple(dict.fromkeys((main, path, *grower.loaded))),
    )


class _Grower:
    """Follows includes, conditions and macros; what cannot be read leaves a problem and nothing else."""

    def __init__(self, filesystem: Filesystem, here: Surroundings) -> None:
        self.filesystem = filesystem
        self.here = here
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self.skipped: list[Skipped] = []
        self.loaded: list[str] = []
        self.macros: dict[str, Macro] = {}

    def nodes(
        self, document: Document, directives: tuple[Directive, ...], within: tuple[str, ...], offset: int | None = None
    ) -> Iterator[Node]:
        """The nodes of some directives of one file.

        `within` is the chain of files and macros that leads here, `offset` the line that a macro's own are counted from.
        """
        for directive in directives:
            line = directive.line + (offset or 0)
            node = Node(document.path, directive, self._args(document, directive), (), line, offset is not None)
            if directive.name in CONDITIONS and directive.is_block:
                yield from self._conditional(node, document, within, offset)
            elif directive.name == "macro" and directive.is_block:
                self._define_macro(node, document)
            elif directive.name == "use":
                yield from self._use(node, within)
            elif directive.name in {"include", "includeoptional"} and node.args:
                yield node
                yield from self._included(node, within)
            else:
                self._learn(node)
                children = tuple(self.nodes(document, directive.children, within, offset))
                yield Node(node.path, directive, node.args, children, line, node.made)

    def _args(self, document: Document, directive: Directive) -> tuple[str, ...]:
        args = directive.args
        if not any("${" in arg for arg in args):
            return args
        return split(self.here.expand(document.head(directive)))[1:]

    def _learn(self, node: Node) -> None:
        args = node.args
        if node.name == "define" and args:
            self.here.variables[args[0]] = args[1] if len(args) > 1 else ""
        elif node.name == "undefine" and args:
            self.here.variables.pop(args[0], None)
        elif node.name == "serverroot" and args:
            self.here.root = args[0].rstrip("/") or "/"
        elif node.name == "loadmodule" and args:
            self.here.modules.add(module_name(args[0]))

    def _conditional(
        self, node: Node, document: Document, within: tuple[str, ...], offset: int | None
    ) -> Iterator[Node]:
        verdict = holds(node.name, node.args, self.here, self.filesystem)
        if verdict is None:
            self.doubts.append(Problem(node.position, f"whether {node.title} holds is not known"))
        if verdict is not False:
            yield from self.nodes(document, node.directive.children, within, offset)
        elif node.name == "ifmodule" and node.args and not node.args[0].startswith("!"):
            module = module_name(node.args[0])
            passed_over = [child for inner in node.directive.children for child in inner.walk()]
            self.skipped += [
                Skipped(Node(node.path, child, child.args, (), child.line, node.made), module) for child in passed_over
            ]

    def _define_macro(self, node: Node, document: Document) -> None:
        if node.args:
            self.macros[node.args[0].lower()] = Macro(node.args[1:], document, node.directive)

    def _use(self, node: Node, within: tuple[str, ...]) -> Iterator[Node]:
        name = node.args[0].lower() if node.args else ""
        macro = self.macros.get(name)
        if macro is None or f"macro {name}" in within or len(macro.parameters) != len(node.args) - 1:
            self._problem(node.position, f"there is no macro {name} that could be used so")
            return
        try:
            body = written_out(macro, node.args[1:])
        except UnreadableConfig as error:
            self._problem(node.position, f"the macro {name}: {error.reason}")
            return
        yield from self.nodes(body, body.directives, (*within, f"macro {name}"), macro.directive.line - 1)

    def _included(self, node: Node, within: tuple[str, ...]) -> Iterator[Node]:
        wanted = posixpath.join(self.here.root, node.args[0])
        names = sorted(self.filesystem.glob(wanted), key=_by_parts) if is_pattern(wanted) else [wanted]
        optional = node.name == "includeoptional"
        if not names and not optional:
            self._problem(node.position, f"nothing matches {wanted}")
        for name in names:
            yield from self._path(name, node.position, within, optional=optional)

    def _path(self, name: str, asked: Position, within: tuple[str, ...], *, optional: bool) -> Iterator[Node]:
        try:
            path = self.filesystem.resolve(name)
            if self.filesystem.is_directory(path):
                for inner in sorted(self.filesystem.glob(f"{path}/*"), key=_by_parts):
                    yield from self._path(inner, asked, within, optional=optional)
                return
            document = self._document(path)
        except TooManyLinksError:
            self._problem(asked, f"{name}: its symbolic links go round in a circle")
        except UnreadableConfig as error:
            self._problem(Position(error.path, error.line), error.reason)
        else:
            if path in within:
                self._problem(asked, f"{name} includes itself")
            elif document is not None:
                self.loaded += [name, path]
                yield from self.nodes(document, document.directives, (*within, path))
            elif not optional or name in self.filesystem.links:
                self._problem(asked, f"{name} was not found")

    def _document(self, path: str) -> Document | None:
        if path not in self.documents:
            data = self.filesystem.read(path)
            if data is None:
                return None
            self.documents[path] = read(data, path)
        return self.documents[path]

    def _problem(self, position: Position, message: str) -> None:
        problem = Problem(position, message)
        if problem not in self.problems:
            self.problems.append(problem)


def _by_parts(path: str) -> list[bytes]:
    """Paths in the order in which Apache walks them: folder by folder, each by the bytes of its names."""
    return [part.encode("utf-8", "surrogateescape") for part in path.split("/")]
