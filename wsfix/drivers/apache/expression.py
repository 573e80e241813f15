"""What is known of a WebSocket's handshake, and Apache's expressions about it: ap_expr ("Expressions in Apache HTTP Server").

A value that a browser sends and that cannot be known here is None; a verdict that depends on one is None, too.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wsfix.drivers.apache.request import Request
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode

_SENT = {"cookie", "origin", "user-agent", "accept", "accept-language", "accept-encoding", "authorization"}
"""Headers that a browser may send with values that are not known here."""
_UNKNOWN = re.compile(r"TIME|REMOTE_|SSL|SERVER_ADDR|SERVER_ADMIN|AUTH_TYPE|SCRIPT_|API_VERSION|CONN_|LA-|IPV6")
_TOKEN = re.compile(
    r"""\s*(?: (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*') | (?P<regex>m?\#(?:[^#\\]|\\.)*\#[a-z]* | /(?:[^/\\]|\\.)*/[a-z]*)
       | (?P<variable>%\{[^}]*\}) | (?P<sign>\|\| | && | =~ | !~ | == | != | <= | >= | [=<>!()]) | (?P<word>-?[\w.:]+) )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = {"-eq": "==", "-ne": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">="}


@dataclass(frozen=True, slots=True)
class Answers:
    """What variables hold during the handshake."""

    request: Request
    document_root: str = ""

    def variable(self, name: str) -> bytes | None:
        """The value of `%{NAME}`; empty for what does not exist, None if it is not known."""
        kind, colon, rest = name.partition(":")
        if colon and kind.lower() in {"http", "req", "req_novary"}:
            return self.header(rest)
        upper = name.upper()
        if upper.startswith("HTTP_") and not colon:
            known = {"USER_AGENT", "REFERER", "COOKIE", "ACCEPT", "HOST", "FORWARDED"}
            rest = upper.removeprefix("HTTP_")
            return self.header(rest.replace("_", "-")) if rest in known else b""
        if upper == "ENV:REDIRECT_STATUS":
            return b""
        if _UNKNOWN.match(upper) or (colon and kind.upper() in {"ENV", "SSL", "OSENV", "REQENV", "NOTE"}):
            return None
        return self._plain(upper)

    def header(self, name: str) -> bytes | None:
        """A header of a browser's handshake (RFC 6455 section 4.1)."""
        known = {
            "upgrade": "websocket",
            "connection": self.request.connection,
            "host": self.request.authority,
            "sec-websocket-version": "13",
        }
        name = name.lower()
        if name in known:
            return encode(known[name])
        return None if name in _SENT or name.startswith("sec-") else b""

    def evaluate(self, text: str) -> bool | None:
        """An expression's verdict; None if it is not known, or is written in a way that is not understood here."""
        tokens = [found for found in _TOKEN.finditer(text) if found[0].strip()]
        if "".join(found[0] for found in tokens).strip() != text.strip():
            return None
        parser = _Parser(self, [(found.lastgroup or "", found[0].strip()) for found in tokens])
        try:
            verdict = parser.either()
        except (IndexError, ValueError):
            return None
        return verdict if parser.position == len(parser.tokens) else None

    def _plain(self, name: str) -> bytes:
        request = self.request
        known: dict[str, bytes] = {
            "HTTPS": b"on" if request.tls else b"off",
            "REQUEST_SCHEME": b"https" if request.tls else b"http",
            "SERVER_PORT": str(request.port).encode(),
            "SERVER_NAME": encode(request.host),
            "SERVER_PROTOCOL": b"HTTP/1.1",
            "REQUEST_METHOD": b"GET",
            "REQUEST_URI": request.uri,
            "QUERY_STRING": request.args,
            "THE_REQUEST": b"GET " + request.target + b" HTTP/1.1",
            "DOCUMENT_ROOT": encode(self.document_root),
            "IS_SUBREQ": b"false",
        }
        return known.get(name, b"")


