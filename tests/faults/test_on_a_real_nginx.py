"""The faults of nginx on a real one: broken, named by real handshakes, mended as planned, and asked again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.drivers.real_nginx import free_port, needs_nginx, running, temporary
from tests.facts.shells import debian
from wsfix.facts import unix
from wsfix.judge import judge
from wsfix.model.change import Edit
from wsfix.model.inside import FileSeen, Inside, Listener, Process, ProxyState
from wsfix.model.observation import Observation
from wsfix.model.site import Site
from wsfix.model.walk import Place
from wsfix.plan import Consent, plan
from wsfix.probes.stream import dial_tcp
from wsfix.probes.walk import walk_from_host, walk_outside

pytestmark = needs_nginx

NAME = "chat.example.com"
PATH = "/api/ws/1"
MAP = "map $http_upgrade $connection_upgrade { default ''; ~*^websocket$ upgrade; }\n"
LOCATION = """    location /api/ws/ {
        proxy_pass http://127.0.0.1:@BACKEND@;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Host $http_host;
    }
"""
CONNECTION = "        proxy_set_header Connection $connection_upgrade;\n"
Lets = Callable[[Headers], int]
"""The status of a refusal, or 0."""


@dataclass(frozen=True)
class Ill:
    """A way to break the healthy site; `instead` replaces pieces of its text, `server` and `location` add lines."""

    fault: str
    status: int | None
    location: str = ""
    server: str = ""
    http: str = ""
    instead: Mapping[str, str] | None = None
    lets: Lets = lambda _headers: 0
    drift: bool = False
    more: Mapping[str, Any] | None = None


def _same_host(headers: Headers) -> int:
    hosts = headers.get_all("Host")
    if len(hosts) != 1:
        return 400
    return 0 if headers.get("Origin", "").partition("://")[2] == hosts[0] else 403


ILL = {
    "auth-basic": Ill("nginx-auth-basic", 401, server='auth_basic "staff"; auth_basic_user_file none;'),
    "limit-req": Ill(
        "nginx-limit-conn-req",
        503,
        location="limit_req zone=one;",
        http="limit_req_zone $server_name zone=one:1m rate=1r/m;",
    ),
    "short-buffers": Ill(
        "nginx-token-too-long",
        400,
        server="connection_pool_size 128; client_header_buffer_size 64; large_client_header_buffers 1 128;",
    ),
    "maintenance": Ill("nginx-location-refuses", 503, location="return 503;"),
    "internal": Ill("nginx-location-refuses", 404, location="internal;"),
    "everything-else-is-404": Ill(
        "nginx-location-refuses", 404, instead={LOCATION: "    location / { return 404; }\n"}
    ),
    "rewrite": Ill("nginx-rewrite-breaks-path", 403, location="rewrite ^/api/(.*)$ /$1 break;"),
    "underscore": Ill(
        "nginx-underscore-header",
        403,
        lets=lambda headers: 0 if headers.get("access_token") == "let-me-in" else 403,
        more={"probe": {"headers_from_env": {"access_token": "REAL_NGINX_TOKEN"}}},
    ),
    "doubled-host": Ill(
        "nginx-duplicate-proxy-set-header",
        400,
        instead={CONNECTION: f"{CONNECTION}        proxy_set_header Host {NAME};\n"},
        lets=_same_host,
    ),
    "host-without-port": Ill("host-port-stripped", 403, instead={"$http_host": "$host"}, lets=_same_host),
    "no-headers": Ill("nginx-handshake-altered", None, location="proxy_pass_request_headers off;"),
    "hidden-upgrade": Ill("nginx-handshake-altered", 101, location="proxy_hide_header Upgrade;"),
    "hidden-accept": Ill("nginx-handshake-altered", 101, location="proxy_hide_header Sec-WebSocket-Accept;"),
    "fixed-key": Ill(
        "nginx-handshake-altered",
        101,
        instead={CONNECTION: f"{CONNECTION}        proxy_set_header Sec-WebSocket-Key dGhlIHNhbXBsZSBub25jZQ==;\n"},
    ),
    "no-socket": Ill(
        "nginx-upstream-unix-socket", 502, instead={"http://127.0.0.1:@BACKEND@": "http://unix:@FOLDER@/no.sock"}
    ),
    "tls-to-plain": Ill("nginx-upstream-https-scheme", 502, instead={"http://127.0.0.1": "https://127.0.0.1"}),
    "marked-down": Ill(
        "nginx-upstream-down",
        502,
        http="upstream chat { server 127.0.0.1:@BACKEND@ down; }",
        instead={"http://127.0.0.1:@BACKEND@": "http://chat"},
    ),
    "hardcoded": Ill(
        "nginx-connection-hardcoded",
        101,
        instead={"location /api/ws/": "location /", "Connection $connection_upgrade": 'Connection "upgrade"'},
        drift=True,
    ),
    "any-upgrade": Ill(
        "nginx-h2c-smuggling",
        101,
        server="location /admin/ { deny all; proxy_pass http://127.0.0.1:@BACKEND@; }",
        instead={"Connection $connection_upgrade": 'Connection "upgrade"'},
        drift=True,
    ),
}


@contextmanager
def chat(lets: Lets) -> Iterator[int]:
    """A backend that knows one path, echoes, and lets in whom it is told to."""

    def asked(connection: ServerConnection, request: Request) -> Response | None:
        status = lets(request.headers) if request.path == PATH else 403
        return connection.respond(status, "") if status else None

    def echo(connection: ServerConnection) -> None:
        for text in connection:
            connection.send(text)

    with serve(echo, "127.0.0.1", 0, process_request=asked) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


@dataclass(frozen=True)
class Stand:
    """A folder with a configuration of nginx, the port that it listens on, and the backend behind it."""

    folder: Path
    port: int
    backend: int
    more: Mapping[str, Any]

    @property
    def site(self) -> Site:
        """What an operator writes about it."""
        wanted = {
            "name": "chat",
            "url": f"ws://{NAME}:{self.port}{PATH}",
            "address": "127.0.0.1",
            "backend": {"port": self.backend},
            "probe": {"send": "hello", "expect": "hello"},
        }
        probe = {**wanted["probe"], **self.more.get("probe", {})}  # type: ignore[dict-item]
        return Site.model_validate({**wanted, **self.more, "probe": probe})

    def write(self, ill: Ill) -> None:
        """Lay the broken configuration down."""
        server = (
            f"server {{\n    listen 127.0.0.1:{self.port};\n    server_name {NAME};\n    {ill.server}\n{LOCATION}}}\n"
        )
        for old, new in (ill.instead or {}).items():
            assert old in server, old
            server = server.replace(old, new)
        server = server.replace("location /api/ws/ {", f"location /api/ws/ {{\n        {ill.location}")
        text = f"{MAP}{ill.http}\n{server}".replace("@BACKEND@", str(self.backend)).replace(
            "@FOLDER@", str(self.folder)
        )
        main = (
            f"daemon off;\nmaster_process off;\npid {self.folder}/pid;\nerror_log {self.folder}/error.log;\n"
            f"events {{ }}\nhttp {{\n    access_log off;\n{temporary(self.folder)}    include {self.folder}/conf.d/*.conf;\n}}\n"
        )
        (self.folder / "conf.d").mkdir()
        (self.folder / "conf.d" / "chat.conf").write_text(text, encoding="utf-8")
        (self.folder / "nginx.conf").write_text(main, encoding="utf-8")

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run nginx with what lies in the folder."""
        with running((self.folder / "nginx.conf").read_text(encoding="utf-8"), self.port, self.folder):
            yield

    def observed(self) -> Observation:
        """Look at all three places; the walk through nginx is asked last, so that a limit is felt."""
        site = self.site
        proxy = walk_from_host(site, Place.PROXY, dial_tcp, "127.0.0.1", self.port, tls=False, path=PATH)
        outside = walk_outside(site)
        direct = walk_from_host(site, Place.BACKEND, dial_tcp, "127.0.0.1", self.backend, tls=False, path=PATH)
        if outside.sound:
            return Observation(site, outside, inside=self.inside())
        again = walk_from_host(site, Place.PROXY, dial_tcp, "127.0.0.1", self.port, tls=False, path=PATH)
        return Observation(site, outside, proxy if not proxy.sound else again, direct, inside=self.inside())

    def inside(self) -> Inside:
        """The host, as far as these faults ask for it."""
        held = {str(path): path.read_bytes() for path in self.folder.rglob("*.conf")}
        files = {p: FileSeen(p, d, 0o644, "root", "root", 0.0, hashlib.sha256(d).hexdigest()) for p, d in held.items()}
        main, now = str(self.folder / "nginx.conf"), time.time()
        master = Process(1, "nginx", "nginx: master process", "/", "", "root", None, now)
        return Inside(
            host="here",
            clock=now,
            files=files,
            listeners=(Listener("127.0.0.1", self.port, (1,)), Listener("127.0.0.1", self.backend, (2,))),
            unix=unix.read_paths(debian().lines(f"exec 2>/dev/null\n{unix.fragment(main, 'nginx')}")),
            processes={},
            proxy=ProxyState("nginx", "1.22.1", main, True, "", master, now),
        )


