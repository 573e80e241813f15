"""What mod_rewrite makes of a path (apply_rewrite_list, apply_rewrite_rule in mod_rewrite.c), rule by rule.

Files are taken not to exist, as they do not for the path of a socket, until rewriting itself has led to one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wsfix.drivers.apache.expression import Answers, compare
from wsfix.drivers.apache.request import Request
from wsfix.drivers.apache.rules import Condition, Rule, Ruleset
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode

_ABSOLUTE = re.compile(
    rb"(?:ajp|balancer|fcgi|ftp|gopher|https?|h2c?|ldap|nntp|scgi|wss?)://|(?:mailto|news|unix):", re.IGNORECASE
)
_SPECIAL = re.compile(rb"\\(.?)|\$(\d)|%(\d)|%\{([^}]*)\}|\$\{([^}]*)\}", re.DOTALL)
_ROUNDS_HERE = 20
"""Rules that begin again by [N] are followed so often."""


class End(StrEnum):
    """What a list of rules leaves."""

    UNCHANGED = "unchanged"
    PROXY = "proxy"
    REDIRECT = "redirect"
    STATUS = "status"
    THROUGH = "through"
    """[PT]: the new path is mapped as if it had been asked for."""
    LOCAL = "local"
    """The new path is a file's; ProxyPass is not asked any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A path after a list of rules."""

    end: End = End.UNCHANGED
    path: bytes = b""
    """The new path, or the URL to proxy or redirect to, without the query."""
    args: bytes = b""
    rule: Rule | None = None
    """The last rule that changed something, or that gave the status."""
    status: int | None = None
    raw: bool = False
    """Whether [NE] keeps the path from being escaped."""
    uncertain: tuple[str, ...] = ()
    doubted: tuple[Rule, ...] = ()
    """The rules that answer by themselves and were passed, since it is not known whether their conditions hold."""


@dataclass(slots=True)
class _State:
    path: bytes
    args: bytes
    rule: Rule | None = None
    raw: bool = False
    status: int = 302
    groups: re.Match[bytes] | None = None
    conditions: re.Match[bytes] | None = None
    uncertain: list[str] = field(default_factory=list)
    doubted: list[Rule] = field(default_factory=list)


def run(ruleset: Ruleset, path: bytes, request: Request, answers: Answers) -> Outcome:
    """Apply the rules to a path until one of them ends it."""
    state = _State(path, request.args)
    position, rounds, rules = 0, 0, ruleset.rules
    while position < len(rules):
        rule = rules[position]
        applied = _applies(rule, ruleset, state, request, answers)
        if not applied:
            while position < len(rules) and "c" in rules[position].flags:
                position += 1
            position += 1
            continue
        ended = _apply(rule, ruleset, state, request, answers)
        if ended is not None:
            return replace(ended, uncertain=tuple(state.uncertain), doubted=tuple(state.doubted))
        if "n" in rule.flags and rounds < _ROUNDS_HERE:
            rounds, position = rounds + 1, 0
            continue
        if {"l", "end"} & rule.flags.keys():
            break
        skipped = rule.flags.get("s", "")
        position += 1 + (int(skipped) if skipped.isdigit() else 0)
    return replace(_finished(state), uncertain=tuple(state.uncertain), doubted=tuple(state.doubted))


def _finished(state: _State) -> Outcome:
    """What the list leaves after its last rule."""
    if state.rule is None:
        return Outcome(path=state.path, args=state.args)
    if _ABSOLUTE.match(state.path):
        return _ended(End.REDIRECT, state)
    return _ended(End.LOCAL, state)


def _apply(rule: Rule, ruleset: Ruleset, state: _State, request: Request, answers: Answers) -> Outcome | None:
    """Follow a rule that applies; an outcome if that ends the list."""
    status = rule.status
    if rule.is_fixed:
        if status is not None:
            return Outcome(End.STATUS, rule=rule, status=status)
        return None
    written = _filled(encode(rule.substitution), state, request, answers)
    if written is None:
        state.uncertain.append(f"what the {rule.match} at {rule.position} makes of the path is not known")
        written = encode(rule.substitution)
    directory = encode(ruleset.directory or "")
    if not written.startswith((b"/", b"proxy:")) and not _ABSOLUTE.match(written):
        proxied = state.path.startswith(b"proxy:")
        if not proxied and (ruleset.directory is not None or not {"p", "r"} & rule.flags.keys()):
            written = (directory if ruleset.directory is not None else b"/") + written
    state.path, state.args = _query(written, state.args, rule)
    state.rule, state.raw = rule, "ne" in rule.flags
    if "p" in rule.flags:
        state.path = _qualified(state.path, request)
        return _ended(End.PROXY, state)
    state.status = status or 302
    if "r" in rule.flags:
        state.path = _qualified(state.path, request)
        return None
    state.path = _reduced(state.path, request)
    if not _ABSOLUTE.match(state.path) and not rule.substitution.startswith("//"):
        state.path = re.sub(rb"^//+", b"/", state.path)
    return _ended(End.THROUGH, state) if "pt" in rule.flags else None


def _ended(end: End, state: _State) -> Outcome:
    status = state.status if end is End.REDIRECT else None
    return Outcome(end, state.path, state.args, state.rule, status, state.raw)


