"""Conditions of `.if` and `.elif` (manual section 2.4): predicates joined by `&&` and `||`, `!`, and parentheses."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\s*(?:(&&|\|\||!|\(|\))|([a-z_]+)\(((?:[^()\"]|\"[^\"]*\")*)\)|([^\s()!&|]+))")


def holds(text: str, version: str | None, environment: Mapping[str, str]) -> bool | None:
    """Whether a condition holds; None where that cannot be told. Without words it does not."""
    if not text.strip():
        return False
    tokens = [match.groups() for match in _TOKEN.finditer(text)]
    return _Condition(tokens, version, environment).any()


class _Condition:
    """A parser that evaluates as it goes: `||` binds less than `&&`."""

    def __init__(self, tokens: list[tuple[str, ...]], version: str | None, environment: Mapping[str, str]) -> None:
        self.tokens, self.version, self.environment = tokens, version, environment

    def any(self) -> bool | None:
        """Terms joined by `||`."""
        found = self._all()
        while self._takes("||"):
            found = either(found, self._all())
        return found

    def _all(self) -> bool | None:
        found = self._one()
        while self._takes("&&"):
            found = both(found, self._one())
        return found

    def _one(self) -> bool | None:
        if self._takes("!"):
            inner = self._one()
            return None if inner is None else not inner
        if self._takes("("):
            inner = self.any()
            self._takes(")")
            return inner
        if not self.tokens:
            return None
        _, predicate, args, word = self.tokens.pop(0)
        if word:
            return word != "0" if word.isdigit() else None
        return self._predicate(predicate or "", [arg.strip().strip('"') for arg in (args or "").split(",")])

    def _predicate(self, name: str, args: list[str]) -> bool | None:
        if name == "defined":
            return True if args[0] in self.environment else None
        if name in {"streq", "strneq"} and len(args) > 1:
            known = not any("$" in arg for arg in args[:2])
            return (args[0] == args[1]) is (name == "streq") if known else None
        if name in {"version_atleast", "version_before"} and self.version:
            return (_number(self.version) >= _number(args[0])) is (name == "version_atleast")
        return None

    def _takes(self, sign: str) -> bool:
        if self.tokens and self.tokens[0][0] == sign:
            self.tokens.pop(0)
            return True
        return False


def both(one: bool | None, other: bool | None) -> bool | None:
    """And, of what may be unknown."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def either(one: bool | None, other: bool | None) -> bool | None:
    """Or, of what may be unknown."""
    if one or other:
        return True
    return None if one is None or other is None else False


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))
