"""Paths on the host, as they were seen: symbolic links followed, patterns of an include expanded as glob(3) does."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_MAX_LINKS = 40
"""Linux gives up after as many links (ELOOP)."""


class TooManyLinksError(Exception):
    """A chain of symbolic links that does not end."""


@dataclass(frozen=True)
class Filesystem:
    """The files that were fetched and the links between them."""

    files: Mapping[str, bytes]
    links: Mapping[str, str]

    def resolve(self, path: str) -> str:
        """Follow the links in every part of a path, as open(2) does."""
        done, todo, followed = "/", [part for part in path.split("/") if part], 0
        while todo:
            part = todo.pop(0)
            if part in {".", ".."}:
                done = posixpath.dirname(done) if part == ".." else done
                continue
            here = posixpath.join(done, part)
            target = self.links.get(here)
            if target is None:
                done = here
                continue
            followed += 1
            if followed > _MAX_LINKS:
                raise TooManyLinksError(path)
            todo = [piece for piece in target.split("/") if piece] + todo
            done = "/" if target.startswith("/") else done
        return done

    def own(self, path: str) -> str:
        """Where a file really lies; the path itself where its links go round in a circle."""
        try:
            return self.resolve(path)
        except TooManyLinksError:
            return path

    def read(self, path: str) -> bytes | None:
        """The content of a file, by its own path or by the path that leads to it."""
        return self.files.get(path)

    def glob(self, pattern: str) -> list[str]:
        """The paths that a pattern matches, in the order of their bytes; a leading dot is matched only by a dot."""
        found = ["/"]
        for part in [piece for piece in pattern.split("/") if piece]:
            found = [path for directory in found for path in self._within(directory, part)]
        return sorted(found, key=lambda path: path.encode("utf-8", "surrogateescape"))

    def is_directory(self, path: str) -> bool:
        """Whether something was seen below a path."""
        return path in self._names

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        names: dict[str, set[str]] = {"/": set()}
        for path in (*self.files, *self.links):
            while path != "/":
                parent, name = posixpath.split(path)
                names.setdefault(parent, set()).add(name)
                path = parent  # noqa: PLW2901 - climbing up
        return names

    def _within(self, directory: str, part: str) -> list[str]:
        if part in {".", ".."}:
            return [posixpath.join(directory, part)]
        try:
            names = self._names.get(self.resolve(directory), set())
        except TooManyLinksError:
            return []
        return [posixpath.join(directory, name) for name in names if _matches(name, part)]


def is_pattern(path: str) -> bool:
    """Whether an include's path is taken for a pattern (ngx_conf_include: strpbrk "*?["; apr_fnmatch_test)."""
    return any(character in path for character in "*?[")


def _matches(name: str, part: str) -> bool:
    if name.startswith(".") and not part.startswith("."):
        return False
    return fnmatch.fnmatchcase(name, part.replace("[^", "[!"))
