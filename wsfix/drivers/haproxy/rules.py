"""What the rules of one section do to a request: `http-request`, `redirect`, `tcp-request` (manual section 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wsfix.drivers.haproxy import headers
from wsfix.drivers.haproxy.acl import Acls, conditioned
from wsfix.drivers.haproxy.request import Request
from wsfix.drivers.haproxy.samples import expanded, fetch, formatted
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode
from wsfix.model.route import HeaderSet, RouteKind

_DENIED, _UNAUTHORIZED, _FOUND, _TARPIT = 403, 401, 302, 500
_CLOSES = frozenset({"reject", "silent-drop"})
_REFUSES = frozenset({"deny", "tarpit", "auth"})
_LIMITS = re.compile(r"\b(?:sc\d?_|src_|src\b|be_conn|fe_conn|avg_queue|nbsrv|table_|rand|queue)")
"""What depends on who asks and how often: such a rule is not for an ordinary client."""


class End(NamedTuple):
    """How a section's rules answered a request by themselves."""

    node: Node
    kind: RouteKind
    status: int | None = None
    redirect: str | None = None
    why: str = ""


@dataclass(slots=True)
class Passage:
    """A request on its way through sections, with what was set for the backend and what could not be told."""

    request: Request
    files: Mapping[str, bytes]
    headers: list[HeaderSet] = field(default_factory=list)
    taken: dict[str, Node] = field(default_factory=dict)
    """A header of the handshake → the rule that keeps it from the backend."""
    withheld: dict[str, Node] = field(default_factory=dict)
    """A header of the answer → the rule that keeps it from the client."""
    uncertain: list[str] = field(default_factory=list)
    doubted: list[End] = field(default_factory=list)
    """How rules would refuse the request of which it cannot be told whether they are for it."""

    def through(self, section: Section, acls: Acls) -> End | None:
        """Follow the rules of a section in their order; an End is an answer."""
        lines = [*(section.defaults.nodes if section.defaults else []), *section.nodes]
        sees_http = section.mode != "tcp"
        if sees_http:
            self._answered(lines, acls)
        for wanted in ("tcp-request", "http-request", "redirect") if sees_http else ("tcp-request",):
            for node in lines:
                if node.name != wanted:
                    continue
                words, condition = _taken_apart(node)
                held = self.verdict(node, condition, acls) if words else False
                if held is None and words[0] in _REFUSES | _CLOSES:
                    self.doubted += [end for end in (self._done(node, words),) if end is not None]
                if not held:
                    continue
                if words[0] == "allow":
                    break
                end = self._done(node, words)
                if end is not None:
                    return end
        return None

    def holds(self, node: Node, condition: Sequence[str], acls: Acls) -> bool:
        """Whether a rule's condition is known to hold."""
        return bool(self.verdict(node, condition, acls))

    def verdict(self, node: Node, condition: Sequence[str], acls: Acls) -> bool | None:
        """Whether a rule's condition holds; a doubt is written down."""
        verdict = acls.condition(condition, self.request)
        if verdict is None and not any(_LIMITS.search(acl.sample) for _, acl in acls.expressions(condition)):
            self.uncertain.append(f"whether `{node.title}` at {node.position} applies is not known")
        return verdict

    def _done(self, node: Node, words: tuple[str, ...]) -> End | None:
        closes = node.name == "tcp-request" or words[0] in _CLOSES
        return self._tcp(node, words) if closes else self._http(node, words)

    def _tcp(self, node: Node, words: tuple[str, ...]) -> End | None:
        if words[0] in _CLOSES:
            return End(node, RouteKind.OTHER, why=f"`{node.title}` at {node.position} closes the connection")
        return None

    def _http(self, node: Node, words: tuple[str, ...]) -> End | None:
        action, rest = words[0], words[1:]
        if action in {"deny", "tarpit"}:
            return End(node, RouteKind.OTHER, _status(rest, _DENIED if action == "deny" else _TARPIT))
        if action in {"auth", "return"}:
            if action == "auth":
                return End(node, RouteKind.OTHER, _UNAUTHORIZED)
            held = {"file", "lf-file"} & set(rest)
            return End(node, RouteKind.FILES if held else RouteKind.RETURN, _status(rest, 200))
        if action == "redirect" or node.name == "redirect":
            return self._redirect(node, rest if action == "redirect" else words)
        if action == "use-service":
            return End(node, RouteKind.OTHER, why=f"`{node.title}` at {node.position} answers")
        self._change(node, action, rest)
        return None

    def _redirect(self, node: Node, words: Sequence[str]) -> End:
        kind, to = (words[0], words[1]) if len(words) > 1 else ("", "")
        target = formatted(to, self.request, self.files)
        host, asked = self.request.headers.get("host") or self.request.host, self.request.target
        if kind == "scheme" and target is not None and asked is not None:
            target = f"{target}://{host}{asked}"
        elif kind == "prefix" and target is not None and asked is not None:
            kept = self.request.path if "drop-query" in words else asked
            target = ("" if target == "/" else target) + (kept or "")
        code = words[words.index("code") + 1] if "code" in words[:-1] else str(_FOUND)
        return End(node, RouteKind.RETURN, int(code) if code.isdigit() else _FOUND, target)

    def _change(self, node: Node, action: str, rest: tuple[str, ...]) -> None:
        """Change the request, which goes on."""
        request = self.request
        if action in {"set-header", "add-header", "replace-header", "replace-value", "del-header"} and rest:
            self._header(node, action, rest)
        elif action == "set-path" and rest:
            request.set_path(formatted(rest[0], request, self.files))
        elif action in {"set-pathq", "set-uri"} and rest:
            request.target = formatted(rest[0], request, self.files)
        elif action == "set-query" and rest:
            query = formatted(rest[0], request, self.files)
            request.target = None if query is None or request.path is None else f"{request.path}?{query}"
        elif action in {"replace-path", "replace-pathq", "replace-uri"} and len(rest) > 1:
            self._replace(action, rest[0], rest[1])
        elif action.startswith("set-var(") and rest:
            value = fetch(rest[0], request, self.files)
            known = value[-1] if isinstance(value, list) and value else "" if value == [] else None
            request.variables[action[8:-1]] = known
        elif action.startswith("lua.") or action == "normalize-uri":
            self.uncertain.append(f"what `{node.title}` at {node.position} does is not known")

    def _replace(self, action: str, pattern: str, said: str) -> None:
        """The whole of what is matched against becomes the replacement (http_action_replace_uri)."""
        request = self.request
        text = request.path if action == "replace-path" else request.target
        compiled = regex(pattern)
        if compiled is None or text is None:
            request.target = None
            return
        found = compiled.search(encode(text))
        if found is None:
            return
        plain = formatted(expanded(said, found), request, self.files) if "%" in said else expanded(said, found)
        if action == "replace-path":
            request.set_path(plain)
        else:
            request.target = plain

    def _header(self, node: Node, action: str, rest: tuple[str, ...]) -> None:
        name = rest[0].lower()
        if action == "del-header":
            for held in list(self.request.headers):
                if held in headers.about((action, *rest), {held: None}):
                    self.request.headers.pop(held)
                    self._takes(held, node, "")
            return
        if action.startswith("replace"):
            value = self._replaced(name, rest)
            if value is not None:
                self.request.headers[name] = value
                self._takes(name, node, value)
            return
        plain = formatted(rest[1], self.request, self.files) if len(rest) > 1 else ""
        self.headers.append(HeaderSet(rest[0], rest[1] if len(rest) > 1 else "", node.position))
        if action == "set-header" or name not in self.request.headers:
            self.request.headers[name] = plain
            self._takes(name, node, plain)

    def _replaced(self, name: str, rest: tuple[str, ...]) -> str | None:
        held = self.request.headers.get(name)
        pattern = regex(rest[1]) if len(rest) > 2 else None  # noqa: PLR2004
        found = pattern.search(encode(held)) if held is not None and pattern is not None else None
        return expanded(rest[2], found) if found else None

    def _takes(self, name: str, node: Node, value: str | None) -> None:
        """Keep in mind which rule the backend owes it to that a header is not what the client sent."""
        if name not in headers.ASKED:
            return
        if headers.keeps(name, value, headers.ASKED):
            self.taken.pop(name, None)
        else:
            self.taken[name] = node

    def _answered(self, lines: Sequence[Node], acls: Acls) -> None:
        """Keep in mind which rule the client owes it to that a header is not what the backend answered."""
        for node in lines:
            words, condition = conditioned(node.args)
            about = list(headers.about(words, headers.GIVEN)) if node.name in headers.RESPONSE else []
            if not about or words[0].startswith("replace") or not self.holds(node, condition, acls):
                continue
            value = formatted(words[2], self.request, self.files) if words[0] == "set-header" and len(words) > 2 else ""  # noqa: PLR2004
            for name in about:
                anew = name in headers.ANEW and words[0] == "del-header"
                if anew or headers.keeps(name, value, headers.GIVEN):
                    self.withheld.pop(name, None)
                else:
                    self.withheld[name] = node


def _taken_apart(node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The action with its words, and the condition; those of tcp-request stand behind their stage."""
    words, condition = conditioned(node.args)
    if node.name == "tcp-request":
        return (words[1:] if words[:1] in {("connection",), ("content",), ("session",)} else ()), condition
    return words, condition


def _status(words: Sequence[str], default: int) -> int:
    for name in ("deny_status", "status"):
        if name in words[:-1]:
            code = words[words.index(name) + 1]
            return int(code) if code.isdigit() else default
    return default
