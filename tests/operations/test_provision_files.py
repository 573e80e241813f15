"""The files that are made, read back by the drivers: the socket's way is what the site asks for, in every shape of a site."""

from __future__ import annotations

from typing import Any

import pytest

from tests.operations.provisioned import BLANK, drafted, layout, site
from wsfix.drivers import apache, nginx
from wsfix.model.change import Edit, Link
from wsfix.model.ground import HeldFile
from wsfix.model.route import Route, RouteKind
from wsfix.model.site import Site
from wsfix.provision.files import Standing, own_file, standing
from wsfix.provision.layout import Layout

NGINX = b"http {\n    include /etc/nginx/conf.d/*.conf;\n    include /etc/nginx/sites-enabled/*;\n}\n"
APACHE = b"IncludeOptional mods-enabled/*.load\nListen 80\nListen 443\nIncludeOptional sites-enabled/*.conf\n"
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "without tls": {"url": "ws://chat.example.com/api/chat/ws/{user}"},
    "prefix stripped": {
        "url": "wss://chat.example.com/be/ws/{user}",
        "backend": {"port": 8000, "path": "/ws/{user}"},
    },
    "prefix stripped, with pages": {
        "url": "wss://chat.example.com/be/ws/{user}",
        "backend": {"port": 8000, "path": "/ws/{user}"},
        "provision": {"static": "pages"},
    },
    "with pages": {"provision": {"static": "pages"}},
    "two services": {"provision": {"http": {"entrypoint": "x.wsgi:app", "port": 8001}}},
    "one path": {"url": "wss://chat.example.com/api/v1/ws"},
    "every path": {"url": "wss://chat.example.com/"},
    "Socket.IO": {"url": "ws://chat.example.com/ws", "protocol": "socketio"},
    "another port": {"url": "wss://chat.example.com:8443/ws"},
}


def route_of(kind: str, wanted: Site, path: str) -> Route:
    """What the driver says of the files that a blank host is given."""
    changes = drafted(layout(wanted)).plan.changes
    files = {change.path: change.after for change in changes if isinstance(change, Edit) and change.after is not None}
    links = {change.path: change.target for change in changes if isinstance(change, Link)}
    if kind == "nginx":
        read = nginx.Config.read({**files, "/etc/nginx/nginx.conf": NGINX}, links, version="1.22.1")
        assert not read.problems
        return read.route(wanted.host, wanted.port, wanted.tls, path)
    modules = ("proxy", "proxy_http", "headers", "ssl", "rewrite")
    own = {path: data for path, data in files.items() if path.startswith("/etc/apache2/")}
    held = {**own, "/etc/apache2/apache2.conf": APACHE}
    enabled = {path: target for path, target in links.items() if "/sites-enabled/" in path}
    read = apache.Config.read(held, enabled, version="2.4.65", modules=modules)
    assert not read.problems
    return read.route(wanted.host, wanted.port, wanted.tls, path)


def of(kind: str, shape: str) -> Site:
    return site(**{**SHAPES[shape], "proxy": {"kind": kind}, "idle_seconds": 1800})


@pytest.mark.parametrize("kind", ["nginx", "apache"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_socket_goes_to_the_backend_as_an_upgrade(kind: str, shape: str):
    wanted = of(kind, shape)
    found = route_of(kind, wanted, wanted.path)
    assert found.kind is RouteKind.PROXY
    assert found.named
    assert found.forwards_upgrade, found.why_not
    assert found.upstream
    assert (found.upstream.host, found.upstream.port) == ("127.0.0.1", 8000)
    assert (found.backend_path or wanted.path) == wanted.backend_path
    assert found.idle_seconds >= 1800


@pytest.mark.parametrize("kind", ["nginx", "apache"])
@pytest.mark.parametrize(
    ("shape", "path", "port", "inner"),
    [
        ("plain", "/api/chat/test", 8000, "/api/chat/test"),
        ("prefix stripped", "/be/api/me", 8000, "/api/me"),
        ("prefix stripped, with pages", "/be/api/me", 8000, "/api/me"),
        ("two services", "/api/chat/test", 8001, "/api/chat/test"),
        ("one path", "/other", 8000, "/other"),
    ],
)
def test_all_else_goes_to_the_application(kind: str, shape: str, path: str, port: int, inner: str):
    found = route_of(kind, of(kind, shape), path)
    assert found.kind is RouteKind.PROXY
    assert found.upstream
    assert (found.upstream.port, found.backend_path or path) == (port, inner)


def test_a_file_tells_whether_it_is_as_it_was_made():
    made = own_file("/x", "systemd/environment.conf.j2", file="/etc/chat.env")

    def stands(content: bytes | None) -> Standing:
        return standing(_holding(content), "/x")

    assert stands(made.content) is Standing.MADE
    assert stands(made.content + b"\n") is Standing.EDITED
    assert stands(made.content.replace(b"chat", b"other")) is Standing.EDITED
    assert stands(b"# made by wsfix provision\nwithout a digest\n") is Standing.EDITED
    assert stands(None) is Standing.FOREIGN
    assert standing(BLANK, "/x") is Standing.ABSENT


def _holding(content: bytes | None) -> Any:
    return BLANK.__class__(
        root=True, distribution="debian", version="13", files={"/x": HeldFile("/x", "0" * 64, content)}
    )


def test_an_ecosystem_reads_the_env_file_and_names_no_value():
    wanted = site(
        service={"manager": "pm2", "name": "chat", "user": "chat", "ecosystem": "/opt/chat/ecosystem.config.js"},
        env={"file": "/etc/chat/chat.env", "values": {"JWT_SECRET": {"from_env": "X"}}},
    )
    one: Layout = layout(wanted)
    files = {change.path: change.after or b"" for change in drafted(one).plan.changes if isinstance(change, Edit)}
    text = files["/opt/chat/ecosystem.config.js"].decode()
    assert 'readFileSync("/etc/chat/chat.env"' in text
    assert "JWT_SECRET" not in text
    assert b"PM2_HOME=/var/lib/chat/.pm2" in files["/etc/systemd/system/pm2-chat.service"]
