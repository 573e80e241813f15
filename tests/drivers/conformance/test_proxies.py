"""What every proxy's driver must do, whatever its language: whoever adds a proxy is done when this passes."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.drivers.conformance.dialects import BEFORE_FILE, DIALECTS, Dialect, Entry
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route, RouteKind

proxies = pytest.mark.parametrize("proxy", DIALECTS, ids=lambda dialect: dialect.name)


def ask(config: Any, path: str, host: str = "chat.test", *, tls: bool = False) -> Route:
    return config.route(host, 443 if tls else 80, tls, path)


@proxies
class TestReading:
    def test_nothing_is_lost(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"), Entry("/ws/", 8001, upgrade=True))
        assert all(data.startswith(BEFORE_FILE) for data in config.files.values())
        again = proxy.read(dict(config.files), dict(config.links))
        assert again.changed(config) == {}
        assert config.problems == ()
        path = f"{proxy.available}/chat.conf"
        assert config.with_file(path, config.files[path]) is config
        assert config.with_file(path, b"").changed(config) == {path: (config.files[path], b"")}

    def test_links_are_followed_and_told(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"))
        assert {f"{proxy.enabled}/chat.conf", f"{proxy.available}/chat.conf", proxy.main} <= set(config.loaded)
        assert ask(config, "/").position.path == f"{proxy.available}/chat.conf"

    def test_a_main_file_that_does_not_close_is_refused(self, proxy: Dialect) -> None:
        with pytest.raises(UnreadableConfig) as refused:
            proxy.read({proxy.main: proxy.unclosed}, {})
        assert refused.value.path == proxy.main
        with pytest.raises(UnreadableConfig):
            proxy.read({}, {})

    def test_a_site_that_does_not_close_is_a_problem_and_is_not_edited(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"))
        path = f"{proxy.available}/other.conf"
        broken = config.with_file(path, proxy.unclosed)
        assert [problem.position.path for problem in broken.problems] == [path]
        assert ask(broken, "/").kind is RouteKind.PROXY
        with pytest.raises(CannotEdit):
            broken.add_server_name(Position(path, 1), "x.test")

    def test_names_in_files_that_are_not_read(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"))
        path = f"{proxy.available}/old.conf"
        text = proxy.server("old.test", [Entry("/")])
        ((place, line, words),) = config.with_file(path, text.encode()).unloaded_names("old.test")
        assert (place, "old.test" in words) == (path, True)
        assert "old.test" in text.splitlines()[line - 1]


@proxies
class TestRoutes:
    def test_the_most_specific_entry_and_the_rest_of_the_path(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"), Entry("/api/", 8001, "/v1/"), Entry("/api/ws/", 8002, upgrade=True, idle=3600))
        told = {path: ask(config, path) for path in ("/x?a=b", "/api/a%20b", "/api/ws/7?t=1")}
        assert [route.kind for route in told.values()] == [RouteKind.PROXY] * 3
        assert [route.upstream.address for route in told.values() if route.upstream] == [
            f"127.0.0.1:800{n}" for n in range(3)
        ]
        assert [route.backend_path for route in told.values()] == ["/x?a=b", "/v1/a%20b", "/api/ws/7?t=1"]
        assert [route.idle_seconds for route in told.values()] == [proxy.default_idle, proxy.default_idle, 3600]
        for route, prefix in zip(told.values(), ("/", "/api/", "/api/ws/"), strict=True):
            line = config.files[route.position.path].splitlines()[route.position.line - 1].decode("latin-1")
            assert f" {proxy.path(prefix)} " in f"{line} "
            assert prefix in route.match
            assert route.uncertain == ()

    def test_the_upgrade_and_why_it_is_not_forwarded(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/", 8000), Entry("/ws/", 8001, upgrade=True))
        forwarding, dropping = ask(config, "/ws/1"), ask(config, "/x")
        assert (forwarding.forwards_upgrade, forwarding.why_not, forwarding.http_version) == (True, "", "1.1")
        assert not dropping.forwards_upgrade
        assert dropping.why_not

    def test_servers_are_chosen_by_name_and_port(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/"), tls=True)
        assert ask(config, "/", tls=True).server_names == ("chat.test",)
        assert (ask(config, "/", "other.test").named, ask(config, "/", "nobody.test").named) == (True, False)
        assert ask(config, "/", tls=True).certificate == "/etc/ssl/a.pem"
        assert ask(config, "/", "other.test").certificate is None
        nowhere = config.route("chat.test", 8080, False, "/")
        assert (nowhere.kind, "8080" in nowhere.why_not) == (RouteKind.NONE, True)
        assert [server.names for server in config.listens_on(443)] == [("chat.test",)]
        assert config.listens_on(8080) == ()

    def test_files_end_a_route(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/api/"), files=True)
        assert (ask(config, "/ws/1").kind, ask(config, "/api/x").kind) == (RouteKind.FILES, RouteKind.PROXY)

    def test_what_climbs_above_the_root_is_refused(self, proxy: Dialect) -> None:
        assert ask(proxy.host(Entry("/")), "/../etc").status == proxy.climbing

    def test_servers_that_proxy_to_a_port(self, proxy: Dialect) -> None:
        config = proxy.host(Entry("/", 8123))
        assert config.servers_that_proxy_to("127.0.0.1", 8123, 80) == [ask(config, "/").server]
        assert config.servers_that_proxy_to("127.0.0.1", 8124, 80) == []


@dataclass(frozen=True)
class Verb:
    """One change: the site before it, what is asked, and what the route must say after it."""

    name: str
    entries: tuple[Entry, ...]
    do: Callable[[Any, Route], Any]
    holds: Callable[[Route], bool]
    most_lines: int = 1
    """How many lines may be new; as many of the old ones may go."""
    files: bool = False
    tls: bool = False
    path: str = "/ws/7"


WS = Entry("/ws/", 8000)
VERBS = [
    Verb("forward_upgrade", (WS,), lambda c, r: c.forward_upgrade(r), lambda r: r.forwards_upgrade, 14),
    Verb(
        "add_websocket_location",
        (Entry("/", 3000),),
        lambda c, r: c.add_websocket_location(r.server, "/ws/", "127.0.0.1", 8000),
        lambda r: (r.upstream and r.upstream.port, r.backend_path, r.forwards_upgrade, r.idle_seconds >= 3600) == (8000, "/ws/7", True, True),
        24,
    ),
    Verb(
        "add_websocket_location before files",
        (),
        lambda c, r: c.add_websocket_location(r.server, "/ws/", "127.0.0.1", 8000, uri="/socket/", idle_seconds=7200),
        lambda r: (r.kind, r.backend_path, r.idle_seconds >= 7200) == (RouteKind.PROXY, "/socket/7", True),
        24,
        files=True,
    ),
    Verb("retarget", (WS,), lambda c, r: c.retarget(r, "localhost", 9000), lambda r: r.upstream is not None and r.upstream.address == "localhost:9000"),
    Verb("retarget to IPv6", (WS,), lambda c, r: c.retarget(r, "::1", 9000), lambda r: r.upstream is not None and r.upstream.address == "[::1]:9000"),
    Verb("set_upstream_uri", (WS,), lambda c, r: c.set_upstream_uri(r, "/v1/"), lambda r: r.backend_path == "/v1/7", 2),
    Verb("set_upstream_uri to none", (Entry("/ws/", 8000, "/v1/"),), lambda c, r: c.set_upstream_uri(r, None), lambda r: r.backend_path == "/ws/7", 2),
    Verb("align_slash", (Entry("/ws/", 8000, "/v1"),), lambda c, r: c.align_slash(r), lambda r: r.backend_path == "/v1/7"),
    Verb("align_slash the other way", (Entry("/ws", 8000, "/v1/"),), lambda c, r: c.align_slash(r), lambda r: r.backend_path == "/v1/7"),
    Verb("add_server_name", (WS,), lambda c, r: c.add_server_name(r.server, "www.chat.test"), lambda r: "www.chat.test" in r.server_names),
    Verb("set_certificate", (WS,), lambda c, r: c.set_certificate(r.server, "/etc/ssl/b.pem", "/etc/ssl/b.pem.key"), lambda r: r.certificate == "/etc/ssl/b.pem", 2, tls=True),
]  # fmt: skip
verbs = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)


def done(proxy: Dialect, verb: Verb, ending: str = "\n") -> tuple[Any, Any]:
    config = proxy.host(*verb.entries, tls=verb.tls, files=verb.files, ending=ending)
    return config, verb.do(config, ask(config, verb.path, tls=verb.tls))


@proxies
@verbs
class TestVerbs:
    def test_the_route_says_so_afterwards(self, proxy: Dialect, verb: Verb) -> None:
        before, after = done(proxy, verb)
        assert not verb.holds(ask(before, verb.path, tls=verb.tls))
        assert verb.holds(ask(after, verb.path, tls=verb.tls)), ask(after, verb.path, tls=verb.tls)
        assert after.problems == ()

    def test_twice_is_once(self, proxy: Dialect, verb: Verb) -> None:
        _, after = done(proxy, verb)
        again = verb.do(after, ask(after, verb.path, tls=verb.tls))
        assert again.changed(after) == {}

    def test_few_lines_of_one_site_are_touched(self, proxy: Dialect, verb: Verb) -> None:
        before, after = done(proxy, verb)
        site = f"{proxy.available}/chat.conf"
        changes = after.changed(before)
        assert site in changes
        assert {path for path, (was, _) in changes.items() if was is not None} <= {site, proxy.main}
        was, now = (data.split(b"\n") for data in changes[site])
        lines = [line[0] for line in difflib.ndiff([repr(one) for one in was], [repr(one) for one in now])]
        assert lines.count("+") <= verb.most_lines
        assert proxy.shorter or lines.count("-") <= lines.count("+")
        assert lines.count("-") <= 2

    def test_the_other_site_goes_on_as_before(self, proxy: Dialect, verb: Verb) -> None:
        before, after = done(proxy, verb)
        for path in ("/", "/ws/7"):
            one, other = ask(before, path, "other.test"), ask(after, path, "other.test")
            assert one == other

    def test_line_endings_and_bytes_are_kept(self, proxy: Dialect, verb: Verb) -> None:
        before, after = done(proxy, verb, "\r\n")
        for path, (was, now) in after.changed(before).items():
            if was is not None:
                assert now.startswith(BEFORE_FILE), path
                assert now.count(b"\n") - now.count(b"\r\n") == was.count(b"\n") - was.count(b"\r\n"), path

    def test_a_route_of_another_state_is_refused(self, proxy: Dialect, verb: Verb) -> None:
        config = proxy.host(*verb.entries, tls=verb.tls, files=verb.files)
        route = ask(config, verb.path, tls=verb.tls)
        site = f"{proxy.available}/chat.conf"
        shifted = config.with_file(site, b"# one more\n# and more\n" + config.files[site])
        with pytest.raises(CannotEdit):
            verb.do(shifted, route)


@proxies
def test_an_entry_that_is_there_already_is_not_written_over(proxy: Dialect) -> None:
    config = proxy.host(Entry("/ws/", 1))
    with pytest.raises(CannotEdit, match="already"):
        config.add_websocket_location(ask(config, "/ws/1").server, "/ws/", "127.0.0.1", 8000)
