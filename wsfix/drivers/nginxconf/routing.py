"""From a URL to its route: server, location, upstream, headers, idle time."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from wsfix.drivers.nginxconf import matching, values
from wsfix.drivers.nginxconf.matching import Location
from wsfix.drivers.nginxconf.tree import Node
from wsfix.model.route import Position, Route, RouteKind, Upstream

MOST_HOPS = 10
DEFAULT_IDLE_SECONDS = 60.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class Router:
    """Answers for one configuration."""

    def __init__(self, http: Node, version_default: str = "1.0") -> None:
        self.http = http
        self.variables = values.Variables.of(http)
        self.version_default = version_default
        self.upstreams = {node.args[0]: node for node in http.all("upstream") if node.args}
        self.servers = list(http.all("server"))

    def route(self, host: str, port: int, *, tls: bool, path: str) -> Route | None:
        """Return the way of a URL, or None where no server listens on its port."""
        picked = matching.pick_server(self.servers, host.lower().rstrip("."), port)
        if picked is None:
            return None
        server, named = picked
        walk = _Walk(self, server, host, port, tls=tls)
        return replace(walk.go(path), named=named)

    def through(self, server: Node, location: Location, host: str, port: int, *, tls: bool, path: str) -> Route:
        """Return the route as it would be if a location took the path."""
        return _Walk(self, server, host, port, tls=tls).at((location,), matching.normalized(path), path)


class _Walk:
    """One URL on its way; internal redirects are bounded as nginx bounds them."""

    def __init__(self, router: Router, server: Node, host: str, port: int, *, tls: bool) -> None:
        self.router = router
        self.server = server
        self.host, self.port, self.tls = host, port, tls
        self.uncertain: list[str] = []
        self.known = {
            "http_upgrade": "websocket",
            "http_connection": "Upgrade",
            "host": host,
            "http_host": host if port in {80, 443} else f"{host}:{port}",
            "server_name": host,
            "scheme": "https" if tls else "http",
            "server_port": str(port),
            "is_args": "",
            "args": "",
        }

    def go(self, path: str, hops: int = 0) -> Route:
        """Follow a path from the server on."""
        uri = matching.normalized(path)
        answer = self._answer(self.server, (), uri, path)
        if answer is not None:
            return answer
        slashed = matching.redirecting(self.server, uri)
        if slashed is not None:
            base = self._base((slashed,))
            return replace(base, kind=RouteKind.RETURN, status=301, redirect=f"{uri}/")
        return self.at(matching.pick_location(self.server, uri), uri, path, hops)

    def at(self, chain: tuple[Location, ...], uri: str, path: str, hops: int = 0) -> Route:
        """Say what the chosen location does."""
        if not chain:
            return replace(self._base(()), kind=RouteKind.FILES)
        node = chain[-1].node
        uri, raw, again = self._rewritten(node, uri, path)
        if again and hops < MOST_HOPS:
            return self.go(uri, hops + 1)
        answer = self._answer(node, chain, uri, path)
        if answer is not None:
            return answer
        tried = node.last("try_files")
        if tried is not None and tried.args and hops < MOST_HOPS:
            return self._tried(tried, chain, hops)
        if node.last("proxy_pass"):
            return self._proxied(chain, uri, raw)
        kind = RouteKind.OTHER if matching.proxies(node) else RouteKind.FILES
        return replace(self._base(chain), kind=kind)

    def _base(self, chain: tuple[Location, ...]) -> Route:
        levels = (self.router.http, self.server, *(each.node for each in chain))
        certificate = values.inherited(levels, "ssl_certificate")
        last = chain[-1] if chain else None
        words = f"location {last.modifier} {last.match}".replace("  ", " ") if last else ""
        return Route(
            kind=RouteKind.NONE,
            server=self.server.position,
            server_names=matching.names(self.server),
            named=True,
            match=words,
            position=last.node.position if last else self.server.position,
            certificate=certificate.args[0] if certificate and certificate.args else None,
            certificate_position=certificate.position if certificate else None,
            uncertain=tuple(self.uncertain),
        )

    def _answer(self, node: Node, chain: tuple[Location, ...], uri: str, path: str) -> Route | None:
        """Return the route where an unconditional `return` ends it; note conditions that wsfix does not evaluate."""
        for condition in node.all("if"):
            if any(condition.last(name) for name in ("return", "rewrite", "proxy_pass")):
                self.uncertain.append(f"{condition.position}: if {' '.join(condition.args)} is not evaluated")
        done = node.last("return")
        if done is None or not done.args:
            return None
        first = done.args[0]
        status = int(first) if first.isdigit() else 302
        target = done.args[-1] if not first.isdigit() or len(done.args) > 1 else None
        redirect = None
        if status in _REDIRECTS and target is not None:
            redirect = self.router.variables.value(target, {**self.known, "request_uri": path, "uri": uri}) or target
        return replace(self._base(chain), kind=RouteKind.RETURN, status=status, redirect=redirect)

    def _rewritten(self, node: Node, uri: str, path: str) -> tuple[str, str | None, bool]:
        """Follow `rewrite`: the new URI, the raw path that a proxy_pass without URI sends, and whether to match again."""
        raw: str | None = path.partition("?")[0]
        for rule in node.all("rewrite"):
            if len(rule.args) < 2:  # noqa: PLR2004
                continue
            match = matching.regex(rule.args[0], ignore_case=False, text=uri)
            if match is None:
                continue
            target = rule.args[1].partition("?")[0]
            groups = ("", *(group or "" for group in match.groups()), *[""] * 9)
            uri = re.sub(r"\$(\d)", lambda found, groups=groups: groups[int(found[1])], target)  # type: ignore[misc]
            raw = None
            flag = rule.args[2] if len(rule.args) > 2 else ""  # noqa: PLR2004
            if flag in {"last", "break"}:
                return uri, raw, flag == "last"
        return uri, raw, False

    def _tried(self, tried: Node, chain: tuple[Location, ...], hops: int) -> Route:
        last = tried.args[-1]
        if last.startswith("@"):
            named = next((each for each in matching.locations(self.server) if each.match == last), None)
            if named is not None:
                return self.at((named,), chain[-1].match, chain[-1].match, hops + 1)
        return replace(self._base(chain), kind=RouteKind.FILES)

    def _proxied(self, chain: tuple[Location, ...], uri: str, raw: str | None) -> Route:
        levels = (self.router.http, self.server, *(each.node for each in chain))
        node = chain[-1].node
        target = node.last("proxy_pass")
        upstream, path = self._upstream(target, chain[-1], uri, raw) if target and target.args else (None, None)
        force, cancelled = values.headers(levels)
        version = values.inherited(levels, "proxy_http_version")
        timeout = values.inherited(levels, "proxy_read_timeout")
        idle = values.seconds(" ".join(timeout.args)) if timeout else None
        host = next((header.value for header in reversed(force) if header.name.lower() == "host"), "$proxy_host")
        upgrade = [header.value for header in force if header.name.lower() == "upgrade"]
        connection = [header.value for header in force if header.name.lower() == "connection"]
        why = self._why_not(upgrade, connection, {header.name.lower() for header in cancelled})
        return replace(
            self._base(chain),
            kind=RouteKind.PROXY,
            upstream=upstream,
            backend_path=path,
            http_version=version.args[0] if version and version.args else self.router.version_default,
            http_version_set=version is not None,
            headers=force,
            headers_cancelled=cancelled,
            upgrade_value=upgrade[-1] if upgrade else None,
            connection_value=connection[-1] if connection else None,
            forwards_upgrade=not why,
            why_not=why,
            host_value=host,
            idle_seconds=DEFAULT_IDLE_SECONDS if idle is None else idle,
        )

    def _why_not(self, upgrade: list[str], connection: list[str], cancelled: set[str]) -> str:
        """Return why a backend would not see an upgrade; empty where it would (RFC 6455 section 4.2.1)."""
        reasons = []
        for name, found, wanted in (("Upgrade", upgrade, "websocket"), ("Connection", connection, "upgrade")):
            if not found:
                lost = " (it is set further out, and cancelled here)" if name.lower() in cancelled else ""
                reasons.append(f"{name} is not set{lost}")
                continue
            sent = [self.router.variables.value(value, self.known) for value in found]
            if any(wanted in _tokens(value) for value in sent if value is not None):
                continue
            shown = f'"{found[-1]}"' if "$" not in found[-1] else found[-1]
            undefined = [
                v for v in values.variables(found[-1]) if v not in self.known and v not in self.router.variables.maps
            ]
            comes = f", which is {sent[-1]!r} for a WebSocket" if "$" in found[-1] and sent[-1] is not None else ""
            reasons.append(f"{name} is {shown}" + (", which no map defines" if undefined else comes))
        return "; ".join(reasons)

    def _upstream(
        self, node: Node, location: Location, uri: str, raw: str | None
    ) -> tuple[Upstream | None, str | None]:
        match = re.match(r"(https?)://([^/]*)(/.*)?$", node.args[0])
        if match is None:
            if "$" in node.args[0]:
                self.uncertain.append(f"{node.position}: the target {node.args[0]} depends on variables")
            return None, None
        scheme, authority, given = match[1], match[2], match[3]
        if "$" in authority:
            self.uncertain.append(f"{node.position}: the target {node.args[0]} depends on variables")
            return None, None
        path = _mapped(location, uri, raw, given)
        if authority.startswith("unix:"):
            return Upstream(scheme, authority, 0, given, node.position), path
        if authority in self.router.upstreams:
            return self._member(scheme, self.router.upstreams[authority], given), path
        host, port = split_host(authority)
        return Upstream(scheme, host, port or _PORTS[scheme], given, node.position), path

    def _member(self, scheme: str, block: Node, given: str | None) -> Upstream | None:
        """Return the first server of an upstream block that is not down."""
        for server in block.all("server"):
            if server.args and "down" not in server.args and "backup" not in server.args:
                if server.args[0].startswith("unix:"):
                    return Upstream(scheme, server.args[0], 0, given, server.position)
                host, port = split_host(server.args[0])
                return Upstream(scheme, host, port or 80, given, server.position)
        return None


def _mapped(location: Location, uri: str, raw: str | None, given: str | None) -> str | None:
    """Return the path that the upstream is asked for (ngx_http_proxy_module, proxy_pass)."""
    if raw is None:
        return uri  # after `rewrite … break` the directive's URI is ignored and the new one passed
    if given is None:
        return raw
    if "$" in given:
        return None
    if location.is_regex:
        return None
    return given + uri[len(location.match) :]


def split_host(text: str) -> tuple[str, int]:
    """Split host and port; an IPv6 address loses its brackets; port 0 where none is given."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.lstrip(":")
    else:
        host, _, port = text.partition(":")
    return host, int(port) if port.isdigit() else 0


def _tokens(value: str) -> set[str]:
    return {part.strip().lower() for part in value.split(",")}


def folder_of(path: str) -> str:
    """Return the folder that a file stands in."""
    return posixpath.dirname(path)


def same(first: Position, second: Position) -> bool:
    """Whether two places are one."""
    return (first.path, first.line) == (second.path, second.line)
