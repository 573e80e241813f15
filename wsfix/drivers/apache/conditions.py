"""Whether the body of `<IfModule>`, `<IfDefine>`, `<IfVersion>` and their kin is read (core, mod_version)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from wsfix.drivers.paths import Filesystem
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode

CONDITIONS = frozenset({"ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"})
STATIC = frozenset({"core", "so", "watchdog", "http", "log_config", "logio", "version", "unixd"})
"""What Debian's program has built in."""
_BY_FILE = {"event": "mpm_event", "worker": "mpm_worker", "prefork": "mpm_prefork", "http_core": "http"}


@dataclass(slots=True)
class Surroundings:
    """What the reading has come to know: modules, definitions, version, and the folder that relative paths begin at."""

    modules: set[str]
    variables: dict[str, str]
    version: str | None
    root: str
    macros: set[str] = field(default_factory=set)

    def has(self, module: str) -> bool:
        """Whether a module is loaded."""
        return module in self.modules

    def expand(self, line: str) -> str:
        """A line with `${NAME}` filled in; what is not defined stays as written (ap_resolve_env)."""
        return re.sub(r"\$\{([^}]*)\}", lambda m: self.variables.get(m[1], m[0]), line)


def module_name(text: str) -> str:
    """A module as `apache2ctl -M` prints it, without `_module`: from `mod_ssl.c`, `ssl_module` or `ssl`."""
    name = text.lower().removesuffix("_module")
    if name.endswith(".c"):
        name = name.removesuffix(".c").removeprefix("mod_")
        name = _BY_FILE.get(name, name)
    return name


def holds(name: str, args: Collection[str], here: Surroundings, filesystem: Filesystem) -> bool | None:
    """Whether a condition holds; None if that is not known."""
    words = list(args)
    wanted = words[0] if words else ""
    if name == "ifversion":
        return _version(words, here.version)
    negated, wanted = wanted.startswith("!"), wanted.removeprefix("!")
    if name == "ifmodule":
        found: bool | None = here.has(module_name(wanted))
    elif name == "ifdefine":
        found = wanted in here.variables
    elif name == "iffile":
        path = wanted if wanted.startswith("/") else f"{here.root}/{wanted}"
        found = True if path in filesystem.files or filesystem.is_directory(path) else None
    else:
        found = None
    return None if found is None else found != negated


def at_least(version: str | None, wanted: tuple[int, ...]) -> bool | None:
    """Whether a version is a certain one or a later one; None if it is not known."""
    return None if version is None else _numbers(version) >= wanted


def _version(words: list[str], version: str | None) -> bool | None:
    operator, wanted = ("=", words[0]) if len(words) == 1 else (words[0], words[1]) if len(words) > 1 else ("=", "")
    if version is None or not wanted:
        return None
    negated, operator = operator.startswith("!"), operator.removeprefix("!") or "="
    if operator == "~" or (operator in {"=", "=="} and wanted.startswith("/")):
        pattern = regex(wanted.strip("/"))
        found = None if pattern is None else pattern.search(encode(version)) is not None
    else:
        here, there = _numbers(version), _numbers(wanted)
        there += (0,) * (3 - len(there))
        verdicts = {">": here > there, ">=": here >= there, "<": here < there, "<=": here <= there}
        found = verdicts.get(operator, here == there)
    return None if found is None else found != negated


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
