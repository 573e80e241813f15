"""What a site's URL means: host, port, path, prefix, origins, and what the backend is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from wsfix.model.service import Service
from wsfix.model.site import Site
from wsfix.model.words import looks_secret


def site(url: str = "wss://chat.example.com/ws", **more: Any) -> Site:
    return Site.model_validate({"name": "chat", "url": url, **more})


@pytest.mark.parametrize(
    ("url", "tls", "host", "port", "path"),
    [
        pytest.param("wss://chat.example.com/ws", True, "chat.example.com", 443, "/ws", id="the usual"),
        pytest.param("ws://chat.example.com/ws", False, "chat.example.com", 80, "/ws", id="without TLS"),
        pytest.param("wss://Chat.Example.COM", True, "chat.example.com", 443, "/", id="capitals and no path"),
        pytest.param("WSS://x/", True, "x", 443, "/", id="a scheme in capitals"),
        pytest.param("wss://x:8443/a/b/", True, "x", 8443, "/a/b/", id="a port and a slash at the end"),
        pytest.param("ws://x:443/", False, "x", 443, "/", id="the other scheme's port"),
        pytest.param("wss://[::1]/ws", True, "::1", 443, "/ws", id="IPv6"),
        pytest.param("ws://[2001:DB8::1]:8080/ws", False, "2001:db8::1", 8080, "/ws", id="IPv6 with a port"),
        pytest.param("wss://192.0.2.7/ws", True, "192.0.2.7", 443, "/ws", id="IPv4"),
        pytest.param("wss://x/a%20b", True, "x", 443, "/a%20b", id="an escaped blank stays"),
        pytest.param("wss://x//a//", True, "x", 443, "//a//", id="slashes stay"),
    ],
)
def test_a_url_is_read(url: str, tls: bool, host: str, port: int, path: str):
    read = site(url)
    assert (read.tls, read.host, read.port, read.path) == (tls, host, port, path)


@pytest.mark.parametrize(
    ("url", "values", "path", "prefix", "has"),
    [
        ("wss://x/ws", {}, "/ws", "/ws", False),
        ("wss://x/ws/{user}", {}, "/ws/1", "/ws/", True),
        ("wss://x/ws/{user}", {"user": "wsfix"}, "/ws/wsfix", "/ws/", True),
        ("wss://x/{a}/ws/{b}", {"b": "2"}, "/1/ws/2", "/", True),
        ("wss://x/ws/{a}{b}", {"a": "x"}, "/ws/x1", "/ws/", True),
        ("wss://x/ws-{room}/chat", {"room": "5"}, "/ws-5/chat", "/ws-", True),
        ("wss://x", {}, "/", "/", False),
    ],
)
def test_a_placeholder_stands_for_a_value(url: str, values: dict[str, str], path: str, prefix: str, has: bool):
    read = site(url, probe={"path_values": values})
    assert (read.path, read.prefix, read.has_placeholder) == (path, prefix, has)


@pytest.mark.parametrize(
    ("backend", "path"),
    [
        (None, "/be/ws/7"),
        ({"port": 1}, "/be/ws/7"),
        ({"port": 1, "path": "/ws/{id}"}, "/ws/7"),
        ({"port": 1, "path": "/ws/{other}"}, "/ws/1"),
        ({"port": 1, "path": "/"}, "/"),
    ],
)
def test_the_backend_is_asked_for_its_own_path(backend: dict[str, Any] | None, path: str):
    assert site("wss://x/be/ws/{id}", backend=backend, probe={"path_values": {"id": "7"}}).backend_path == path


@pytest.mark.parametrize(
    ("url", "origins", "expected"),
    [
        pytest.param("wss://chat.example.com/ws", [], ("https://chat.example.com",), id="the URL's own"),
        pytest.param("ws://chat.example.com/ws", [], ("http://chat.example.com",), id="without TLS"),
        pytest.param("wss://x:8443/ws", [], ("https://x:8443",), id="with its port"),
        pytest.param("wss://x:443/ws", [], ("https://x",), id="the default port is left out"),
        pytest.param("ws://x:443/ws", [], ("http://x:443",), id="the other scheme's port is not"),
        pytest.param("wss://[::1]:8443/ws", [], ("https://[::1]:8443",), id="IPv6 in brackets"),
        pytest.param("wss://x/ws", ["https://a", "http://b:8080"], ("https://a", "http://b:8080"), id="those of the inventory"),
    ],
)  # fmt: skip
def test_the_pages_that_open_the_socket_have_these_origins(url: str, origins: list[str], expected: tuple[str, ...]):
    assert site(url, origins=origins).page_origins == expected


@pytest.mark.parametrize("origin", ["https://a", "http://a:8080", "https://[::1]", "HTTPS://A.example"])
def test_an_origin_is_accepted(origin: str):
    assert site(origins=[origin]).origins == (origin,)


@pytest.mark.parametrize(
    "origin", ["a", "https://", "https://a/", "https://a?x", "https://a#x", "wss://a", "null", "*", ""]
)
def test_what_is_no_origin_is_refused(origin: str):
    with pytest.raises(ValueError, match="must be an origin"):
        site(origins=[origin])


@pytest.mark.parametrize(
    ("name", "unit"), [("chat", "chat.service"), ("chat.service", "chat.service"), ("chat@a", "chat@a.service")]
)
def test_a_unit_has_its_full_name(name: str, unit: str):
    assert Service(name=name).unit == unit


@pytest.mark.parametrize("name", ["", "-x", "a b", "a;b", "a/b", "$(id)", "a'b", "a\nb"])
def test_what_is_no_unit_is_refused(name: str):
    with pytest.raises(ValueError, match="must be a unit's name"):
        Service(name=name)


@pytest.mark.parametrize(
    "name",
    ["JWT_SECRET", "db_password", "API-KEY", "X-Api-Key", "TOKEN", "Authorization", "cookie", "AWS_ACCESS_KEY_ID", "SIGNING_KEY", "PrivateThing"],
)  # fmt: skip
def test_a_name_says_that_its_value_is_a_secret(name: str):
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["LOG_LEVEL", "PORT", "CORS_ORIGINS", "KEYBOARD", "MONKEY", "HOST", "", "AUTHOR"])
def test_other_names_do_not(name: str):
    assert not looks_secret(name)


def test_silence_is_allowed_for_an_hour_where_nothing_is_said():
    assert (site().idle_or_default, site(idle_seconds=90).idle_or_default, site().idle_seconds) == (3600, 90, None)


def test_a_site_does_not_change():
    with pytest.raises(ValueError, match="frozen"):
        site().name = "other"
