"""RewriteRule and RewriteCond as read: patterns, flags, conditions, and which rules a place has (mod_rewrite.c)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.model.route import Position

_LONG = {
    "proxy": "p", "passthrough": "pt", "last": "l", "redirect": "r", "forbidden": "f", "gone": "g", "nocase": "nc",
    "noescape": "ne", "next": "n", "chain": "c", "skip": "s", "qsappend": "qsa", "qsdiscard": "qsd", "qslast": "qsl",
    "env": "e", "cookie": "co", "handler": "h", "type": "t", "ornext": "or", "novary": "nv", "backrefescaping": "b",
    "nosubreq": "ns",
}  # fmt: skip
_CODES = {"permanent": 301, "temp": 302, "seeother": 303, "": 302}


@dataclass(frozen=True)
class Condition:
    """A RewriteCond."""

    node: Node

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    @property
    def test(self) -> str:
        """What is tested, such as `%{HTTP:Upgrade}`."""
        return self.node.args[0] if self.node.args else ""

    @property
    def negated(self) -> bool:
        """Whether the pattern must not match."""
        return self.node.args[1:2] != () and self.node.args[1].startswith("!")

    @property
    def pattern(self) -> str:
        """The pattern, or the comparison, without its exclamation mark."""
        return self.node.args[1].removeprefix("!") if len(self.node.args) > 1 else ""

    @cached_property
    def flags(self) -> dict[str, str]:
        """Its flags by their short names in lower case."""
        return _flags(self.node.args[2]) if len(self.node.args) > 2 else {}  # noqa: PLR2004 - the flags are the third

    def asks_for(self, header: str) -> bool:
        """Whether it tests a request header."""
        return self.test.lower() == f"%{{http:{header.lower()}}}"


@dataclass(frozen=True)
class Rule:
    """A RewriteRule with the conditions before it."""

    node: Node
    conditions: tuple[Condition, ...] = ()

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    @property
    def match(self) -> str:
        """The directive and its pattern."""
        return self.node.title

    @property
    def pattern(self) -> str:
        """The regular expression, without its exclamation mark."""
        return self.node.args[0].removeprefix("!") if self.node.args else ""

    @property
    def negated(self) -> bool:
        """Whether the pattern must not match."""
        return self.node.args[:1] != () and self.node.args[0].startswith("!")

    @property
    def substitution(self) -> str:
        """What takes the place of the path; `-` leaves it."""
        return self.node.args[1] if len(self.node.args) > 1 else "-"

    @cached_property
    def flags(self) -> dict[str, str]:
        """Its flags by their short names in lower case."""
        return _flags(self.node.args[2]) if len(self.node.args) > 2 else {}  # noqa: PLR2004 - the flags are the third

    @property
    def status(self) -> int | None:
        """The status that it answers with by R, F or G; None without one of them."""
        if "f" in self.flags:
            return 403
        if "g" in self.flags:
            return 410
        if "r" not in self.flags:
            return None
        code = self.flags["r"].lower()
        return int(code) if code.isdigit() else _CODES.get(code, 302)

    @property
    def is_fixed(self) -> bool:
        """Whether it leaves the path: `-`, F, G, or an R that is no redirection."""
        status = self.status
        return self.substitution == "-" or (status is not None and not 300 <= status < 400)  # noqa: PLR2004 - 3xx

    def compiled(self) -> re.Pattern[bytes] | None:
        """The regular expression; None if it cannot be evaluated here."""
        return regex(self.pattern, caseless="nc" in self.flags)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The rules in force at one place; `directory` is the path of the section that they stand in."""

    rules: tuple[Rule, ...] = ()
    directory: str | None = None


def server_rules(server: Server) -> Ruleset:
    """The rules of a server, those of the main server only where RewriteOptions says so."""
    own = rules_of(server.nodes)
    options = _options(server.nodes)
    if server.is_main or (not options and not _options(server.main)):
        return Ruleset(own)
    outer, downwards = rules_of(server.main), _options(server.main)
    ignores = "ignoreinherit" in options
    if "inherit" in options or ("inheritdown" in downwards and not ignores):
        return Ruleset((*own, *outer))
    if "inheritbefore" in options or ("inheritdownbefore" in downwards and not ignores):
        return Ruleset((*outer, *own))
    return Ruleset(own)


def rules_of(nodes: Iterable[Node]) -> tuple[Rule, ...]:
    """The rules among some directives, each with the conditions that stand before it."""
    found: list[Rule] = []
    waiting: list[Condition] = []
    for node in nodes:
        if node.name == "rewritecond":
            waiting.append(Condition(node))
        elif node.name == "rewriterule":
            found.append(Rule(node, tuple(waiting)))
            waiting = []
    return tuple(found)


def flag_words(text: str) -> list[str]:
    """The flags of a rule as written: `[P,L]` gives P and L."""
    inner = text.strip().removeprefix("[").removesuffix("]")
    return [word.strip() for word in inner.split(",") if word.strip()]


def _flags(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in flag_words(text))
    return {_LONG.get(key.lower(), key.lower()): value for key, _, value in pairs}


def _options(nodes: Sequence[Node]) -> set[str]:
    return {arg.lower() for node in nodes if node.name == "rewriteoptions" for arg in node.args}
