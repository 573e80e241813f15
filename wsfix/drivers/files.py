"""What every proxy's configuration is first of all: files, the links between them, and what differs from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from wsfix.drivers.paths import Filesystem
from wsfix.drivers.span import Document


@dataclass(frozen=True)
class Files:
    """The files of a configuration and the links between them."""

    files: Mapping[str, bytes] = field(repr=False)
    links: Mapping[str, str] = field(repr=False)

    def with_document(self, document: Document) -> Self:
        """The configuration with one file as given."""
        return self.with_file(document.path, document.data)

    def with_file(self, path: str, data: bytes) -> Self:
        """The configuration with one file as given; itself if that is no change."""
        if self.files.get(path) == data:
            return self
        return replace(self, files={**self.files, path: data})

    def changed(self, before: Self) -> Mapping[str, tuple[bytes | None, bytes | None]]:
        """Path → (bytes before, bytes here) of every file that differs; None where the file is not there."""
        paths = sorted({*self.files, *before.files})
        return {p: (before.files.get(p), self.files.get(p)) for p in paths if before.files.get(p) != self.files.get(p)}


def own_files(filesystem: Filesystem) -> dict[str, bytes]:
    """Return the files by where they really lie, so that an edit does not replace a link."""
    return {filesystem.own(path): data for path, data in filesystem.files.items()}
