"""The log-in and the request of a token over HTTP, as a page makes them before it opens the socket."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from wsfix.model.probing import Login, Token
from wsfix.model.walk import Exchange, Failure, Place, Reply
from wsfix.probes.approach import Approach
from wsfix.probes.cookies import Cookie, cookie_header, cookies_of, joined, policies
from wsfix.probes.exchange import Question, Way, answered, exchange, failed
from wsfix.probes.http import BODY_LIMIT
from wsfix.probes.masking import Mask, printable
from wsfix.probes.opening import SUBPROTOCOL
from wsfix.probes.stream import Broken

OK = range(200, 300)
_REDIRECTS = range(300, 400)
_SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_SHOWN_KEYS = 8
_SECRET_COOKIE = 6
"""A cookie of fewer signs is a setting, such as a language; hidden, it would take words out of every sentence."""
_JSON = ("Accept", "application/json")


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes along with the handshake."""

    token: str = field(default="", repr=False)
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    steps: tuple[Exchange, ...] = ()
    mask: Mask = field(default_factory=Mask)

    @property
    def trouble(self) -> Exchange | None:
        """The step that failed, if one did; no later one was made."""
        return next((step for step in self.steps if step.failure), None)


def fetch(way: Way, approach: Approach) -> Carried:
    """Log in and ask for the token, as far as the site needs both; a step that fails is told and ends it."""
    flow = _Flow(way, approach)
    try:
        flow.run()
    except Broken as error:
        flow.steps[-1] = failed(flow.steps[-1], error.trouble.failure, error.trouble.reason)
    return Carried(flow.token, flow.cookies, tuple(flow.steps), Mask.of(flow.secrets))


def public_path(approach: Approach, path: str) -> str:
    """Return a public path as it is asked for at this place: what the proxy strips is stripped at the backend, too."""
    site = approach.site
    if approach.place is not Place.BACKEND or not site.path.endswith(site.backend_path):
        return path
    prefix = site.path[: len(site.path) - len(site.backend_path)]
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