@pytest.mark.parametrize("name", ILL)
def test_it_is_named_mended_and_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ill = ILL[name]
    monkeypatch.setenv("REAL_NGINX_TOKEN", "let-me-in")
    with chat(ill.lets) as backend:
        stand = Stand(tmp_path, free_port(), backend, ill.more or {})
        stand.write(ill)
        with stand.serving():
            seen = stand.observed()
        diagnosis = judge(seen)
        assert seen.outside is not None
        assert ill.status is None or seen.outside.status == ill.status or seen.outside.sound, seen.outside
        names = [finding.name for finding in diagnosis.findings]
        if ill.drift:
            assert diagnosis.healthy
            assert ill.fault in names
        else:
            assert diagnosis.cause is not None, (
                names,
                seen.outside,
                seen.observation if hasattr(seen, "observation") else "",
            )
            assert diagnosis.cause.name == ill.fault, names
        proposed = plan("here", [(seen, diagnosis)], Consent(confirm=frozenset({ill.fault})))
        assert proposed.changes
        for change in proposed.changes:
            assert isinstance(change, Edit)
            assert change.after is not None
            Path(change.path).write_bytes(change.after)
        with stand.serving():
            mended = stand.observed()
        assert mended.outside is not None
        assert mended.outside.sound, mended.outside
        again = judge(mended)
        assert plan("here", [(mended, again)], Consent(confirm=frozenset({ill.fault}))).empty
