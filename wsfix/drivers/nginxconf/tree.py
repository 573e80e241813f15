"""The configuration as nginx loads it: all files, their includes followed, one tree of directives."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsfix.drivers.nginxconf.syntax import Directive, Document, read
from wsfix.errors import UnreadableConfig
from wsfix.model.route import Position

MOST_LINKS = 40
MOST_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A directive in its place in the tree, whichever file it stands in."""

    directive: Directive
    path: str
    children: tuple[Node, ...]

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

    def all(self, name: str) -> Iterator[Node]:
        """Yield the directives of a name directly in this block."""
        return (child for child in self.children if child.name == name)

    def last(self, name: str) -> Node | None:
        """Return the last directive of a name directly in this block."""
        return next((child for child in reversed(self.children) if child.name == name), None)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the configuration that could not be read."""

    position: Position
    reason: str


class Tree:
    """Reads the main file and whatever it includes, from the files that were fetched."""

    def __init__(self, files: Mapping[str, bytes], links: Mapping[str, str], main: str) -> None:
        self.files = files
        self.links = links
        self.folder = posixpath.dirname(main)
        self.documents: dict[str, Document] = {}
        self.loaded: list[str] = []
        self.problems: list[Problem] = []
        self.nodes: tuple[Node, ...] = ()
        real = self.real(main)
        if real not in files:
            raise UnreadableConfig(main, 1, "was not fetched, or does not exist")
        self.documents[real] = read(files[real], real)
        self._note(main, real)
        self.nodes = tuple(self._nodes(self.documents[real].directives, real, (real,)))

    def real(self, path: str) -> str:
        """Follow the links of a path, of its folders too."""
        path = posixpath.normpath(path)
        for _ in range(MOST_LINKS):
            for link, target in self.links.items():
                if path == link or path.startswith(f"{link}/"):
                    absolute = posixpath.join(posixpath.dirname(link), target)
                    path = posixpath.normpath(absolute + path[len(link) :])
                    break
            else:
                return path
        return path

    def _note(self, path: str, real: str) -> None:
        for each in (path, real):
            if each not in self.loaded:
                self.loaded.append(each)

    def _nodes(self, directives: tuple[Directive, ...], path: str, stack: tuple[str, ...]) -> Iterator[Node]:
        for directive in directives:
            if directive.name == "include" and len(directive.words) == 2:  # noqa: PLR2004
                yield from self._included(directive, path, stack)
            else:
                yield Node(directive, path, tuple(self._nodes(directive.children, path, stack)))

    def _included(self, directive: Directive, path: str, stack: tuple[str, ...]) -> Iterator[Node]:
        pattern = posixpath.normpath(posixpath.join(self.folder, directive.args[0]))
        position = Position(path, directive.line)
        found = self.matching(pattern)
        if not found and not any(mark in pattern for mark in "*?["):
            self.problems.append(Problem(position, f"{pattern} was not fetched, or does not exist"))
        for each in found:
            real = self.real(each)
            if real in stack or len(stack) > MOST_DEPTH:
                self.problems.append(Problem(position, f"{each} includes itself"))
                continue
            try:
                if real not in self.documents:
                    self.documents[real] = read(self.files[real], real)
            except UnreadableConfig as error:
                self.problems.append(Problem(Position(real, error.line), error.reason))
                continue
            self._note(each, real)
            yield from self._nodes(self.documents[real].directives, real, (*stack, real))

    def matching(self, pattern: str) -> list[str]:
        """Return the files that an include takes, sorted, as glob(3) finds them: a `*` does not match a leading dot."""
        matches = re.compile(fnmatch.translate(pattern)).match
        depth = pattern.count("/")
        known = (path for path in (*self.files, *self.links) if path.count("/") == depth and matches(path))
        plain = {
            p for p in known if not p.rpartition("/")[2].startswith(".") or pattern.rpartition("/")[2].startswith(".")
        }
        return sorted(p for p in plain if self.real(p) in self.files)
