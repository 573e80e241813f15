"""What stands on a disk: one short line for each file, to compare a host before and after."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path


def digests(root: Path, below: Iterable[str]) -> dict[str, str]:
    """Name content, mode, owner and link target of everything below these folders; times are left out."""
    found = {}
    for start in below:
        for folder, folders, files in os.walk(root / start.strip("/")):
            here = Path(folder)
            found[f"/{here.relative_to(root)}"] = _line(here)
            for path in (here / name for name in (*files, *folders)):
                if path.is_symlink() or not path.is_dir():  # the walk comes to the folders by itself
                    found[f"/{path.relative_to(root)}"] = _line(path)
    return found


def _line(path: Path) -> str:
    about = path.lstat()
    owner = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
    if stat.S_ISLNK(about.st_mode):
        return f"{owner} -> {path.readlink()}"
    if stat.S_ISREG(about.st_mode):
        return f"{owner} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return owner