class _Flow:
    """One log-in, step by step."""

    def __init__(self, way: Way, approach: Approach) -> None:
        self.way, self.approach = way, approach
        self.steps: list[Exchange] = []
        self.cookies: tuple[Cookie, ...] = ()
        self.secrets: dict[str, str] = {}
        self.token = ""

    def run(self) -> None:
        probe, bearer = self.approach.site.probe, ""
        if probe.login is not None:
            reply = self._log_in(probe.login, probe.token)
            if probe.login.bearer_field is not None:
                bearer = self._keep("bearer", _field(reply, probe.login.bearer_field, "the log-in", Failure.LOGIN))
            if probe.token is not None and probe.token.value is None and probe.token.path is None:
                self._take(_field(reply, probe.token.field, "the log-in", Failure.TOKEN), probe.token)
        if probe.token is not None and probe.token.value is not None:
            self._take(self.approach.secrets.token or "", probe.token)
        elif probe.token is not None and probe.token.path is not None:
            reply = self._ask_for_token(probe.token.path, bearer)
            self._take(_field(reply, probe.token.field, "the request of the token", Failure.TOKEN), probe.token)

    def _log_in(self, login: Login, token: Token | None) -> Reply:
        form = login.encoding == "form"
        fields = dict(self.approach.secrets.login)
        body = (urlencode(fields) if form else json.dumps(fields)).encode("utf-8", "surrogateescape")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        asked = {"method": "POST", "headers": (("Content-Type", kind), _JSON), "body": body}
        reply = self._ask("log-in", "the log-in", login.path, Failure.LOGIN, asked)
        moved = form and reply.status in _REDIRECTS and bool(self.cookies)
        if reply.status not in OK and not moved:
            raise Broken(Failure.LOGIN, f"the log-in at {login.path} {self._refusal(reply)}")
        taken = token is not None and token.value is None and token.path is None
        if not self.cookies and login.bearer_field is None and not taken:
            said = answered(self._mask().reply(reply))
            raise Broken(Failure.LOGIN, f"the log-in at {login.path} was answered {said} and set no cookie")
        return reply

    def _ask_for_token(self, path: str, bearer: str) -> Reply:
        headers = [_JSON]
        cookie = cookie_header(self.cookies, path, tls=self.approach.site.tls)
        headers += [("Cookie", cookie)] if cookie else []
        headers += [("Authorization", f"Bearer {bearer}")] if bearer else []
        reply = self._ask("token", "the request of the token", path, Failure.TOKEN, {"headers": tuple(headers)})
        if reply.status not in OK:
            raise Broken(Failure.TOKEN, f"the request of the token at {path} {self._refusal(reply)}")
        return reply

    def _ask(self, name: str, what: str, path: str, failure: Failure, asked: Mapping[str, Any]) -> Reply:
        target, _, query = path.partition("?")
        question = Question(public_path(self.approach, target), query, **asked)
        told, reply = exchange(self.way, replace(self.approach, mask=self._mask()), name, question)
        self.steps.append(told)
        if reply is None:
            raise Broken(told.failure or failure, f"{what} failed: {told.reason}")
        self.steps[-1] = replace(told, cookies=policies(reply))
        self.cookies = joined(self.cookies, cookies_of(reply, target, self.approach.site.host))
        for cookie in self.cookies:
            if len(cookie.value) >= _SECRET_COOKIE:
                self.secrets[f"cookie {printable(cookie.name)[:40]}"] = cookie.value
        return reply

    def _mask(self) -> Mask:
        return self.approach.mask.joined(Mask.of(self.secrets))

    def _refusal(self, reply: Reply) -> str:
        mask = self._mask()
        words = mask.quote(reply.body.strip(), 120) if reply.status in {400, 401, 403, 422} else ""
        said = f": {words}" if words and "html" not in (reply.header("content-type") or "") else ""
        return f"was answered {answered(mask.reply(reply))}{said}"

    def _take(self, value: str, token: Token) -> None:
        if token.place == "subprotocol" and not SUBPROTOCOL.fullmatch(value):
            raise Broken(Failure.TOKEN, "the token has signs that no subprotocol may have (RFC 6455 section 4.1)")
        self.token = self._keep(token.name, value)

    def _keep(self, name: str, value: str) -> str:
        self.secrets[name] = value
        return value


def _field(reply: Reply, name: str, what: str, failure: Failure) -> str:
    """Return a field of a JSON answer; dots lead into objects. The sentence of a refusal shows names and no value."""
    held: Any = _json_of(reply, what, failure)
    for part in name.split("."):
        if not isinstance(held, dict) or part not in held:
            there = ", ".join(_names(held)) if isinstance(held, dict) else ""
            has = f"; it holds {there}" if there else ""
            raise Broken(failure, f"the answer to {what} holds no field {name}{has}")
        held = held[part]
    if not isinstance(held, str) or not held:
        raise Broken(failure, f"the field {name} of the answer to {what} is no text")
    if not _SENDABLE.fullmatch(held):
        raise Broken(failure, f"the field {name} of the answer to {what} has signs that no header may have")
    return held


def _names(held: Mapping[str, Any]) -> list[str]:
    return [printable(str(key))[:40] for key in list(held)[:_SHOWN_KEYS]]


def _json_of(reply: Reply, what: str, failure: Failure) -> Any:
    kind = (reply.header("content-type") or "").partition(";")[0].strip().lower()
    if "html" in kind or reply.body.lstrip()[:1] == b"<":
        raise Broken(failure, f"the answer to {what} is a page and no JSON: the path does not reach the API")
    if len(reply.body) >= BODY_LIMIT:
        raise Broken(failure, f"the answer to {what} is longer than {BODY_LIMIT // 1024} KiB")
    if not reply.body.strip():
        raise Broken(failure, f"the answer to {what} is empty, and JSON was awaited")
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        shown = f" ({printable(kind)[:60]})" if kind else ""
        raise Broken(failure, f"the answer to {what} is no JSON{shown}") from None
