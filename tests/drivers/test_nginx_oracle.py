"""The model against a real nginx: which location answers, what the backend is asked for, whether it sees the upgrade."""

from __future__ import annotations

import random
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.drivers.real_nginx import Answer, Client, backend, free_port, needs_nginx, running, whole
from wsfix.drivers.nginx import Config
from wsfix.model.route import Route, RouteKind

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
    return "" if (route.kind is RouteKind.RETURN) == (answer.seen is None) else f"{path}: {route.kind} {answer}"


@pytest.mark.parametrize("seed", range(3))
def test_location_and_path_are_those_of_nginx(
    seed: int, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    port = free_port()
    with backend() as backend_port:
        author = Author(seed, backend_port)
        lines: list[str] = []
        for n in range(40):
            lines += [f"server {{ listen 127.0.0.1:{port}; server_name s{n}.test;", *author.level(), "}"]
        text = whole("\n".join(lines) + "\n", tmp_path)
        config = Config.read({"/etc/nginx/nginx.conf": text.encode("latin-1")}, {})
        probes, proxied, differences = 0, 0, []
        with running(text, port, tmp_path):
            with Client(port) as client:
                for n in range(40):
                    for _ in range(40):
                        path = author.target()
                        host = f"s{n}.test"
                        answer = client.ask(host, path)
                        route = config.route(host, port, False, path)
                        found = _difference(config, route, answer, path)
                        probes += 1
                        proxied += answer.seen is not None
                        differences += [f"{host} {found}"] if found else []
    record_property("probes", probes)
    record_property("proxied", proxied)
    assert not differences, f"{len(differences)} of {probes}:\n" + "\n".join(differences[:15])
    assert probes >= 1000