def _applies(rule: Rule, ruleset: Ruleset, state: _State, request: Request, answers: Answers) -> bool:
    """Whether pattern and conditions hold; what is not known counts as not."""
    pattern = rule.compiled()
    if pattern is None:
        state.uncertain.append(f"the regular expression of the {rule.match} at {rule.position} could not be evaluated")
        return False
    subject, directory = state.path, encode(ruleset.directory or "")
    if ruleset.directory is not None and not subject.startswith(b"proxy:"):
        subject = subject.removeprefix(directory)
    found = pattern.search(subject)
    if (found is not None) == rule.negated:
        return False
    state.groups, state.conditions = (None if rule.negated else found), None
    verdict = _conditions_hold(rule, state, request, answers)
    if verdict is None and rule.status is not None:
        state.doubted.append(rule)
    return verdict is True


def _conditions_hold(rule: Rule, state: _State, request: Request, answers: Answers) -> bool | None:
    """Whether all hold, each [OR] with the next as one; None where that hangs on one that is not known."""
    conditions, position = rule.conditions, 0
    doubt = doubt_in_or = False
    while position < len(conditions):
        condition = conditions[position]
        verdict = _holds(condition, state, request, answers)
        if verdict is None:
            state.uncertain.append(f"whether the RewriteCond at {condition.position} holds is not known")
        if "or" in condition.flags:
            doubt_in_or = doubt_in_or or verdict is None
            if verdict:
                doubt_in_or = False
                while position < len(conditions) and "or" in conditions[position].flags:
                    position += 1
        elif not verdict:
            if verdict is False and not doubt_in_or:
                return False
            doubt, doubt_in_or = True, False
        else:
            doubt_in_or = False
        position += 1
    return None if doubt else True


def _holds(condition: Condition, state: _State, request: Request, answers: Answers) -> bool | None:
    pattern, caseless = condition.pattern, "nc" in condition.flags
    if condition.test.lower() == "expr":
        found = answers.evaluate(pattern)
    elif re.fullmatch(r"-[fdslLhxUF]", pattern):
        found = None if pattern in {"-U", "-F"} else request.internal and pattern in {"-f", "-s"}
    else:
        subject = _filled(encode(condition.test), state, request, answers)
        if subject is None:
            return None
        if pattern[:1] in {"=", "<", ">"} or re.match(r"-(?:eq|ne|lt|le|gt|ge).", pattern):
            found = compare(subject, pattern, caseless=caseless)
        else:
            compiled = regex(pattern, caseless=caseless)
            hit = compiled.search(subject) if compiled else None
            if hit and not condition.negated:
                state.conditions = hit
            found = None if compiled is None else hit is not None
    return None if found is None else found != condition.negated


def _filled(text: bytes, state: _State, request: Request, answers: Answers) -> bytes | None:
    """A text with `$1`, `%1` and `%{…}` filled in; None if one of them is not known."""
    result, position = b"", 0
    for sign in _SPECIAL.finditer(text):
        result += text[position : sign.start()]
        position = sign.end()
        if sign[1] is not None:
            result += sign[1] or b"\\"
        elif sign[2] or sign[3]:
            result += _group(state.groups if sign[2] else state.conditions, int(sign[2] or sign[3]))
        else:
            value = None if sign[5] is not None else _variable(decode(sign[4] or b""), state, request, answers)
            if value is None:
                return None
            result += value
    return result + text[position:]


def _group(found: re.Match[bytes] | None, number: int) -> bytes:
    return b"" if found is None or number > found.re.groups else found[number] or b""


def _variable(name: str, state: _State, request: Request, answers: Answers) -> bytes | None:
    upper = name.upper()
    if upper in {"REQUEST_FILENAME", "SCRIPT_FILENAME"}:
        return state.path
    if upper == "QUERY_STRING":
        return state.args
    if upper == "REQUEST_URI":
        return request.uri
    return answers.variable(name)


def _query(written: bytes, args: bytes, rule: Rule) -> tuple[bytes, bytes]:
    """The new path and query (splitout_queryargs)."""
    discards, appends = "qsd" in rule.flags, "qsa" in rule.flags
    if rule.substitution.endswith("?") and not appends:
        return written[:-1].partition(b"?")[0], b""
    args = b"" if discards else args
    scheme = _ABSOLUTE.match(written)
    start = scheme.end() if scheme else 0
    found = written.rfind(b"?") if "qsl" in rule.flags else written.find(b"?", start)
    if found < 0:
        return written, args
    query = written[found + 1 :]
    if appends:
        query = query + b"&" + args if query else args
    return written[:found], query.removesuffix(b"&")


def _qualified(path: bytes, request: Request) -> bytes:
    """A path with scheme and host of this server before it, unless it has its own."""
    if _ABSOLUTE.match(path):
        return path
    scheme = b"https://" if request.tls else b"http://"
    return scheme + encode(request.authority) + (b"" if path.startswith(b"/") else b"/") + path


def _reduced(path: bytes, request: Request) -> bytes:
    """A URL of this very server as a path (reduce_uri)."""
    own = (b"https://" if request.tls else b"http://") + encode(request.authority)
    if path.lower().startswith(own.lower()) and path[len(own) : len(own) + 1] in {b"/", b""}:
        return path[len(own) :] or b"/"
    return path
