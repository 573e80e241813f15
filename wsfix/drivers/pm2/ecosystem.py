"""Ecosystem files read as text, never executed: the applications that they declare as far as they do so in literals.

An ecosystem file is a program (PM2, "Ecosystem File": `module.exports = { apps: [ … ] }`), or JSON. What it computes is
not known here and is said to be so; every value of an `env` comes as a digest, worded by the look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|[A-Za-z_$][\w$]*|-?\d[\w.]*|\S""",
    re.DOTALL,
)
_DIGEST = re.compile(r"digest:([0-9a-f]{64})")
_CLOSES = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the file itself."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Declared:
    """One application as the file declares it; what it computes is absent."""

    line: int
    words: Mapping[str, Literal] = field(default_factory=dict)
    """name, script, args (joined by blanks), interpreter, exec_mode, instances, cwd, …"""
    env: Mapping[str, Literal] = field(default_factory=dict)
    """Variable → the digest of its value; from `env` alone, not from `env_production` and its kin."""
    computes_env: bool = False
    """Whether some of its environment is computed: read from a file, or taken from the shell that starts it."""

    def word(self, key: str) -> str:
        """Return a literal, or nothing."""
        return self.words[key].text if key in self.words else ""

    def line_of(self, key: str) -> int:
        """Return the line of a literal, or that of the application."""
        return self.words[key].line if key in self.words else self.line


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Object:
    """The members of an object literal: a value is a token, a list, an object, or None where it is computed."""

    line: int
    members: Mapping[str, _Value]
    computes: bool


_Value = _Token | list["_Value"] | _Object | None


def declared(text: str) -> tuple[Declared, ...]:
    """Return the applications that a file declares: every object literal that has both a name and a script."""
    tokens = [token for token in _tokens(text) if not token.text.startswith(("//", "/*"))]
    return tuple(_declared(found) for found in _objects(tokens) if {"name", "script"} <= found.members.keys())


def _tokens(text: str) -> Iterator[_Token]:
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        yield _Token(match[0], line)


def _objects(tokens: list[_Token]) -> Iterator[_Object]:
    at = 0
    while at < len(tokens):
        if tokens[at].text == "{":
            held, _ = _object(tokens, at)
            if {"name", "script"} <= held.members.keys():
                at = _past(tokens, at)
                yield held
                continue
        at += 1


def _past(tokens: list[_Token], at: int) -> int:
    """Return the place behind the bracket that closes the one at `at`."""
    depth = 0
    while at < len(tokens):
        depth += (tokens[at].text in _CLOSES) - (tokens[at].text in _CLOSES.values())
        at += 1
        if depth == 0:
            break
    return at


def _object(tokens: list[_Token], at: int) -> tuple[_Object, int]:
    end, line = _past(tokens, at) - 1, tokens[at].line
    members: dict[str, _Value] = {}
    computes = False
    at += 1
    while at < end:
        key = _unquoted(tokens[at].text)
        if at + 1 < end and tokens[at + 1].text == ":":
            members[key], at = _value(tokens, at + 2, end)
            computes = computes or members[key] is None
        elif tokens[at].text != ",":
            computes = True
            at = _next_member(tokens, at, end)
        else:
            at += 1
    return _Object(line, members, computes), end + 1


def _value(tokens: list[_Token], at: int, end: int) -> tuple[_Value, int]:
    """Return the value that begins at `at`, None where it is more than a literal, and the place behind it."""
    held: _Value = None
    after = at + 1
    if tokens[at].text == "{":
        held, after = _object(tokens, at)
    elif tokens[at].text == "[":
        held, after = _list(tokens, at)
    elif tokens[at].text[0] in "'\"-0123456789" or tokens[at].text in {"true", "false"}:
        held = tokens[at]
    if after < end and tokens[after].text != ",":
        return None, _next_member(tokens, at, end)
    return held, after


def _list(tokens: list[_Token], at: int) -> tuple[list[_Value], int]:
    end = _past(tokens, at) - 1
    found: list[_Value] = []
    at += 1
    while at < end:
        if tokens[at].text == ",":
            at += 1
            continue
        held, at = _value(tokens, at, end)
        found.append(held)
    return found, end + 1


def _next_member(tokens: list[_Token], at: int, end: int) -> int:
    while at < end and tokens[at].text != ",":
        at = _past(tokens, at) if tokens[at].text in _CLOSES else at + 1
    return at


def _declared(found: _Object) -> Declared:
    words: dict[str, Literal] = {}
    for key, value in found.members.items():
        if isinstance(value, _Token):
            words[key] = Literal(_unquoted(value.text), value.line)
        elif isinstance(value, list) and value and all(isinstance(each, _Token) for each in value):
            first = [each for each in value if isinstance(each, _Token)]
            words[key] = Literal(" ".join(_unquoted(each.text) for each in first), first[0].line)
    env = found.members.get("env")
    literals = env.members if isinstance(env, _Object) else {}
    return Declared(
        line=found.line,
        words=words,
        env={
            key: Literal(match[1], value.line)
            for key, value in literals.items()
            if isinstance(value, _Token) and (match := _DIGEST.fullmatch(_unquoted(value.text)))
        },
        computes_env=("env" in found.members and env is None) or (isinstance(env, _Object) and env.computes),
    )


def _unquoted(text: str) -> str:
    if text[:1] in {"'", '"', "`"}:
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text
