"""ACLs and the conditions made of them (manual section 7): what holds for one request, what does not, and what cannot be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wsfix.drivers.haproxy.blocks import both, either
from wsfix.drivers.haproxy.request import Request
from wsfix.drivers.haproxy.samples import Values, fetch
from wsfix.drivers.haproxy.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode

_SUFFIXED = re.compile(
    r"^(hdr|path|pathq|url|base|cook|urlp|url_param|ssl_fc_sni|query)_(beg|end|sub|dir|dom|reg|len)\b"
)
_PREDEFINED = {
    "TRUE": True, "FALSE": False, "HTTP": True, "HTTP_1.0": False, "HTTP_1.1": True, "HTTP_2.0": False, "HTTP_CONTENT": False,
    "HTTP_URL_ABS": False, "HTTP_URL_SLASH": True, "HTTP_URL_STAR": False, "METH_GET": True, "METH_CONNECT": False,
    "METH_DELETE": False, "METH_HEAD": False, "METH_OPTIONS": False, "METH_POST": False, "METH_PUT": False, "METH_TRACE": False,
    "WAIT_END": True, "REQ_CONTENT": True, "RDP_COOKIE": False,
}  # fmt: skip
"""Section 7.4."""
_OR = {"or", "||"}


@dataclass(frozen=True, slots=True)
class Acl:
    """One expression: what is fetched, how it is compared, and with what."""

    sample: str
    method: str
    patterns: tuple[str, ...]
    caseless: bool = False
    from_files: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str]) -> Acl:
        """Read `criterion [flags] [operator] values`."""
        sample, method = words[0], ""
        derived = _SUFFIXED.match(sample)
        if derived:
            sample, method = derived[1] + sample[derived.end() :], derived[2]
        patterns: list[str] = []
        files: list[str] = []
        caseless, rest = False, list(words[1:])
        while rest and rest[0].startswith("-") and len(rest[0]) > 1:
            flag = rest.pop(0)
            if flag == "--":
                break
            caseless |= flag == "-i"
            if flag == "-m" and rest:
                method = rest.pop(0)
            elif flag == "-f" and rest:
                files.append(rest.pop(0))
            elif flag == "-u" and rest:
                rest.pop(0)
        patterns += rest
        return cls(sample, method, tuple(patterns), caseless, tuple(files))

    def holds(self, request: Request, files: Mapping[str, bytes]) -> bool | None:
        """Whether it matches; None where that cannot be told."""
        value = fetch(self.sample, request, files)
        if self.method == "found":
            return None if value is None else value != []
        if value is None:
            return None
        patterns = [*self.patterns]
        for path in self.from_files:
            if path not in files:
                return None
            patterns += [line.strip() for line in decode(files[path]).splitlines() if line.strip() and line[0] != "#"]
        return self._compared(value, patterns)

    def _compared(self, value: Values, patterns: list[str]) -> bool | None:
        if isinstance(value, bool):
            return value if not patterns else str(int(value)) in patterns
        if isinstance(value, int):
            return _in_range(value, patterns)
        if self.method in {"len", "int"}:
            numbers = [
                len(one) if self.method == "len" else int(one)
                for one in value or []
                if self.method == "len" or one.isdigit()
            ]
            return any(_in_range(number, patterns) for number in numbers)
        verdict: bool | None = False
        for one in value or []:
            for pattern in patterns:
                verdict = either(verdict, self._matches(one, pattern))
        return verdict

    def _matches(self, text: str, pattern: str) -> bool | None:
        if self.method == "reg":
            compiled = regex(pattern, caseless=self.caseless)
            return None if compiled is None else bool(compiled.search(encode(text)))
        if self.caseless:
            text, pattern = text.lower(), pattern.lower()
        compare = _COMPARED.get(self.method)
        return compare(text, pattern) if compare else None


def _as_word(text: str, pattern: str, signs: str) -> bool:
    """Whether a pattern stands between delimiters, those at its own ends left out (match_word)."""
    bare = pattern.strip(signs)
    around = f"[{re.escape(signs)}]"
    return bool(re.search(rf"(?:^|{around}){re.escape(bare)}(?:{around}|$)", text))


_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda text, pattern: text == pattern,
    "str": lambda text, pattern: text == pattern,
    "beg": lambda text, pattern: text.startswith(pattern),
    "end": lambda text, pattern: text.endswith(pattern),
    "sub": lambda text, pattern: pattern in text,
    "dir": lambda text, pattern: _as_word(text, pattern, "/?"),
    "dom": lambda text, pattern: _as_word(text, pattern, "/?.:"),
}


def _in_range(value: int, patterns: Sequence[str]) -> bool | None:
    """Integers and ranges, and the operators eq, ge, gt, le, lt (section 7.1.2)."""
    sign, found = "eq", False
    for pattern in patterns:
        if pattern in {"eq", "ge", "gt", "le", "lt"}:
            sign = pattern
            continue
        low, dash, high = pattern.partition(":")
        if not re.fullmatch(r"\d*:?\d*", pattern):
            return None
        if dash:
            found |= (not low or value >= int(low)) and (not high or value <= int(high))
            continue
        found |= {
            "eq": value == int(low),
            "ge": value >= int(low),
            "gt": value > int(low),
            "le": value <= int(low),
            "lt": value < int(low),
        }[sign]
    return found if patterns else None


@dataclass(slots=True)
class Acls:
    """The named ACLs of one proxy, and the files with patterns that they may name."""

    named: dict[str, list[Acl]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node], files: Mapping[str, bytes]) -> Acls:
        """Those of a proxy's lines; lines of one name are alternatives."""
        found = cls(files=files)
        for node in nodes:
            if node.name == "acl" and len(node.args) > 1:
                found.named.setdefault(node.args[0], []).append(Acl.of(node.args[1:]))
        return found

    def condition(self, words: Sequence[str], request: Request) -> bool | None:
        """Whether `if …` or `unless …` holds; True where there is neither."""
        if not words:
            return True
        verdict = self._either(list(words[1:]), request)
        if words[0] == "unless":
            return None if verdict is None else not verdict
        return verdict

    def _either(self, words: list[str], request: Request) -> bool | None:
        verdict: bool | None = False
        for group in alternatives(words):
            held: bool | None = True
            for negated, terms in group:
                one = self._term(terms, request)
                held = both(held, one if not negated or one is None else not one)
            verdict = either(verdict, held)
        return verdict

    def _term(self, words: Sequence[str], request: Request) -> bool | None:
        if words[0] == "{":
            return Acl.of(words[1:-1]).holds(request, self.files) if len(words) > 2 else None  # noqa: PLR2004
        if words[0] in self.named:
            verdict: bool | None = False
            for acl in self.named[words[0]]:
                verdict = either(verdict, acl.holds(request, self.files))
            return verdict
        return _PREDEFINED.get(words[0])

    def expressions(self, words: Sequence[str]) -> list[tuple[bool, Acl]]:
        """(negated, expression) of everything that a condition asks, named ACLs taken apart."""
        found: list[tuple[bool, Acl]] = []
        for group in alternatives(list(words[1:])):
            for negated, terms in group:
                if terms[0] == "{":
                    found += [(negated, Acl.of(terms[1:-1]))] if len(terms) > 2 else []  # noqa: PLR2004
                else:
                    found += [(negated, acl) for acl in self.named.get(terms[0], [])]
        return found


Term = tuple[bool, list[str]]


def alternatives(words: list[str]) -> list[list[Term]]:
    """The groups of terms that `or` divides; each term with whether it is negated."""
    groups: list[list[Term]] = [[]]
    negated, rest = False, list(words)
    while rest:
        word = rest.pop(0)
        if word in _OR:
            groups.append([])
            continue
        while word.startswith("!"):
            negated, word = not negated, word[1:]
        if not word:
            continue
        term = [word]
        if word == "{":
            while rest and term[-1] != "}":
                term.append(rest.pop(0))
        groups[-1].append((negated, term))
        negated = False
    return [group for group in groups if group]


def conditioned(args: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A rule's own words, and its condition from `if` or `unless` on."""
    at = next((n for n, word in enumerate(args) if word in {"if", "unless"}), len(args))
    return tuple(args[:at]), tuple(args[at:])
