"""The model against a real HAProxy: which rule answers, what the backend is asked for, whether it sees the upgrade."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.real_haproxy import needs_haproxy, running, version, whole
from tests.drivers.real_nginx import Answer, Client, backend
from wsfix.drivers.haproxy import Config
from wsfix.model.route import Route, RouteKind

Record = Callable[[str, object], None]
pytestmark = needs_haproxy

MAIN = "/etc/haproxy/haproxy.cfg"
CHROME = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
"""HAProxy answers 400 to a handshake without a key."""
PATHS = ["/", "/ws", "/ws/", "/api/ws/", "/api/", "/a", "/x.js", "/be/ws", "/A/"]
HOSTS = ["chat.test", "shop.test", "www.chat.test"]
CONDITIONS = [
    "{ path_beg PATH }", "{ path PATH }", "{ path_end .js }", "{ path_reg ^/(ws|be)/ }", "{ path_sub ws }", "{ path_dir ws }",
    "{ path -m beg PATH PATH }", "{ hdr(host) -i HOST }", "{ hdr_beg(host) HOST }", "{ hdr_dom(host) -i test }", "{ hdr(Upgrade) -i WebSocket }",
    "{ hdr(Connection) -i upgrade }", "{ hdr_cnt(Upgrade) gt 0 }", "{ req.hdr(host),field(1,:) -i HOST }", "{ path,lower -m beg /a }",
    "!{ path_beg PATH }", "! { hdr(Upgrade) -m found }", "is_ws", "!is_ws", "for_chat", "{ method GET }", "{ url_param(q) -m found }", "METH_GET",
    "{ base_beg chat.test:PORT/ws }", "{ query -m sub q=1 }", "{ ssl_fc }", "{ path_len ge 5 }", "{ req.hdr(X-None) -m found }", "HTTP_1.1", "FALSE",
    "{ dst_port PORT }", "{ path -i -m str PATH }", '{ path_beg "PATH" }', "{ path_beg PATH } or { path_end /b }", "{ var(txn.kind) -m str ws }",
]  # fmt: skip
ACTIONS = [
    "http-request replace-path /ws/(.*) /v1/\\1", "http-request replace-path ^PATH(.*) /to/\\1", "http-request set-path /fixed",
    'http-request set-path "%[path,regsub(^/api/,/)]"', "http-request set-path /pre%[path]", "http-request replace-uri ^/(.*)$ /u/\\1",
    "http-request set-query k=%[path]", "http-request del-header Upgrade", "http-request del-header Connection",
    "http-request set-header Connection close", "http-request set-header Connection upgrade", "http-request set-header Upgrade h2c",
    "http-request set-header X-Host %[req.hdr(host)]", "http-request set-header Host inner.test", "http-request set-var(txn.kind) str(ws)",
    "http-request deny", "http-request deny deny_status 404", "http-request redirect location /elsewhere", "http-request redirect scheme https code 301",
    "http-request redirect prefix http://else.test code 307", "redirect prefix /moved", "http-request return status 418", "http-request auth",
    "http-request replace-header Upgrade (.*) x\\1", "http-request allow", "http-request del-header Upgrade unless { hdr(Upgrade) -i websocket }",
    "http-request set-pathq /pq%[path]?z=1",
]  # fmt: skip
TARGETS = [
    "/", "/ws", "/ws/", "/ws/1", "/ws/1?q=1", "/api/ws/7", "/api/x?q=2&r=", "/a", "/a/b", "/A/b", "/x.js", "/be/ws/../x", "//ws/1", "/w%73/1", "/none",
]  # fmt: skip


class Author:
    """Writes random frontends and backends that HAProxy accepts."""

    def __init__(self, seed: int, port: int, backend_port: int) -> None:
        self.random = random.Random(seed)
        self.port = self.here = port
        self.address = f"127.0.0.1:{backend_port}"

    def filled(self, text: str) -> str:
        for word, choices in (("PATH", PATHS), ("HOST", HOSTS)):
            while word in text:
                chosen = self.random.choice(choices)
                text = text.replace(
                    word, chosen + (f":{self.here}" if word == "HOST" and "field" not in text else ""), 1
                )
        return text.replace("PORT", str(self.here))

    def condition(self) -> str:
        chosen = self.random.sample(CONDITIONS, k=self.random.choice([1, 1, 2]))
        return f"{self.random.choice(['if', 'if', 'if', 'unless'])} {self.filled(' '.join(chosen))}"

    def rule(self) -> str:
        action = self.filled(self.random.choice(ACTIONS))
        return action if " unless " in action or self.random.random() < 0.2 else f"{action} {self.condition()}"

    def rules(self, most: int) -> list[str]:
        lines = [self.rule() for _ in range(self.random.randint(0, most))]
        return [line for line in lines if line.startswith("http")] + [
            line for line in lines if line.startswith("redirect")
        ]

    def site(self, number: int) -> list[str]:
        self.here = self.port + number
        lines = [f"frontend f{number}", f"bind 127.0.0.1:{self.here}"]
        named = [
            "acl is_ws hdr(Upgrade) -i websocket",
            f"acl for_chat hdr(host) -i chat.test:{self.here}",
            "acl for_chat hdr_beg(host) www.",
        ]
        lines += [*named, *self.rules(3)]
        lines += [f"use_backend b{number}_{n} {self.condition()}" for n in range(self.random.randint(0, 4))]
        lines += [f"default_backend b{number}_4"] if self.random.random() < 0.7 else []
        for n in range(5):
            lines += [f"backend b{number}_{n}", *named, *self.rules(2), f"http-request set-header X-Mark {n}"]
            servers = [
                f"server s {self.address}",
                f"server t {self.address} disabled",
                f"server u {self.address} backup",
            ]
            lines += self.random.sample(servers, k=self.random.choice([1, 1, 1, 2, 3]))
        return lines


def sees_upgrade(answer: Answer) -> bool:
    headers = (answer.seen or {})["headers"]
    held = {name: {t.strip().lower() for n, v in headers if n == name for t in v.split(",")} for name, _ in headers}
    return "websocket" in held.get("upgrade", set()) and "upgrade" in held.get("connection", set())


def told(route: Route) -> tuple[object, ...]:
    """What the model says, in the words of `was`."""
    if route.kind is RouteKind.PROXY:
        mark = route.header("X-Mark")
        return "asks", route.backend_path, route.forwards_upgrade, mark.value if mark else "none"
    return route.status, route.redirect or ""


def was(answer: Answer) -> tuple[object, ...]:
    """What HAProxy did."""
    if answer.seen:
        mark = next((value for name, value in answer.seen["headers"] if name == "x-mark"), "none")
        return "asks", answer.seen["target"], sees_upgrade(answer), mark
    return answer.status, answer.location


@pytest.mark.parametrize("seed", range(3))
def test_rule_path_and_upgrade_are_those_of_haproxy(
    seed: int, tmp_path: Path, record_testsuite_property: Record
) -> None:
    sites = 40
    port = free_range(sites)
    found: list[str] = []
    counted = {"probes": 0, "proxied": 0, "upgraded": 0, "unsure": 0}
    with backend() as backend_port:
        author = Author(seed, port, backend_port)
        text = whole("\n".join(line for n in range(sites) for line in author.site(n)) + "\n")
        config = Config.read({MAIN: text.encode()}, {}, version=version())
        assert config.problems == ()
        with running(text, port, tmp_path):
            for n in range(sites):
                for path in TARGETS:
                    host = author.random.choice(HOSTS)
                    with Client(port + n) as client:
                        answer = client.ask(f"{host}:{port + n}", path, CHROME)
                    route = config.route(host, port + n, False, path)
                    counted["probes"] += 1
                    counted["proxied"] += answer.seen is not None
                    counted["upgraded"] += answer.seen is not None and sees_upgrade(answer)
                    counted["unsure"] += bool(route.uncertain)
                    if told(route) != was(answer):
                        found.append(
                            f"{host}:{port + n} {path}: model {told(route)} {route.match} {route.position}, HAProxy {was(answer)}"
                        )
    for name, count in counted.items():
        record_testsuite_property(f"haproxy {name}", count)
    assert not found, f"{len(found)} of {counted}: see {tmp_path}\n" + "\n".join(found[:15])
    assert counted["proxied"] > 150
    assert 20 < counted["upgraded"] < counted["proxied"]
    assert counted["unsure"] == 0


def free_range(count: int) -> int:
    """The first of so many free ports in a row, below those that Linux gives to clients."""
    while True:
        first = random.SystemRandom().randrange(15000, 32000)
        if all(_is_free(first + n) for n in range(count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) != 0
