"""A request as it leaves for its upstream: where to, with which path, Host and upgrade (mod_proxy_http.c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from wsfix.drivers.apache import forwarding
from wsfix.drivers.apache.forwarding import Platform
from wsfix.drivers.apache.passes import Pass, matched
from wsfix.drivers.apache.request import Request, encoded
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.sections import effective
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.target import HTTP, Sent, path_of, sent, taken_apart
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.apache.workers import DEFAULT_PORTS, balancers, workers
from wsfix.drivers.text import decode, encode
from wsfix.model.route import Position, RouteKind, Upstream

_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Errand:
    """Why a request is proxied: an entry of ProxyPass, or a rule with [P]."""

    entry: Pass | None = None
    rule: Rule | None = None
    raw: bool = False
    """Whether the path is sent on as it is, neither decoded nor escaped."""
    asked: bytes = b""
    """The path that the entry took."""

    @property
    def match(self) -> str:
        """What took the request, as people would write it."""
        return self.entry.match if self.entry else self.rule.match if self.rule else ""

    @property
    def place(self) -> Position:
        """Where that begins."""
        owner = self.entry or self.rule
        if isinstance(owner, Pass):
            return owner.place
        return owner.position if owner else Position("", 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a request."""

    kind: RouteKind = RouteKind.PROXY
    match: str = ""
    position: Position | None = None
    status: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    """What else the route says, by the names of its fields."""
    uncertain: tuple[str, ...] = ()


def proxied(
    server: Server, came: Request, url: bytes, errand: Errand, here: Platform, levels: Sequence[Sequence[Node]]
) -> Answer:
    """Follow a URL that was taken by a pass or a rule."""
    entry = errand.entry
    doubts: list[str] = []
    url, path, doubt = _path(came, url, errand)
    doubts += doubt
    where = sent(url, path, workers(server), balancers(server))
    if where is None:
        text = decode(url)
        doubts.append(f"the target {text} of {errand.match} at {errand.place} depends on what is not known here")
        return Answer(RouteKind.PROXY, errand.match, errand.place, uncertain=tuple(doubts))
    doubts += where.uncertain
    if entry is not None and {"interpolate"} & entry.flags and "${" in entry.target:
        doubts.append(f"the target {entry.target} at {entry.position} depends on variables (interpolate)")
    broken = _ran_together(where, errand)
    if broken is not None:
        return broken
    scheme = where.target.scheme
    if scheme == "balancer":
        return Answer(RouteKind.PROXY, errand.match, errand.place, uncertain=tuple(doubts))
    if scheme not in HTTP and scheme not in {"h2", "h2c"}:
        return Answer(RouteKind.OTHER, errand.match, errand.place, uncertain=tuple(doubts))
    why = forwarding.why_not(scheme, where.worker, entry, here, levels)
    fields: dict[str, Any] = {
        "upstream": _upstream(where, errand),
        "backend_path": decode(_joined(where, path)),
        "headers": forwarding.headers(levels),
        "forwards_upgrade": not why,
        "why_not": why,
        "host_value": _host(came, where, levels),
        "idle_seconds": forwarding.idle_seconds(server, where.worker),
    }
    return Answer(RouteKind.PROXY, errand.match, errand.place, fields=fields, uncertain=tuple(doubts))


def _ran_together(where: Sent, errand: Errand) -> Answer | None:
    """The answer where a target has no slash at its end and the rest of the path runs into its host or port."""
    entry = errand.entry
    written = taken_apart(entry.target) if entry else None
    if entry is None or written is None or where.position or "$" in entry.target:
        return None
    if written.authority == where.target.authority and not where.target.uri.startswith("?"):
        return None
    why = f"the target {entry.target} lacks a slash, so that the path runs into it: {where.target}"
    fields = {"upstream": written.upstream(entry.position), "status": _SERVER_ERROR, "why_not": why}
    return Answer(RouteKind.PROXY, errand.match, errand.place, fields=fields)


def _path(came: Request, url: bytes, errand: Errand) -> tuple[bytes, bytes, list[str]]:
    """The URL to look a worker up by, and the path with its query as the backend is asked for it."""
    entry = errand.entry
    query = b"?" + came.args if came.args else b""
    doubts: list[str] = []
    if entry is not None and "nocanon" in entry.flags and not errand.raw:
        if _takes_as_much(entry, came):
            raw = entry.sent_to(came.target)
            return raw, path_of(raw), []
        doubts = [f"nocanon of {entry.match} is ignored for this path (AH01136)"]
    if entry is not None and "noquery" in entry.flags:
        query = b""
    path = path_of(url) if errand.raw else encoded(path_of(url), slashes_kept=came.slashes_kept)
    return url, path + query, doubts


def _takes_as_much(entry: Pass, came: Request) -> bool:
    """Whether an entry takes as much of the raw target as of the decoded path (ap_proxy_trans_match)."""
    if entry.is_regex:
        return bool(entry.takes(came.target))
    prefix = encode(entry.path)
    return matched(came.target, prefix) == matched(came.uri, prefix)


def _joined(where: Sent, path: bytes) -> bytes:
    """The path behind that of a balancer's member."""
    path = path if path.startswith(b"/") else b"/" + path
    if where.worker is None or where.position is None:
        return path
    member = taken_apart(where.worker.url)
    return encode(member.uri) + path if member and member.uri not in {"", "/"} else path


def _upstream(where: Sent, errand: Errand) -> Upstream:
    """The address, with the URI that is written in the directive."""
    owner = errand.entry or errand.rule
    written = owner.target if isinstance(owner, Pass) else owner.substitution if owner else ""
    position = where.position or (owner.position if owner else None)
    told = taken_apart(written)
    socket = where.worker.socket if where.worker and where.target.socket is None else None
    found = where.target.upstream(position or Position("", 0), socket)
    uri = (told.uri or None) if told else found.uri
    return Upstream(found.scheme, found.host, found.port, uri, found.position, found.socket)


def _host(came: Request, where: Sent, levels: Sequence[Sequence[Node]]) -> str:
    """The Host header that the backend sees."""
    preserved = effective(levels, "proxypreservehost")
    if preserved is not None and preserved.args[:1] and preserved.args[0].lower() == "on":
        given = [header.value for header in forwarding.headers(levels) if header.name.lower() == "host"]
        return given[-1] if given else came.authority
    authority = where.target.authority or "localhost"
    default = DEFAULT_PORTS.get(where.target.scheme)
    return authority.removesuffix(f":{default}").lower()
