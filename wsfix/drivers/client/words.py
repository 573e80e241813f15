"""A line of a shell as words, and options as the programs of this folder take them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wsfix.errors import UnreadableCommand

_ENDS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "<", "2>", ">&", "<<", "<<<", "&>", "|&", "(", ")"})
_BEFORE = frozenset({"sudo", "time", "command", "exec", "env", "npx", "timeout", "watch", "stdbuf", "nice"})
_ELSEWHERE = frozenset({"docker", "podman", "kubectl", "ssh", "nsenter", "ip"})
"""What runs a command in another place, whose name stands between."""
MOST_SIGNS = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """The first command of a line that one of the programs runs."""

    program: str
    words: tuple[str, ...]
    cut: str = ""
    """What stands behind an `&` that is not quoted and would go on as a part of a URL."""


@dataclass(slots=True)
class Options:
    """What was given: the value of each option, in order, and the words that are none."""

    given: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, *names: str) -> list[str]:
        """Return every value of an option."""
        return [value for name, value in self.given if name in names]

    def last(self, *names: str) -> str | None:
        """Return the value that counts: the last one."""
        return next((value for name, value in reversed(self.given) if name in names), None)

    def has(self, *names: str) -> bool:
        """Whether an option was given."""
        return any(name in names for name, _ in self.given)


def line_of(text: str, programs: Mapping[str, object]) -> Line:
    """Return the first command of a text that is of one of the programs; raises UnreadableCommand."""
    if len(text) > MOST_SIGNS:
        raise UnreadableCommand(f"the command is longer than {MOST_SIGNS} signs")
    lexer = shlex.shlex(text.replace("\\\r\n", " ").replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise UnreadableCommand(f"the command is not closed: {str(error).lower()}") from None
    for command, cut in _commands(words):
        found = _of(command, programs)
        if found is not None:
            return Line(found[0], tuple(found[1]), cut)
    raise UnreadableCommand(f"the command is none of {', '.join(programs)}")


def _commands(words: list[str]) -> Iterator[tuple[list[str], str]]:
    held: list[str] = []
    for index, word in enumerate(words):
        if word not in _ENDS:
            held.append(word)
            continue
        rest = words[index + 1] if index + 1 < len(words) else ""
        joined = word == "&" and held and "?" in held[-1] and "=" in rest
        yield held, rest if joined else ""
        held = []
    yield held, ""


def _of(command: list[str], programs: Mapping[str, object]) -> tuple[str, list[str]] | None:
    """Return program and words; what runs it (sudo, npx, python -m) and a prompt are passed over."""
    elsewhere = False
    for index, word in enumerate(command):
        name = word.rpartition("/")[2].removesuffix(".exe")
        if name in programs:
            return name, command[index + 1 :]
        elsewhere = elsewhere or name in _ELSEWHERE
        seconds = word.rstrip("smhd").replace(".", "").isdecimal()  # what timeout(1) is given
        runs = (
            elsewhere
            or seconds
            or name in _BEFORE
            or name.startswith(("python", "-"))
            or "=" in word
            or word in {"$", "#", "%"}
        )
        if not runs and not (index and command[index - 1].startswith("-")):
            return None
    return None


def options(words: tuple[str, ...], valued: Mapping[str, str], aliases: Mapping[str, str]) -> Options:
    """Read options as getopt_long(3) does.

    `valued` are the short letters and long names that take a value, each with its one name; `aliases` those that take
    none. A name that is not known takes no value.
    """
    found, rest = Options(), list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.words += rest
            break
        if word.startswith("--"):
            _long(word, rest, found, valued, aliases)
        elif word.startswith("-") and len(word) > 1:
            _short(word[1:], rest, found, valued, aliases)
        else:
            found.words.append(word)
    return found


def _long(word: str, rest: list[str], found: Options, valued: Mapping[str, str], aliases: Mapping[str, str]) -> None:
    name, equals, value = word[2:].partition("=")
    if name in valued:
        found.given.append((valued[name], value if equals else (rest.pop(0) if rest else "")))
    else:
        found.given.append((aliases.get(name, name), value))


def _short(
    letters: str, rest: list[str], found: Options, valued: Mapping[str, str], aliases: Mapping[str, str]
) -> None:
    for index, letter in enumerate(letters):
        if letter in valued:
            value = letters[index + 1 :] or (rest.pop(0) if rest else "")
            found.given.append((valued[letter], value))
            return
        found.given.append((aliases.get(letter, letter), ""))
