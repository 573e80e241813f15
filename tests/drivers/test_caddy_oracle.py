"""The model against a real Caddy: which directive answers, what the backend is asked for, whether it sees the upgrade."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.real_caddy import OPTIONS, needs_caddy, running, version
from tests.drivers.real_nginx import Answer, Client, backend, free_port
from wsfix.drivers.caddy import Config
from wsfix.model.route import Route, RouteKind

Record = Callable[[str, object], None]
pytestmark = needs_caddy

SEGMENTS = ["a", "b", "ws", "api", "x.js", "A", "be"]
UPGRADE = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade"}
MATCHERS = [
    "path /ws/*", "path /a/* /b/*", "path *.js", "path_regexp ^/ws", "method GET", "method POST", "not path /ws/*",
    "header Connection *Upgrade*", "header Upgrade websocket", "path /a", "host other.test", "path */ws",
]  # fmt: skip
REWRITES = [
    "rewrite * /new{uri}", "rewrite /a/* /b{uri}", "rewrite /ws/* /w{path}?k=v", "uri strip_prefix /ws", "uri strip_prefix /a",
    "uri strip_suffix .js", "uri replace /ws/ /v1/", "uri replace a bb 1", "rewrite * {path}/x", "uri /a/* strip_prefix /a/b",
    "rewrite /ws /flat", "uri replace /a /", "rewrite * ?z=1",
]  # fmt: skip


class Author:
    """Writes random sites that Caddy accepts."""

    def __init__(self, seed: int, backend_port: int) -> None:
        self.random = random.Random(seed)
        self.backend = backend_port
        self.marks = 0

    def site(self) -> list[str]:
        lines = []
        for n in range(self.random.randint(0, 2)):
            lines += [f"@m{n} {{", *self.random.sample(MATCHERS, k=self.random.randint(1, 2)), "}"]
            self.named = n + 1
        if not lines:
            self.named = 0
        return lines + self.level(0)

    def level(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 5 if depth == 0 else 3)):
            lines += self.directive(depth)
        return lines

    def directive(self, depth: int) -> list[str]:
        chance = self.random.random()
        if chance < 0.35 and depth < 3:
            name = self.random.choice(["handle", "handle", "handle_path", "route"])
            matcher = self.pattern() if name == "handle_path" else self.matcher()
            return [f"{name} {matcher} {{", *self.level(depth + 1), "}"]
        if chance < 0.5:
            return [self.random.choice(REWRITES)]
        return [self.answer()]

    def answer(self) -> str:
        self.marks += 1
        matcher, chance = self.matcher(), self.random.random()
        if chance < 0.55:
            return f"reverse_proxy {matcher} 127.0.0.1:{self.backend}"
        if chance < 0.8:
            return f'respond {matcher} "m{self.marks}" {self.random.choice([200, 404, 418])}'
        if chance < 0.9:
            return f"redir {matcher} https://else.test{{uri}} {self.random.choice([301, 302, 308])}"
        return f'error {matcher} "gone" 410' if matcher != "*" else 'error * "gone" 410'

    def matcher(self) -> str:
        kinds = ["*", "", self.pattern(), self.pattern(), *[f"@m{n}" for n in range(self.named)]]
        return self.random.choice(kinds)

    def pattern(self) -> str:
        path = self.path()
        return self.random.choice([path, f"{path.rstrip('/')}/*", f"{path}*", f"{path}*"])

    def path(self) -> str:
        parts = self.random.choices(SEGMENTS, k=self.random.randint(1, 3))
        return "/" + "/".join(parts) + ("/" if self.random.random() < 0.3 else "")

    def target(self) -> str:
        """A request target, some of them odd."""
        path = self.path()
        tricks = [
            lambda p: p,
            lambda p: p,
            lambda p: p,
            lambda p: p.rstrip("/") or "/",
            lambda p: p + "x",
            lambda p: p.replace("/", "//", 1),
            lambda p: p.replace("a", "%61", 1),
            lambda p: p + "/%2Fws",
            lambda p: p + "?q=1&r=%20",
            lambda p: p + "/../ws/1",
            lambda p: p + "/%C3%A9%7B",
            lambda p: p.upper(),
        ]
        return self.random.choice(tricks)(path)


def told(route: Route) -> tuple[object, ...]:
    if route.kind is RouteKind.PROXY:
        return "asks", route.backend_path
    if route.kind is RouteKind.FILES:
        return ("files",)
    return route.status, route.redirect or ""


def was(answer: Answer) -> tuple[object, ...]:
    if answer.seen:
        return "asks", answer.seen["target"]
    return answer.status, answer.location


@pytest.mark.parametrize("seed", range(3))
def test_route_and_path_are_those_of_caddy(seed: int, tmp_path: Path, record_testsuite_property: Record) -> None:
    port, count = free_port(), 60
    with backend() as backend_port:
        author = Author(seed, backend_port)
        lines: list[str] = []
        for n in range(count):
            lines += [f"http://s{n}.test:{port} {{", *author.site(), "}"]
        text = OPTIONS + "\n".join(lines) + "\n"
        config = Config.read({"/etc/caddy/Caddyfile": text.encode()}, {}, version=version())
        probes, proxied, unsure, differences = 0, 0, 0, []
        with running(text, port, tmp_path), Client(port) as client:
            for host, path in [(f"s{n}.test", author.target()) for n in range(count) for _ in range(25)]:
                answer = client.ask(host, path, UPGRADE)
                route = config.route(host, port, False, path)
                probes += 1
                proxied += answer.seen is not None
                unsure += bool(route.uncertain)
                if not route.uncertain and told(route) != was(answer):
                    differences.append(
                        f"{host} {path}: model {told(route)} {route.match} {route.position}, Caddy {was(answer)}"
                    )
    record_testsuite_property("caddy probes", probes)
    record_testsuite_property("caddy proxied", proxied)
    (tmp_path / "kept").write_text(text)
    assert not differences, f"{len(differences)} of {probes}: see {tmp_path}\n" + "\n".join(differences[:15])
    assert probes == count * 25
    assert proxied > 200
    assert unsure < probes // 10


LINES = [
    "header_up -Upgrade", "header_up -Connection", "header_up Connection Upgrade", "header_up Connection {>Connection}",
    "header_up Upgrade {>Upgrade}", "header_up Upgrade websocket", "header_up Connection close", "header_up Upgrade h2c",
    "header_up Upgrade {header.Upgrade}", "header_up Connection {http.request.header.Connection}",
    "header_up -Up*", "header_up Host {upstream_hostport}", "header_up X-Other 1", "header_up -X-*", "header_up -*ade",
]  # fmt: skip
EARLIER = ["request_header -Upgrade", "request_header Connection keep-alive", "request_header X-Early 1"]


def sees_upgrade(answer: Answer) -> bool:
    headers = (answer.seen or {"headers": []})["headers"]
    tokens = {name: {t.strip().lower() for n, v in headers if n == name for t in v.split(",")} for name, _ in headers}
    return "websocket" in tokens.get("upgrade", set()) and "upgrade" in tokens.get("connection", set())


def forwarding(seed: int, port: int, backend_port: int) -> str:
    chance, lines = random.Random(seed), []
    for n in range(120):
        early = chance.sample(EARLIER, k=chance.choice([0, 0, 0, 1]))
        late = chance.sample(LINES, k=chance.choice([0, 1, 1, 2, 3]))
        lines += [f"http://s{n}.test:{port} {{", *early, f"reverse_proxy 127.0.0.1:{backend_port} {{", *late, "}", "}"]
    return OPTIONS + "\n".join(lines) + "\n"


def test_the_upgrade_is_forwarded_as_the_model_says(tmp_path: Path, record_testsuite_property: Record) -> None:
    port = free_port()
    with backend() as backend_port:
        text = forwarding(5, port, backend_port)
        config = Config.read({"/etc/caddy/Caddyfile": text.encode()}, {}, version=version())
        mended, differences, forwarded = config, [], 0
        with running(text, port, tmp_path), Client(port) as client:
            for n in range(120):
                route = config.route(f"s{n}.test", port, False, "/ws")
                seen = sees_upgrade(client.ask(f"s{n}.test", "/ws", UPGRADE))
                forwarded += seen
                if seen != route.forwards_upgrade:
                    differences.append(f"s{n}: Caddy {seen}, model {route.why_not}, line {route.position.line}")
                assert route.forwards_upgrade == (not route.why_not)
        assert not differences, "\n".join([*differences[:10], text])
        assert 20 < forwarded < 110
        for n in range(120):
            mended = mended.forward_upgrade(mended.route(f"s{n}.test", port, False, "/ws"))
        (data,) = mended.files.values()
        other = free_port()
        with running(data.decode().replace(f":{port}", f":{other}"), other, tmp_path), Client(other) as client:
            assert all(sees_upgrade(client.ask(f"s{n}.test", "/ws", UPGRADE)) for n in range(120))
    record_testsuite_property("caddy forwarding", 120)


HOSTS = ["a.test", "x.test", "deep.a.test", "b.test", "A.TEST", "nothing.org", "x.b.test", "y.x.b.test"]
NAMES = ["http://a.test", "http://*.test", "http://deep.a.test", "http://*.b.test", "http://", "http://b.test"]


@pytest.mark.parametrize("seed", range(6))
def test_the_site_is_that_of_caddy(seed: int, tmp_path: Path) -> None:
    chance, port = random.Random(seed), free_port()
    names, lines = chance.sample(NAMES, k=len(NAMES)), []
    while names:
        mine = [names.pop() for _ in range(min(len(names), chance.randint(1, 2)))]
        shown = ", ".join(f"{name}:{port}" for name in mine)
        lines += [f"{shown} {{", f"\trespond n{len(lines)}", "}"]
    text = OPTIONS + "\n".join(lines) + "\n"
    config = Config.read({"/etc/caddy/Caddyfile": text.encode()}, {}, version=version())
    with running(text, port, tmp_path), Client(port) as client:
        for host in HOSTS:
            route = config.route(host, port, False, "/")
            held = config.site(route.server).node.last("respond")
            assert held is not None
            assert client.ask(host, "/").body == held.args[0], f"{host}\n{text}"
