"""The model against a real Apache: which entry answers, what the backend is asked for, whether it sees the upgrade."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.real_apache import folder_of_modules, needs_apache, running, version, whole
from tests.drivers.real_nginx import Answer, Client, backend, free_port
from wsfix.drivers.apache import Config
from wsfix.errors import CannotEdit
from wsfix.model.route import Route, RouteKind

Record = Callable[[str, object], None]
pytestmark = needs_apache

BROKEN_TARGET = 500
MAIN = "/etc/apache2/apache2.conf"
CHROME = {"Upgrade": "websocket", "Connection": "Upgrade"}
FIREFOX = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade"}
SEGMENTS = ["a", "b", "ws", "api", "x.js", "be", "a b"]
TARGETS = ["", "/", "/base", "/base/", "/ws", "/ws/", "/a/", "/be/ws/"]
REGEXES = [
    ("^/api/(.*)$", "/$1"), ("/ws", ""), ("^/(a|b)/(.*)$", "/$2/$1"), (r"\.js$", "/js"), ("^/be(/.*)?$", "$1"), ("^/A/", "/up"),
    ("^(/ws.*)$", "$1"), (r"^/(?:x|y)", "/xy"), ("b", "/b$0"), (r"^/ws/(\w+)$", r"/ws/\$$1"),
]  # fmt: skip
POOLS = [
    "<Proxy balancer://pool>\nBalancerMember http://ADDRESS\n</Proxy>",
    "<Proxy balancer://pool>\nBalancerMember http://ADDRESS/in upgrade=websocket\n</Proxy>",
    "<Proxy balancer://pool>\nBalancerMember ws://ADDRESS\nBalancerMember http://ADDRESS/spare status=+H\n</Proxy>",
]
OPTIONS = [
    "upgrade=websocket",
    "upgrade=ANY",
    "upgrade=WebSocket",
    "upgrade=h2c",
    "timeout=77",
    "nocanon",
    "upgrade=NONE",
]


class Author:
    """Writes random passes that Apache accepts."""

    def __init__(self, seed: int, backend_port: int) -> None:
        self.random = random.Random(seed)
        self.address = f"127.0.0.1:{backend_port}"
        self.named: list[str] = []
        """The paths that the server in hand speaks of."""

    def path(self) -> str:
        self.named.append(self.any_path())
        return self.named[-1]

    def any_path(self) -> str:
        parts = self.random.choices(SEGMENTS, k=self.random.choice([0, 1, 1, 2, 2, 3]))
        return "/" + "/".join(parts) + ("/" if parts and self.random.random() < 0.6 else "")

    def options(self) -> str:
        return " ".join(self.random.sample(OPTIONS, k=self.random.choice([0, 0, 1, 1, 2])))

    def scheme(self) -> str:
        return self.random.choice(["http", "http", "http", "ws"])

    def passing(self) -> str:
        chance = self.random.random()
        if chance < 0.08:
            return f'ProxyPass "{self.path()}" !'
        if chance < 0.3:
            regex, target = self.random.choice(REGEXES)
            return f'ProxyPassMatch "{regex}" "{self.scheme()}://{self.address}{target}" {self.options()}'
        if chance < 0.36:
            return f'ProxyPass ~ "^/({"|".join(SEGMENTS[:3])})/x" {self.scheme()}://{self.address}/tilde/$1 {self.options()}'
        if chance < 0.42:
            return f'ProxyPass "{self.path()}" balancer://pool{self.random.choice(["", "/", "/ws"])}'
        target = self.random.choice(TARGETS)
        return f'ProxyPass "{self.path()}" {self.scheme()}://{self.address}{target} {self.options()}'

    def location(self) -> list[str]:
        kind = self.random.choice(["Location", "Location", "Location", "LocationMatch"])
        path = self.path() if kind == "Location" else self.random.choice(["^/ws", "/be/", "^/a/.*$", r"\.js$"])
        if kind == "Location" and self.random.random() < 0.1:
            path = self.random.choice(["/*/ws", "/a*", "/?/b"])
        inner = [f"ProxyPass {self.scheme()}://{self.address}{self.random.choice(TARGETS)} {self.options()}"]
        if kind == "LocationMatch":
            inner = [f"ProxyPassMatch {self.scheme()}://{self.address}/m$1"] if "(" in path else []
        choice = self.random.random()
        if choice < 0.15:
            inner = ["ProxyPass !"] if self.random.random() < 0.5 else ["RequestHeader unset Upgrade"]
        elif choice < 0.3:
            inner = ["ProxyPreserveHost On"]
        elif choice < 0.4:
            inner = ["Redirect 302 /elsewhere"]
        elif choice < 0.45:
            inner = ["Require all denied"]
        return [f'<{kind} "{path}">', *inner, f"</{kind}>"]

    def server(self) -> list[str]:
        lines: list[str] = [self.random.choice(POOLS).replace("ADDRESS", self.address)]
        self.named = []
        for _ in range(self.random.randint(1, 6)):
            lines += [self.passing()] if self.random.random() < 0.7 else self.location()
        if self.random.random() < 0.3:
            lines.append("ProxyPreserveHost On")
        if self.random.random() < 0.1:
            lines.append(f"AllowEncodedSlashes {self.random.choice(['On', 'NoDecode'])}")
        if self.random.random() < 0.1:
            lines.append(
                "<If \"%{HTTP:Upgrade} =~ /websocket/i && %{QUERY_STRING} != ''\">\nRequestHeader set Host if.test\n</If>"
            )
        if self.random.random() < 0.1:
            lines.append(f"<Proxy http://{self.address}/>\nProxySet upgrade=websocket\n</Proxy>")
        if self.random.random() < 0.2:
            lines.append(f'Redirect "{self.path()}" http://else.test/to')
        return lines

    def target(self) -> str:
        """A request target, some of them odd."""
        path = self.any_path()
        if self.named and self.random.random() < 0.7:
            path = self.random.choice(self.named) + self.random.choice(["", "ws/1", "x", "/b"])
        tricks: list[Callable[[str], str]] = [
            lambda p: p,
            lambda p: p,
            lambda p: p,
            lambda p: p,
            lambda p: p,
            lambda p: p.rstrip("/") or "/",
            lambda p: p + "x",
            lambda p: p + "1",
            lambda p: p.replace("/", "//", 1),
            lambda p: p + "../" + self.random.choice(SEGMENTS),
            lambda p: p.replace("a", "%61", 1),
            lambda p: p + "%2Fws",
            lambda p: p + "./b",
            lambda p: p + "?q=1&r=%20",
            lambda p: p + "/..",
            lambda p: p + "%C3%A9%7B%3F;~",
            lambda p: p + "/../../../..",
            lambda p: p.upper(),
        ]
        return self.random.choice(tricks)(path).replace(" ", "%20")


def sees_upgrade(answer: Answer) -> bool:
    headers = (answer.seen or {})["headers"]
    held = {name: {t.strip().lower() for n, v in headers if n == name for t in v.split(",")} for name, _ in headers}
    return "websocket" in held.get("upgrade", set()) and "upgrade" in held.get("connection", set())


def host_seen(answer: Answer) -> str:
    return next(value for name, value in (answer.seen or {})["headers"] if name == "host")


def told(route: Route) -> tuple[object, ...]:
    """What the model says, in the words of `was`."""
    if route.kind is RouteKind.PROXY and route.status == BROKEN_TARGET:
        return ("broken target",)
    if route.kind is RouteKind.PROXY:
        return "asks", route.backend_path, route.forwards_upgrade, route.host_value
    if route.kind is RouteKind.FILES:
        return ("files",)
    return route.status, route.redirect or ""


def was(answer: Answer, route: Route) -> tuple[object, ...]:
    """What Apache did."""
    if answer.seen:
        return "asks", answer.seen["target"], sees_upgrade(answer), host_seen(answer)
    if route.kind is RouteKind.PROXY and answer.status in {400, BROKEN_TARGET}:
        return ("broken target",)
    if route.kind is RouteKind.FILES and answer.status in {200, 301, 404, 403}:
        return ("files",)
    return answer.status, answer.location


def differences(text: str, asked: list[tuple[str, str]], port: int, folder: Path) -> tuple[list[str], dict[str, int]]:
    """Ask Apache and the model the same, as Chrome and as Firefox do."""
    config = Config.read({MAIN: text.encode()}, {}, version=version())
    found: list[str] = []
    counted = {"probes": 0, "proxied": 0, "upgraded": 0}
    with running(text, port, folder), Client(port) as client:
        for host, path in asked:
            for sent in (CHROME, FIREFOX):
                answer = client.ask(f"{host}:{port}", path, sent)
                route = config.route(host, port, False, path, connection=sent["Connection"])
                counted["probes"] += 1
                counted["proxied"] += answer.seen is not None
                counted["upgraded"] += answer.seen is not None and sees_upgrade(answer)
                if told(route) != was(answer, route):
                    found.append(
                        f"{host} {path}: model {told(route)} {route.match} {route.position}, Apache {was(answer, route)}"
                    )
    (folder / "kept.conf").write_text(text)
    return found, counted


@pytest.mark.parametrize("seed", range(2))
def test_entry_path_and_upgrade_are_those_of_apache(
    seed: int, tmp_path: Path, record_testsuite_property: Record
) -> None:
    port = free_port()
    with backend() as backend_port:
        author = Author(seed, backend_port)
        lines = [f'ProxyPass "/main/{n}/" http://127.0.0.1:{backend_port}/be/{n} {author.options()}' for n in range(2)]
        asked: list[tuple[str, str]] = []
        for n in range(60):
            lines += [f"<VirtualHost 127.0.0.1:{port}>", f"ServerName s{n}.test", *author.server(), "</VirtualHost>"]
            asked += [(f"s{n}.test", author.target()) for _ in range(20)]
        text = whole("\n".join(lines) + "\n", port, tmp_path)
        found, counted = differences(text, asked, port, tmp_path)
    for name, count in counted.items():
        record_testsuite_property(f"apache {name}", count)
    assert not found, f"{len(found)} of {counted}: see {tmp_path}\n" + "\n".join(found[:15])
    assert counted["proxied"] > 800
    assert 100 < counted["upgraded"] < counted["proxied"] - 100
    assert folder_of_modules()


CONDITIONS = [
    "%{HTTP:Upgrade} websocket [NC]", "%{HTTP:Upgrade} =websocket [NC]", "%{HTTP:Connection} upgrade [NC]",
    "%{HTTP:Connection} ^Upgrade$", "%{HTTP:Connection} !^keep", "%{HTTPS} off", "%{REQUEST_URI} ^/(ws|be)/", "%{QUERY_STRING} q=(.)",
    "%{HTTP_HOST} ^s(\\d)", "%{SERVER_PORT} !=443 [OR]", "%{THE_REQUEST} \\.\\.", "%{REQUEST_FILENAME} !-f", "%{HTTP:X-None} ^$",
    "expr \"%{HTTP:Upgrade} == 'websocket'\"", 'expr "!(%{REQUEST_URI} =~ m#^/a# || -z %{QUERY_STRING})"', "%{REQUEST_METHOD} >FOO",
    "$1 =7", "%1 b",
]  # fmt: skip
RULES = [
    "^/be/ws/(.*)$ ws://ADDRESS/ws/$1 [P,L]", "^/be/(.*)$ http://ADDRESS/$1 [P]", "^/ws/(.*)$ ws://ADDRESS/$1", "^/ws/(.*)$ ws://ADDRESS/$1 [L]",
    "^/a/(.*)$ /be/ws/$1", "^/a/(.*)$ /be/$1 [PT]", "^/a/(.*)$ /b/$1 [L]", "^/b(.*)$ - [F]", "^/b/(.*)$ - [G,NC]", "^/x /y [R=301,L]",
    "^(.*)$ https://%{HTTP_HOST}$1 [R=308,NE,L]", "^/api - [L]", "^/api - [S=1]", "^/be/ /ws/7?k=%{QUERY_STRING} [QSA]", "!^/(ws|be)/ /a/z [PT,L]",
    "^/ws/(.*)$ http://ADDRESS/%1/$1 [P,NE]", "^/old(.*)$ /ws$1 [C]", "^/ws(.*)$ /be$1 [PT]", "^/n/(.*)$ /$1 [N]", "^/q/(.*)$ /be/$1? [PT]",
    "^/ws balancer://pool/up [P]", "^/r(.*)$ - [R=404]", "^/(\\w+)/(\\w+)$ ws://ADDRESS/$2/$1 [P,QSD]", "/ws/ http://ADDRESS [P]",
    "^/e$ /be/e [END,PT]",
]  # fmt: skip
PLACES = [
    "/", "/be/ws/7", "/be/x", "/ws/1?q=b", "/ws/", "/a/x", "/a/b/c?q=1", "/b/x", "/B/x", "/x", "/api/a", "/old/1", "/n/n/ws/1", "/q/1?q=2",
    "/r", "/e", "/be/ws/a%20b%2B?q=1", "/other",
]  # fmt: skip


class Rewriter(Author):
    """Writes random rules, in the virtual host and in sections."""

    def rule(self) -> list[str]:
        conditions = self.random.sample(CONDITIONS, k=self.random.choice([0, 0, 0, 1, 1, 2, 3]))
        conditions = [
            text.removesuffix(" [OR]") if n == len(conditions) - 1 else text for n, text in enumerate(conditions)
        ]
        rule = self.random.choice(RULES).replace("ADDRESS", self.address)
        return [*(f"RewriteCond {text}" for text in conditions), f"RewriteRule {rule}"]

    def rewriting(self) -> list[str]:
        lines = [self.random.choice(POOLS).replace("ADDRESS", self.address)]
        lines += ["RewriteEngine " + self.random.choice(["On", "On", "On", "Off"])]
        for _ in range(self.random.randint(1, 5)):
            lines += self.rule()
        lines += [f"RewriteOptions {self.random.choice(['Inherit', 'InheritBefore', 'AllowAnyURI'])}"] * (
            self.random.random() < 0.2
        )
        for path, target in [("/be/", "/"), ("/ws/", "/ws/"), ("/a", "/aa")]:
            if self.random.random() < 0.6:
                lines.append(f"ProxyPass {path} http://{self.address}{target} {self.options()}")
        if self.random.random() < 0.3:
            engine = self.random.choice(["RewriteEngine On", "RewriteEngine On", "RewriteEngine Off"])
            inner = [text for text in self.rule() if "%{REQUEST_FILENAME}" not in text]
            lines += [f"<Location {self.random.choice(['/be/', '/ws', '/a/'])}>", engine, *inner, "</Location>"]
        return lines


@pytest.mark.parametrize("seed", range(2))
def test_rewriting_ends_where_apache_ends(seed: int, tmp_path: Path, record_testsuite_property: Record) -> None:
    port = free_port()
    with backend() as backend_port:
        author = Rewriter(seed, backend_port)
        lines = ["RewriteEngine On", "RewriteRule ^/x$ /from-main [R]"]
        asked: list[tuple[str, str]] = []
        for n in range(60):
            lines += [f"<VirtualHost 127.0.0.1:{port}>", f"ServerName s{n}.test", *author.rewriting(), "</VirtualHost>"]
            asked += [(f"s{n}.test", path) for path in PLACES]
        text = whole("\n".join(lines) + "\n", port, tmp_path)
        found, counted = differences(text, asked, port, tmp_path)
    record_testsuite_property("apache rewriting", counted["probes"])
    assert not found, f"{len(found)} of {counted}: see {tmp_path}\n" + "\n".join(found[:15])
    assert counted["proxied"] > 400


NAMES = [
    "a.test",
    "*.test",
    "*.b.test",
    "www.a.*",
    "a.*",
    "?.test",
    "B.test",
    "deep.a.b.test",
    "*",
    "mail.*",
    "x*y.test",
]
HOSTS = [
    "a.test", "x.test", "x.b.test", "b.test", "www.a.org", "a.org", "c.test", "xyz", "A.TEST", "www.a.test", "deep.a.b.test",
    "xzy.test", "a.test.", "mail.z", "nothing", "main.test", "xy.test",
]  # fmt: skip


def test_server_is_that_of_apache(tmp_path: Path) -> None:
    chance, found, probes = random.Random(5), [], 0
    for turn in range(12):
        port, lines = free_port(), ["Redirect 302 / http://answered.by/main"]
        for n in range(5):
            places = chance.sample(
                [f"127.0.0.1:{port}", f"*:{port}", "*:*", f"10.9.8.7:{port}", "127.0.0.1:*"], k=chance.randint(1, 2)
            )
            names = chance.sample(NAMES, k=chance.randint(0, 3))
            lines += [f"<VirtualHost {' '.join(places)}>", f"Redirect 302 / http://answered.by/{n}"]
            lines += [f"ServerName {names[0].replace('*', 'star').replace('?', 'q')}"] if names else []
            lines += [f"ServerAlias {' '.join(names[1:])}"] if names[1:] else []
            lines += ["</VirtualHost>"]
        text = whole("\n".join(lines) + "\n", port, tmp_path)
        config = Config.read({MAIN: text.encode()}, {}, version=version())
        with running(text, port, tmp_path), Client(port) as client:
            for host in HOSTS:
                route = config.route(host, port, False, "/", address="127.0.0.1")
                answer = client.ask(f"{host}:{port}", "/")
                probes += 1
                if route.redirect != answer.location:
                    found.append(
                        f"{turn} {host}: model {route.redirect} {route.server}, Apache {answer.location}\n"
                        + "\n".join(lines)
                    )
    assert not found, f"{len(found)} of {probes}:\n" + "\n".join(found[:3])
    assert probes == 12 * len(HOSTS)


@pytest.mark.parametrize("seed", range(2))
def test_what_forward_upgrade_mends_forwards_in_truth(seed: int, tmp_path: Path) -> None:
    """After the verb every path that is proxied forwards a WebSocket, goes where it went, and so does every other."""
    port = free_port()
    with backend() as backend_port:
        author, lines = Author(seed + 100, backend_port), []
        urls: list[tuple[str, str]] = []
        for n in range(40):
            lines += [f"<VirtualHost 127.0.0.1:{port}>", f"ServerName s{n}.test", *author.server(), "</VirtualHost>"]
            urls += [(f"s{n}.test", author.target()) for _ in range(8)]
        text = whole("\n".join(lines) + "\n", port, tmp_path)
        config = first = Config.read({MAIN: text.encode()}, {}, version=version())
        before = {url: first.route(url[0], port, False, url[1]) for url in urls}
        mended: list[tuple[str, str]] = []
        for host, path in urls:
            route = config.route(host, port, False, path)
            if route.kind is RouteKind.PROXY and route.status is None and "RequestHeader" not in route.why_not:
                config = config.forward_upgrade(route)
                mended.append((host, path))
        assert config.changed(first)
        with running(config.files[MAIN].decode(), port, tmp_path), Client(port) as client:
            for url in urls:
                answer = client.ask(f"{url[0]}:{port}", url[1], CHROME)
                route = config.route(url[0], port, False, url[1])
                assert told(route) == was(answer, route), url
                assert route.backend_path == before[url].backend_path
                assert route.kind is before[url].kind
                assert url not in mended or sees_upgrade(answer), f"{url}: {route}"
    assert len(mended) > 60


@pytest.mark.parametrize("kind", [Author, Rewriter])
def test_a_new_entry_takes_its_paths_in_truth(
    kind: type[Author], tmp_path: Path, record_testsuite_property: Record
) -> None:
    port, refused = free_port(), []
    with backend() as backend_port:
        author, lines = kind(42, backend_port), ["RewriteEngine On"]
        for n in range(25):
            server = author.rewriting() if isinstance(author, Rewriter) else author.server()
            lines += [f"<VirtualHost 127.0.0.1:{port}>", f"ServerName s{n}.test", *server, "</VirtualHost>"]
        text = whole("\n".join(lines) + "\n", port, tmp_path)
        config = first = Config.read({MAIN: text.encode()}, {}, version=version())
        added = []
        for n in range(25):
            (server,) = [one for one in config.servers() if one.names == (f"s{n}.test",)]
            try:
                config = config.add_websocket_location(
                    server.position, "/be/ws/", "127.0.0.1", backend_port, uri="/sock/"
                )
            except CannotEdit as error:
                refused.append(f"s{n}: {error}")
            else:
                added.append(f"s{n}.test")
        with running(config.files[MAIN].decode(), port, tmp_path), Client(port) as client:
            for host in added:
                answer = client.ask(f"{host}:{port}", "/be/ws/7", CHROME)
                route = config.route(host, port, False, "/be/ws/7")
                assert told(route) == was(answer, route), host
                assert (answer.seen or {})["target"] == "/sock/7"
                assert sees_upgrade(answer) or "RequestHeader" in route.why_not, f"{host}: {route.why_not}"
                for path in ("/", "/be/x", "/ws/1", "/a/b", "/api/x", "/other"):
                    one, other = (each.route(host, port, False, path) for each in (first, config))
                    assert told(one) == told(other), f"{host} {path}"
    record_testsuite_property("apache entries refused", refused)
    assert len(added) > 12, refused
