"""The application as it is sent: one archive of its source, the same bytes for the same source, and no secret in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from wsfix.errors import SpecError
from wsfix.model.provision import Provision
from wsfix.model.site import Site
from wsfix.redact import mask_text

MOST_BYTES = 64 * 1024 * 1024
CLONE_SECONDS = 300
LEFT_OUT = frozenset(
    [".git", ".hg", ".svn", "node_modules", "venv", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".DS_Store"]
)
_SHORT = 16
_MANIFESTS = ("package.json", "package-lock.json")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A source, packed."""

    digest: str
    """Names the content; the same source gives the same name."""
    archive: bytes = field(repr=False)
    """tar and gzip."""
    manifest: str = field(repr=False)
    """Digest and path of each file, as sha256sum(1) reads them."""
    requirements: str = ""
    """Python: what pip is given, one a line, with `-r` files read in. Node: package.json and its lock."""
    locked: bool = False
    """Node: whether a lock file says the exact versions."""

    @property
    def environment(self) -> str:
        """Names what is installed for the application; empty where nothing is."""
        return _short(self.requirements.encode()) if self.requirements else ""


def pack(site: Site, wanted: Provision) -> Parcel:
    """Read a site's source; raises SpecError where it cannot be read or does not hold what is named."""
    place = f"site {site.name}: provision"
    if not wanted.from_git:
        root = Path(wanted.source).expanduser()
        if not root.is_dir():
            raise SpecError(f"{place}.source: {wanted.source} is no directory of this machine, nor a git URL")
        return _pack(place, root, wanted)
    with tempfile.TemporaryDirectory(prefix="wsfix-source-") as folder:
        _clone(place, wanted, folder)
        return _pack(place, Path(folder), wanted)


def _clone(place: str, wanted: Provision, folder: str) -> None:
    branch = ["--branch", wanted.revision] if wanted.revision else []
    command = ["git", "clone", "--quiet", "--depth", "1", *branch, "--", wanted.source, folder]
    quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
    try:
        done = subprocess.run(
            command,
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CLONE_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise SpecError(f"{place}.source: git is not installed on this machine") from None
    except subprocess.TimeoutExpired:
        raise SpecError(f"{place}.source: git did not clone it within {CLONE_SECONDS} s") from None
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["git says nothing"])[-1]
        raise SpecError(f"{place}.source: git cannot clone it: {mask_text(why)}")


def _pack(place: str, root: Path, wanted: Provision) -> Parcel:
    for word, part in (("workdir", wanted.workdir), ("static", wanted.static)):
        if part and not root.joinpath(part).is_dir():
            raise SpecError(f"{place}.{word}: the source has no directory {part}")
    packed, size, lines = io.BytesIO(), 0, []
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in _files(root):
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                archive.addfile(_link(place, root, path, name))
                continue
            content = path.read_bytes()
            size += len(content)
            if size > MOST_BYTES:
                raise SpecError(
                    f"{place}.source: more than {MOST_BYTES // 2**20} MiB; is a build or a data directory in it?"
                )
            archive.addfile(_entry(name, len(content), path.stat().st_mode), io.BytesIO(content))
            lines.append(f"{hashlib.sha256(content).hexdigest()}  ./{name}\n")
    if not lines:
        raise SpecError(f"{place}.source: there is no file in {wanted.source}")
    requirements = _requirements(place, root, wanted)
    content = packed.getvalue()
    return Parcel(
        digest=_short(content + requirements.encode()),
        archive=gzip.compress(content, mtime=0),
        manifest="".join(lines),
        requirements=requirements,
        locked=wanted.runtime == "node" and _start(root, wanted).joinpath("package-lock.json").is_file(),
    )


def _files(root: Path) -> Iterator[Path]:
    """The files in the order of their names; env files stay here, since the inventory says what the host's hold."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *linked]):
            path = Path(folder, name)
            if name in LEFT_OUT or name.endswith(".pyc") or _is_env_file(name):
                continue
            if path.is_symlink() or path.is_file():
                yield path


def _is_env_file(name: str) -> bool:
    return (name == ".env" or name.startswith(".env.")) and not name.endswith((".example", ".sample", ".template"))


def _entry(name: str, size: int, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o755 if mode & 0o100 else 0o644
    return entry


def _link(place: str, root: Path, path: Path, name: str) -> tarfile.TarInfo:
    target = Path(os.readlink(path))  # noqa: PTH115 - the words of the link itself
    if target.is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise SpecError(f"{place}.source: {name} is a link that leads out of the source, to {target}")
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target.as_posix(), 0o777
    return entry


def _start(root: Path, wanted: Provision) -> Path:
    return root / wanted.workdir if wanted.workdir else root


def _requirements(place: str, root: Path, wanted: Provision) -> str:
    start = _start(root, wanted)
    if wanted.runtime == "node":
        held = [start / name for name in _MANIFESTS if start.joinpath(name).is_file()]
        return "".join(path.read_text(encoding="utf-8") for path in held)
    if wanted.requirements:
        return "".join(_lines(place, root, start, wanted.requirements, ()))
    found = next(
        (folder / "requirements.txt" for folder in (start, root) if (folder / "requirements.txt").is_file()), None
    )
    return "".join(_of_file(place, root, found, ())) if found else ""


def _of_file(place: str, root: Path, path: Path, above: tuple[Path, ...]) -> Iterator[str]:
    real = path.resolve()
    if real in above or not real.is_file() or not real.is_relative_to(root.resolve()):
        raise SpecError(f"{place}.requirements: {path.name} is no file of the source, or reads itself")
    yield from _lines(place, root, path.parent, path.read_text(encoding="utf-8").splitlines(), (*above, real))


def _lines(
    place: str, root: Path, folder: Path, lines: tuple[str, ...] | list[str], above: tuple[Path, ...]
) -> Iterator[str]:
    """The lines of a requirements file, those that it names by `-r` in their place (pip's "Requirements File Format")."""
    for line in lines:
        words = line.split(" #", 1)[0].split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in {"-r", "--requirement"} and len(words) > 1:
            yield from _of_file(place, root, folder / PurePosixPath(words[1]), above)
        elif words[0].startswith("-") or words[0].startswith((".", "/")):
            raise SpecError(
                f"{place}.requirements: {line.strip()!r} cannot be told to the host; name the package itself"
            )
        else:
            yield " ".join(words) + "\n"


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_SHORT]