def compare(subject: bytes, pattern: str, *, caseless: bool = False) -> bool | None:
    """A comparison of mod_rewrite: `=text`, `>text`, `-eq5` …; numbers as atoi reads them."""
    found = re.match(r"(-(?:eq|ne|lt|le|gt|ge)|<=|>=|[<>=])(.*)", pattern, re.DOTALL)
    if found is None:
        return None
    wanted = b"" if found[2] == '""' else encode(found[2])
    if found[1] in _NUMBERS:
        return _COMPARISONS[_NUMBERS[found[1]]](_atoi(subject), _atoi(wanted))
    if caseless:
        subject, wanted = subject.lower(), wanted.lower()
    elif found[1] != "=" and len(subject) != len(wanted):
        # compare_lexicography: the longer text is the greater one.
        return _COMPARISONS[found[1]](len(subject), len(wanted))
    return _COMPARISONS[found[1]](subject, wanted)


class _Parser:
    """An expression word by word; every verdict is true, false or not known."""

    def __init__(self, answers: Answers, tokens: list[tuple[str, str]]) -> None:
        self.answers = answers
        self.tokens = tokens
        self.position = 0

    def either(self) -> bool | None:
        """Terms joined by `||`."""
        verdicts = [self.both()]
        while self._next("||"):
            verdicts.append(self.both())
        return True if True in verdicts else None if None in verdicts else False

    def both(self) -> bool | None:
        """Terms joined by `&&`."""
        verdicts = [self.single()]
        while self._next("&&"):
            verdicts.append(self.single())
        return False if False in verdicts else None if None in verdicts else True

    def single(self) -> bool | None:
        """One comparison, a test of one word, or an expression in brackets."""
        if self._next("!"):
            verdict = self.single()
            return None if verdict is None else not verdict
        if self._next("("):
            verdict = self.either()
            if not self._next(")"):
                raise ValueError
            return verdict
        kind, text = self._take()
        if kind == "word" and text in {"true", "false"}:
            return text == "true"
        return (
            self._test(text, self._value()) if kind == "word" and text.startswith("-") else self._comparison(kind, text)
        )

    def _comparison(self, kind: str, text: str) -> bool | None:
        left, (_, sign) = self._read(kind, text), self._take()
        if sign in {"=~", "!~"}:
            return self._matches(left, negated=sign == "!~")
        right = self._value()
        if left is None or right is None:
            return None
        if sign in _NUMBERS:
            return compare(left, sign + decode(right))
        return _COMPARISONS[sign](left, right) if sign in _COMPARISONS else None

    def _test(self, sign: str, value: bytes | None) -> bool | None:
        if sign in {"-f", "-d", "-e", "-s", "-L", "-h", "-x"}:
            return self.answers.request.internal and sign in {"-f", "-e", "-s"}
        if value is None or sign not in {"-n", "-z", "-T"}:
            return None
        if sign == "-T":
            return value.lower() not in {b"", b"0", b"off", b"false", b"no"}
        return bool(value) == (sign == "-n")

    def _matches(self, left: bytes | None, *, negated: bool) -> bool | None:
        kind, text = self._take()
        if kind != "regex":
            raise ValueError
        sign = text.removeprefix("m")[0]
        body, _, flags = text.removeprefix("m")[1:].rpartition(sign)
        pattern = regex(body, caseless="i" in flags)
        if left is None or pattern is None:
            return None
        return (pattern.search(left) is not None) != negated

    def _value(self) -> bytes | None:
        return self._read(*self._take())

    def _read(self, kind: str, text: str) -> bytes | None:
        if kind == "variable":
            return self.answers.variable(text[2:-1])
        if kind == "word":
            return encode(text)
        if kind != "text":
            raise ValueError
        parts = re.split(r"%\{([^}]*)\}", re.sub(r"\\(.)", r"\1", text[1:-1]))
        values = [self.answers.variable(part) if n % 2 else encode(part) for n, part in enumerate(parts)]
        return None if None in values else b"".join(value for value in values if value is not None)

    def _take(self) -> tuple[str, str]:
        self.position += 1
        return self.tokens[self.position - 1]

    def _next(self, sign: str) -> bool:
        here = self.position < len(self.tokens) and self.tokens[self.position] == ("sign", sign)
        self.position += here
        return here


def _atoi(text: bytes) -> int:
    found = re.match(rb"\s*([+-]?\d+)", text)
    return int(found[1]) if found else 0
