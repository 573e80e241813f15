"""The addresses between which Caddy and HAProxy share out requests: who is asked in turn, who is passed over, who is taken out."""

from __future__ import annotations

import pytest

from wsfix.drivers import caddy, haproxy
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

HAPROXY, CADDY = "/etc/haproxy/haproxy.cfg", "/etc/caddy/Caddyfile"


def backend(lines: str) -> tuple[haproxy.Config, Route]:
    text = f"defaults\n\tmode http\nfrontend web\n\tbind :80\n\tdefault_backend app\nbackend app\n{lines}"
    config = haproxy.Config.read({HAPROXY: text.encode()}, {})
    return config, config.route("chat.test", 80, False, "/ws")


def site(line: str) -> tuple[caddy.Config, Route]:
    config = caddy.Config.read({CADDY: f"http://chat.test {{\n\t{line}\n}}\n".encode()}, {})
    return config, config.route("chat.test", 80, False, "/ws")


def turns(pair: tuple[haproxy.Config | caddy.Config, Route]) -> list[tuple[int, bool, bool]]:
    config, route = pair
    return [(one.upstream.port, one.takes_turn, one.passed_over) for one in config.pool(route)]


A, B = "\tserver a 127.0.0.1:1\n", "\tserver b 127.0.0.1:2\n"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (A + B, [(1, True, False), (2, True, False)]),
        (A + B[:-1] + " backup\n", [(1, True, False), (2, False, False)]),
        (A + B[:-1] + " disabled\n", [(1, True, False)]),
        (A + B[:-1] + " weight 0\n", [(1, True, False)]),
        ("\tbalance first\n" + A + B, [(1, True, False), (2, False, False)]),
        ("\tdefault-server check\n" + A + B[:-1] + " no-check\n", [(1, True, True), (2, True, False)]),
        ("\toption redispatch\n" + A + B, [(1, True, True), (2, True, True)]),
        ("\toption redispatch\n\tretries 0\n" + A + B, [(1, True, False), (2, True, False)]),
        ("\tuse-server b if { path_beg /b }\n" + A + B, []),
    ],
)
def test_the_servers_of_a_backend(lines: str, wanted: list[tuple[int, bool, bool]]) -> None:
    assert turns(backend(lines)) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("reverse_proxy :1 :2", [(1, True, False), (2, True, False)]),
        ("reverse_proxy /ws* localhost:1 {\n\t\tto localhost:2\n\t}", [(1, True, False), (2, True, False)]),
        ("reverse_proxy :1 :2 {\n\t\tlb_policy first\n\t}", [(1, True, False), (2, False, False)]),
        ("reverse_proxy :1 :2 {\n\t\tlb_try_duration 2s\n\t}", [(1, True, True), (2, True, True)]),
        ("reverse_proxy :1 :2 {\n\t\thealth_uri /\n\t}", [(1, True, True), (2, True, True)]),
        ("reverse_proxy {\n\t\tdynamic a app 80\n\t}", []),
    ],
)
def test_the_upstreams_of_a_reverse_proxy(line: str, wanted: list[tuple[int, bool, bool]]) -> None:
    assert turns(site(line)) == wanted


def test_a_server_is_set_aside_once() -> None:
    config, route = backend(A + "\tserver b ${WHERE}:2 weight 5 # old\n")
    gone = config.pool(route)[1]
    after = config.set_aside(route, gone)
    assert b"\tserver b ${WHERE}:2 weight 5 disabled # old\n" in after.files[HAPROXY]
    assert after.set_aside(route, gone).files == after.files


def test_a_template_is_not_set_aside() -> None:
    config, route = backend(A + "\tserver-template b 3 app.test:2\n")
    with pytest.raises(CannotEdit, match="makes several servers"):
        config.set_aside(route, config.pool(route)[1])


def test_the_last_upstream_stays() -> None:
    config, route = site("reverse_proxy :1 :1")
    with pytest.raises(CannotEdit, match="no upstream left"):
        config.set_aside(route, config.pool(route)[0])


def test_an_upstream_leaves_the_list_and_its_line() -> None:
    config, route = site("reverse_proxy /ws* {\n\t\tto :1\n\t\tto :2 :3 # both\n\t}")
    config = config.set_aside(route, config.pool(route)[0])
    config = config.set_aside(route, config.pool(config.route("chat.test", 80, False, "/ws"))[0])
    assert config.files[CADDY] == b"http://chat.test {\n\treverse_proxy /ws* {\n\t\tto :3 # both\n\t}\n}\n"
