"""What `set`, `if`, `return`, `rewrite` and `break` make of a request (ngx_http_rewrite_module), in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.variables import Variables
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode

_WEIGHTY = {"return", "rewrite", "break", "set", "proxy_pass"}
"""What makes an `if` matter to the way of a request."""


class Step(StrEnum):
    """How the rewriting went on."""

    NEXT = "next"
    """Nothing ended it; the URI may have changed and is then looked up anew."""
    BREAK = "break"
    LAST = "last"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request after a level's directives."""

    request: Request
    step: Step = Step.NEXT
    changed: bool = False
    """Whether the URI has to be looked up anew."""
    node: Node | None = None
    """The directive that answered."""
    status: int | None = None
    redirect: str | None = None
    taken: Node | None = None
    """The last `if` whose condition holds: its directives are in force."""
    uncertain: tuple[str, ...] = ()


def run(nodes: Iterable[Node], request: Request, variables: Variables) -> Outcome:
    """Follow the directives of one level until one of them ends it."""
    state = Outcome(request)
    for node in nodes:
        state = _step(node, state, variables)
        if state.step is not Step.NEXT:
            break
    return state


def condition(node: Node, request: Request, variables: Variables) -> tuple[bool | None, Request]:
    """Whether the condition of an `if` holds, None if that is not known; with the captures that it leaves."""
    words = _condition_words(node)
    if not words or not words[0].startswith("$"):
        return None, request
    value = variables.expand(words[0], request)
    if value is None or len(words) == 1:
        return (None if value is None else value not in {b"", b"0"}), request
    operator, wanted = words[1], words[2] if len(words) > 2 else ""  # noqa: PLR2004 - variable, operator, value
    if operator in {"=", "!="}:
        other = variables.expand(wanted, request)
        return (None if other is None else (value == other) == (operator == "=")), request
    pattern = regex(wanted, caseless=operator.endswith("*"))
    if pattern is None or operator.strip("!~*"):
        return None, request
    hit = pattern.search(value)
    negated = operator.startswith("!")
    return bool(hit) != negated, _captured(request, hit) if hit and not negated else request


def _step(node: Node, state: Outcome, variables: Variables) -> Outcome:
    match node.name:
        case "set" if len(node.args) == 2:  # noqa: PLR2004 - variable and value
            name = node.args[0].removeprefix("$").lower()
            value = variables.expand(node.args[1], state.request)
            known = {**state.request.variables, name: value}
            return replace(state, request=replace(state.request, variables=known))
        case "break":
            return replace(state, step=Step.BREAK)
        case "return":
            return _return(node, state, variables)
        case "rewrite" if len(node.args) >= 2:  # noqa: PLR2004 - pattern and replacement
            return _rewrite(node, state, variables)
        case "if" if node.directive.is_block:
            return _if(node, state, variables)
        case _:
            return state


def _if(node: Node, state: Outcome, variables: Variables) -> Outcome:
    holds, request = condition(node, state.request, variables)
    if holds is None:
        if not any(child.name in _WEIGHTY for child in node.children):
            return state
        return replace(state, uncertain=(*state.uncertain, f"whether the `if` at {node.position} holds is not known"))
    if not holds:
        return state
    inner = run(node.children, request, variables)
    return replace(
        inner,
        changed=state.changed or inner.changed,
        taken=inner.taken or node,
        uncertain=state.uncertain + inner.uncertain,
    )


def _return(node: Node, state: Outcome, variables: Variables) -> Outcome:
    status, target = 302, None
    if node.args and node.args[0].isdigit():
        status = int(node.args[0])
        target = node.args[1] if len(node.args) > 1 and status in {301, 302, 303, 307, 308} else None
    elif node.args:
        target = node.args[0]
    return replace(state, step=Step.ANSWER, node=node, status=status, redirect=_text(target, state.request, variables))


def _rewrite(node: Node, state: Outcome, variables: Variables) -> Outcome:
    pattern, replacement = regex(node.args[0]), node.args[1]
    flag = node.args[2] if len(node.args) > 2 else ""  # noqa: PLR2004 - the flag is the third
    if pattern is None:
        doubt = f"the regular expression of the rewrite at {node.position} could not be evaluated"
        return replace(state, uncertain=(*state.uncertain, doubt))
    hit = pattern.search(state.request.uri)
    if not hit:
        return state
    request = _captured(state.request, hit)
    moved = flag in {"redirect", "permanent"} or replacement.startswith(("http://", "https://", "$scheme"))
    written = _replaced(replacement, request, variables)
    if written is None:
        doubt = f"what the rewrite at {node.position} makes of the path is not known"
        return replace(state, step=Step.BREAK, uncertain=(*state.uncertain, doubt))
    uri, args = written
    if moved:
        target = decode(uri + b"?" + args if args else uri)
        status = 301 if flag == "permanent" else 302
        return replace(state, request=request, step=Step.ANSWER, node=node, status=status, redirect=target)
    return _rewritten(replace(state, request=request), uri, args, flag)


def _replaced(replacement: str, request: Request, variables: Variables) -> tuple[bytes, bytes] | None:
    """The new URI and query; the old query follows unless the replacement ends with a question mark."""
    written, _, query = replacement.partition("?")
    uri, args = variables.expand(written, request), variables.expand(query, request)
    if uri is None or args is None:
        return None
    if not replacement.endswith("?") and request.args:
        args = args + b"&" + request.args if args else request.args
    return uri, args


def _rewritten(state: Outcome, uri: bytes, args: bytes, flag: str) -> Outcome:
    ends = flag == "break"
    request = replace(
        state.request,
        uri=uri,
        args=args,
        internal=True,
        valid_unparsed=False,
        valid_location=state.request.valid_location and not ends,
    )
    step = {"break": Step.BREAK, "last": Step.LAST}.get(flag, Step.NEXT)
    return replace(state, request=request, step=step, changed=not ends)


def _captured(request: Request, hit: re.Match[bytes]) -> Request:
    numbered = {str(n): group or b"" for n, group in enumerate(hit.groups(), 1)}
    named = {key.lower(): group or b"" for key, group in hit.groupdict().items()}
    return replace(request, variables={**request.variables, **numbered, **named})


def _text(value: str | None, request: Request, variables: Variables) -> str | None:
    if value is None:
        return None
    expanded = variables.expand(value, request)
    return value if expanded is None else decode(expanded)


def _condition_words(node: Node) -> list[str]:
    """The words between the parentheses, which may stand apart or not."""
    words = list(node.args)
    if not words or not words[0].startswith("(") or not words[-1].endswith(")"):
        return []
    words[0] = words[0].removeprefix("(")
    words[-1] = words[-1].removesuffix(")")
    return [word for n, word in enumerate(words) if word or 0 < n < len(words) - 1]
