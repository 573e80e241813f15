"""The model against a real nginx: which location answers, what the backend is asked for, whether it sees the upgrade."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.drivers.real_nginx import Answer, Client, backend, free_port, needs_nginx, running, whole
from wsfix.drivers.nginx import Config
from wsfix.model.route import Route, RouteKind

Record = Callable[[str, object], None]
pytestmark = needs_nginx

SEGMENTS = ["a", "b", "ws", "api", "x.js", "a b", "be"]
REGEXES = [r"\.js$", "^/api", "/ws", "b", "^/a/(.*)$", r"^/(?<first>\w+)/ws", "^/A/", r"\.(js|css)$", "x|y"]
TARGETS = ["", "/", "/base", "/base/", "/ws", "/ws/", "/x%20y/"]


class Author:
    """Writes random configurations that nginx accepts."""

    def __init__(self, seed: int, backend_port: int) -> None:
        self.random = random.Random(seed)
        self.backend = backend_port
        self.marks = 0

    def server(self) -> list[str]:
        """The directives of one server, half of the time with a location for everything else."""
        self.marks += 1
        rest = [f"location / {{ add_header X-Mark m{self.marks} always; return 200 all; }}"]
        lines = self.level()
        there = any(line.startswith(('location "/" {', 'location ^~ "/" {')) for line in lines)
        return lines + (rest if not there and self.random.random() < 0.5 else [])

    def path(self) -> str:
        parts = self.random.choices(SEGMENTS, k=self.random.randint(0, 3))
        return "/" + "/".join(parts) + ("/" if parts and self.random.random() < 0.5 else "")

    def level(self, outer: str = "", depth: int = 0) -> list[str]:
        """Locations of one level, all prefixes beginning with the outer one."""
        lines: list[str] = []
        names: set[tuple[str, str]] = set()
        for _ in range(self.random.randint(1, 7 if depth == 0 else 3)):
            modifier = self.random.choice(["", "", "", "=", "^~", "~", "~*"])
            name = self.random.choice(REGEXES) if "~" in modifier.replace("^~", "") else self.prefix(outer)
            key = ("prefix" if modifier in {"", "^~"} else modifier, name)
            if key in names:
                continue
            names.add(key)
            lines += self.location(modifier, name, depth)
        return lines

    def prefix(self, outer: str) -> str:
        path = self.path()
        return outer + path.lstrip("/") if outer.endswith("/") else outer + path if outer else path

    def location(self, modifier: str, name: str, depth: int) -> list[str]:
        self.marks += 1
        inner: list[str] = []
        if modifier in {"", "^~"} and depth < 2 and self.random.random() < 0.35:
            inner = self.level(name, depth + 1)
        if modifier in {"~", "~*"} and depth < 2 and self.random.random() < 0.2:
            inner = self.regexes(depth + 1)
        spaced = " ".join(part for part in ("location", modifier, f'"{name}"') if part)
        return [f"{spaced} {{", f"add_header X-Mark m{self.marks} always;", *self.deed(modifier), *inner, "}"]

    def regexes(self, depth: int) -> list[str]:
        names = self.random.sample(REGEXES, k=self.random.randint(1, 2))
        return [line for name in names for line in self.location("~", name, depth)]

    def deed(self, modifier: str) -> list[str]:
        if self.random.random() < 0.5:
            return [f'return 200 "m{self.marks}";']
        uri = "" if modifier in {"~", "~*"} else self.random.choice(TARGETS)
        rewrite = []
        if self.random.random() < 0.2:
            rewrite = [self.random.choice(["rewrite ^/(.*)$ /new/$1 break;", r"rewrite ^/a/(.*)$ /b/$1?k=v break;"])]
        return [*rewrite, f'proxy_pass "http://127.0.0.1:{self.backend}{uri}";']

    def target(self) -> str:
        """A request target, some of them odd."""
        path = self.path()
        tricks = [
            lambda p: p,
            lambda p: p,
            lambda p: p.rstrip("/") or "/",
            lambda p: p + "x",
            lambda p: p.replace("/", "//", 1),
            lambda p: p + "../" + self.random.choice(SEGMENTS),
            lambda p: p.replace("a", "%61", 1),
            lambda p: p + "%2Fws",
            lambda p: p + "./b",
            lambda p: p + "%2e%2e/ws",
            lambda p: p + "?q=1&r=%20",
            lambda p: p + "/..",
            lambda p: p + "é%7B%3F",
            lambda p: p + "/../../../..",
            lambda p: p.upper(),
        ]
        return self.random.choice(tricks)(path).replace(" ", "%20")


def _difference(config: Config, route: Route, answer: Answer, path: str) -> str:
    """What the model says otherwise than nginx; empty if nothing."""
    if route.status == 400 and not route.match:
        return "" if answer.status == 400 else f"{path}: model 400, nginx {answer.status} {answer.mark}"
    mark = config.location(route).node.last("add_header").args[1] if route.match else ""
    if answer.mark != mark:
        return f"{path}: model {route.match} {mark}, nginx {answer.mark} {answer.status}"
    if route.kind is RouteKind.RETURN and route.status == 301:
        moved = urlsplit(answer.location).path
        same = answer.status == 301 and moved == (route.redirect or "").replace(" ", "%20")
        return "" if same else f"{path}: model 301 {route.redirect}, nginx {answer.status} {answer.location}"
    if route.kind is RouteKind.PROXY:
        asked = (answer.seen or {}).get("target")
        expected = (route.backend_path or "").encode("utf-8", "surrogateescape").decode("latin-1")
        return "" if asked == expected else f"{path} in {route.match}: model asks {expected}, nginx {asked}"
    return f"{path}: model {route.kind}, nginx asks the backend" if answer.seen else ""


@pytest.mark.parametrize("seed", range(3))
def test_location_and_path_are_those_of_nginx(seed: int, tmp_path: Path, record_testsuite_property: Record) -> None:
    port = free_port()
    with backend() as backend_port:
        author = Author(seed, backend_port)
        lines: list[str] = []
        for n in range(40):
            lines += [f"server {{ listen 127.0.0.1:{port}; server_name s{n}.test;", *author.server(), "}"]
        text = whole("\n".join(lines) + "\n", tmp_path)
        config = Config.read({"/etc/nginx/nginx.conf": text.encode("latin-1")}, {})
        probes, proxied, differences = 0, 0, []
        with running(text, port, tmp_path), Client(port) as client:
            for host, path in [(f"s{n}.test", author.target()) for n in range(40) for _ in range(40)]:
                answer = client.ask(host, path)
                found = _difference(config, config.route(host, port, False, path), answer, path)
                probes += 1
                proxied += answer.seen is not None
                differences += [f"{host} {found}"] if found else []
    record_testsuite_property("nginx probes", probes)
    record_testsuite_property("nginx proxied", proxied)
    assert not differences, f"{len(differences)} of {probes}:\n" + "\n".join(differences[:15])
    assert probes >= 1000


UPGRADES = ["$http_upgrade", '""', "websocket", "$only_websocket", "h2c", "$chained"]
CONNECTIONS = [
    "$connection_upgrade", '"upgrade"', "close", '""', "$http_connection", '"keep-alive, Upgrade"', "$by_regex",
    "$http_upgrade", '"$connection_upgrade"', "$no_default",
]  # fmt: skip
MAPS = """
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
map $http_upgrade $only_websocket { default ""; websocket $http_upgrade; }
map $http_upgrade $by_regex { default close; ~*^WebSocket$ Upgrade; }
map $http_upgrade $no_default { "" ""; WEBSOCKET upgrade; }
map $only_websocket $chained { websocket "web${by_empty}socket"; }
map $arg_nothing $by_empty { }
"""


class Forwarder:
    """Writes levels that set, or do not set, headers of the upgrade."""

    def __init__(self, seed: int, backend_port: int) -> None:
        self.random = random.Random(seed)
        self.backend = backend_port

    def headers(self, likely: float) -> list[str]:
        lines: list[str] = []
        if self.random.random() < likely:
            chosen = [("Upgrade", UPGRADES), ("Connection", CONNECTIONS), ("X-Other", ["$host"])]
            for name, values in chosen:
                count = self.random.choice([0, 1, 1, 1, 1, 2])
                lines += [f"proxy_set_header {name} {self.random.choice(values)};" for _ in range(count)]
        if self.random.random() < 0.2:
            lines.append(f"proxy_http_version {self.random.choice(['1.0', '1.1'])};")
        self.random.shuffle(lines)
        return lines

    def server(self) -> list[str]:
        lines = self.headers(0.5)
        passed = f"proxy_pass http://127.0.0.1:{self.backend};"
        for n in range(6):
            lines += [f"location /l{n} {{", *self.headers(0.5), passed]
            lines += [f"location /l{n}/deep {{", *self.headers(0.4), passed, "}", "}"]
        return lines


def _sees_upgrade(answer: Answer) -> bool:
    headers = (answer.seen or {})["headers"]
    tokens = {name: {t.strip().lower() for n, v in headers if n == name for t in v.split(",")} for name, _ in headers}
    connection = tokens.get("connection", set())
    return "websocket" in tokens.get("upgrade", set()) and "upgrade" in connection and "close" not in connection


def test_upgrade_is_forwarded_as_the_model_says(tmp_path: Path, record_testsuite_property: Record) -> None:
    port = free_port()
    asked = {"Upgrade": "websocket", "Connection": "Upgrade"}
    with backend() as backend_port:
        forwarder = Forwarder(7, backend_port)
        lines = [MAPS, *forwarder.headers(0.0)]
        for n in range(60):
            lines += [f"server {{ listen 127.0.0.1:{port}; server_name s{n}.test;", *forwarder.server(), "}"]
        lines += ["proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection $connection_upgrade;"]
        text = whole("\n".join(lines) + "\n", tmp_path)
        config = Config.read({"/etc/nginx/nginx.conf": text.encode()}, {})
        differences, forwarded, probes = [], 0, 0
        with running(text, port, tmp_path), Client(port) as client:
            for n in range(60):
                for path in [f"/l{m}{tail}" for m in range(6) for tail in ("", "/deep")]:
                    answer = client.ask(f"s{n}.test", path, asked)
                    route = config.route(f"s{n}.test", port, False, path)
                    seen, version = _sees_upgrade(answer), (answer.seen or {})["version"]
                    probes += 1
                    forwarded += seen
                    if seen != route.forwards_upgrade or version != f"HTTP/{route.http_version}":
                        differences.append(f"s{n}{path}: {seen} {version} {answer.body} but {route}")
                    assert route.forwards_upgrade == (not route.why_not)
    record_testsuite_property("nginx probes", probes)
    assert not differences, f"{len(differences)} of {probes}:\n" + "\n".join(differences[:5])
    assert 100 < forwarded < probes - 100


def test_what_forward_upgrade_mends_forwards_in_truth(tmp_path: Path) -> None:
    """After the verb every location forwards a WebSocket, and what it sent beside that is sent still."""
    port = free_port()
    with backend() as backend_port:
        forwarder = Forwarder(3, backend_port)
        lines = [MAPS]
        for n in range(12):
            lines += [f"server {{ listen 127.0.0.1:{port}; server_name s{n}.test;", *forwarder.server(), "}"]
        urls = [(f"s{n}.test", f"/l{m}{tail}") for n in range(12) for m in range(6) for tail in ("", "/deep")]
        config = Config.read({"/etc/nginx/nginx.conf": whole("\n".join(lines), tmp_path).encode()}, {})
        before = {url: config.route(url[0], port, False, url[1]) for url in urls}
        for host, path in urls:
            config = config.forward_upgrade(config.route(host, port, False, path))
        (text,) = config.files.values()
        with running(text.decode(), port, tmp_path), Client(port) as client:
            for host, path in urls:
                answer = client.ask(host, path, {"Upgrade": "websocket", "Connection": "Upgrade"})
                assert _sees_upgrade(answer), f"{host}{path}: {answer.body}"
                assert (answer.seen or {})["version"] == "HTTP/1.1"
                names = {name for name, _ in (answer.seen or {})["headers"]}
                kept = {header.name.lower() for header in before[host, path].headers} - {"upgrade", "connection"}
                assert kept <= names
                plain = client.ask(host, path)
                assert not _sees_upgrade(plain) or before[host, path].forwards_upgrade or '"upgrade"' in plain.body


NAMES = [
    "a.test", "*.test", "*.b.test", "www.a.*", "a.*", ".c.test", r"~^(?<sub>\w+)\.d\.test$", "~D", "~^x", '""', "_",
    "B.test", "deep.a.b.test", "*.a.b.test", "mail.*", "~^www\\.",
]  # fmt: skip
HOSTS = [
    "a.test", "x.test", "x.b.test", "b.test", "www.a.org", "a.org", "c.test", "y.c.test", "q.d.test", "xyz", "A.TEST",
    "www.a.test", "deep.a.b.test", "other.a.b.test", "a.test.", "mail.z", "nothing", "www.d.test", "x.d.test", "a.b.c.d.test",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_server_is_that_of_nginx(seed: int, tmp_path: Path) -> None:
    chance, differences, probes = random.Random(seed), [], 0
    for turn in range(8):
        port, lines = free_port(), []
        names = chance.sample(NAMES, k=len(NAMES))
        default = chance.choice([None, chance.randrange(5)])
        for n in range(5):
            mine = [names.pop() for _ in range(chance.randint(0, 3))]
            listen = f"listen 127.0.0.1:{port}{' default_server' if n == default else ''};"
            lines.append(
                f"server {{ {listen} {f'server_name {chr(32).join(mine)};' if mine else ''} return 200 n{n}; }}"
            )
        text = whole("\n".join(lines) + "\n", tmp_path)
        config = Config.read({"/etc/nginx/nginx.conf": text.encode()}, {})
        with running(text, port, tmp_path), Client(port) as client:
            for host in HOSTS:
                route = config.route(host, port, False, "/")
                mark = config.server(route.server).node.last("return").args[1]
                body = client.ask(host, "/").body
                probes += 1
                if body != mark:
                    differences.append(f"{turn} {host}: model {route.server_names}, nginx {body}\n{lines}")
    assert not differences, f"{len(differences)} of {probes}:\n" + "\n".join(differences[:5])


SCRIPTS = [
    "rewrite ^/old/(.*)$ /new/$1 last;",
    "rewrite ^/old/(.*)$ /new/$1;",
    "rewrite ^/go$ http://else.test/x permanent;",
    "rewrite ^/old /kept? redirect;",
    "rewrite ^/new/(?<rest>.*)$ /ws/$rest?a=b last;",
    "if ($host = s0.test) { return 418; }",
    "if ($http_upgrade = websocket) { rewrite ^/up(.*)$ /ws$1 last; }",
    "if ($http_upgrade ~* ^web) { set $kind ws; }",
    'if ($request_uri ~ "^/old/(a|b)") { return 302 /found/$1; }',
    "if ($scheme != http) { return 400; }",
    "if ($arg_q) { return 403; }",
    "set $kind plain;",
    "set $target http://127.0.0.1:BACKEND;",
]
DEEDS = [
    "proxy_pass http://127.0.0.1:BACKEND;",
    "proxy_pass http://127.0.0.1:BACKEND/base/;",
    "proxy_pass http://127.0.0.1:BACKEND$request_uri;",
    "set $to 127.0.0.1:BACKEND; proxy_pass http://$to;",
    "set $to 127.0.0.1:BACKEND; proxy_pass http://$to/fixed;",
    "try_files $uri $uri/ @app;",
    "try_files $uri /ws/fallback?k=$arg_q;",
    "try_files $uri @deep;",
    "rewrite ^/(.*)$ /cut/$1 break; proxy_pass http://127.0.0.1:BACKEND;",
    'if ($http_upgrade = "websocket") { proxy_pass http://127.0.0.1:BACKEND; } proxy_pass http://127.0.0.1:BACKEND/if/;',
    "proxy_pass http://pool;",
    "proxy_pass http://pool/uri;",
    "internal; proxy_pass http://127.0.0.1:BACKEND;",
    "return 302 https://$host$request_uri;",
    "return 204;",
]
PATHS = ["/", "/old/a", "/old/b?q=1", "/new/x", "/ws/1", "/ws", "/ws/%2Fa%20b", "/up/1?z=1", "/go", "/other/a%3Fb"]


@pytest.mark.parametrize("seed", range(2))
def test_rewriting_ends_where_nginx_ends(seed: int, tmp_path: Path) -> None:
    chance, port, lines = random.Random(seed), free_port(), []
    with backend() as backend_port:
        lines.append(f"upstream pool {{ server 127.0.0.1:1 down; server 127.0.0.1:{backend_port}; }}")
        for n in range(80):
            lines += [f"server {{ listen 127.0.0.1:{port}; server_name s{n}.test; absolute_redirect off;"]
            lines += [
                "set $to x; set $kind x; set $target x; set $rest x;",
                *chance.sample(SCRIPTS, k=chance.choice([0, 0, 1, 2])),
            ]
            for m, name in enumerate(["/", "/ws/", "/new", "/old/", "/cut", "= /ws", "@app", "@deep"]):
                scripts = chance.sample(SCRIPTS, k=chance.choice([0, 0, 0, 1])) if name[0] != "@" else []
                deed = chance.choice(DEEDS if name[0] != "@" else [DEEDS[0], DEEDS[10], DEEDS[3]])
                lines += [f"location {name} {{ add_header X-Mark m{m} always;", *scripts, deed, "}"]
            lines += ["}"]
        text = whole("\n".join(lines).replace("BACKEND", str(backend_port)) + "\n", tmp_path)
        config = Config.read({"/etc/nginx/nginx.conf": text.encode()}, {})
        differences, probes = [], 0
        with running(text, port, tmp_path), Client(port) as client:
            for n in range(80):
                for path in PATHS:
                    answer = client.ask(f"s{n}.test", path, {"Upgrade": "websocket", "Connection": "Upgrade"})
                    route = config.route(f"s{n}.test", port, False, path)
                    probes += 1
                    said = _told(route)
                    was = _was(answer, files=route.kind is RouteKind.FILES)
                    if said != was:
                        differences.append(f"s{n} {path}: model {said} {route.match} {route.position}, nginx {was}")
        (tmp_path / "kept").write_text(text)
    assert not differences, f"{len(differences)} of {probes}: see {tmp_path}\n" + "\n".join(differences[:12])
    assert probes == 800


def _told(route: Route) -> tuple[object, ...]:
    if route.kind is RouteKind.PROXY:
        return "asks", route.backend_path
    if route.kind is RouteKind.FILES:
        return ("files",)
    return route.status, route.redirect or ""


def _was(answer: Answer, *, files: bool) -> tuple[object, ...]:
    if answer.seen:
        return "asks", answer.seen["target"]
    if files and answer.status in {404, 403, 405, 500}:
        return ("files",)
    return answer.status, answer.location
