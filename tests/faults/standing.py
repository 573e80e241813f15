"""A real nginx with a real backend behind it, and the look at both that rules are given."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.drivers.real_nginx import running, temporary
from tests.facts.shells import debian
from tests.lab.ca import Authority
from wsfix.facts import unix
from wsfix.model.inside import FileSeen, Inside, Listener, Process, ProxyState
from wsfix.model.observation import Observation
from wsfix.model.site import Site
from wsfix.model.walk import Place
from wsfix.probes.stream import dial_tcp
from wsfix.probes.walk import walk_from_host, walk_outside

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
    advice: bool = False
    tls: bool = False
    more: Mapping[str, Any] | None = None


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
    tls: bool = False

    @property
    def site(self) -> Site:
        """What an operator writes about it."""
        wanted = {
            "name": "chat",
            "url": f"{'wss' if self.tls else 'ws'}://{NAME}:{self.port}{PATH}",
            "address": "127.0.0.1",
            "backend": {"port": self.backend},
            "probe": {
                "send": "hello",
                "expect": "hello",
                **({"ca_file": f"{self.folder}/root.pem"} if self.tls else {}),
            },
        }
        probe = {**wanted["probe"], **self.more.get("probe", {})}  # type: ignore[dict-item]
        return Site.model_validate({**wanted, **self.more, "probe": probe})

    def write(self, ill: Ill) -> None:
        """Lay the broken configuration down."""
        listen = f"listen 127.0.0.1:{self.port}{' ssl' if self.tls else ''};"
        if self.tls:
            listen += f" ssl_certificate {self.folder}/both.pem; ssl_certificate_key {self.folder}/both.pem;"
        server = f"server {{\n    {listen}\n    server_name {NAME};\n    {ill.server}\n{LOCATION}}}\n"
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
        if self.tls:
            authority = Authority("a real nginx")
            leaf = authority.issue(NAME)
            (self.folder / "root.pem").write_text(authority.root, encoding="ascii")
            (self.folder / "both.pem").write_text(leaf.fullchain + leaf.key, encoding="ascii")
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
        proxy = walk_from_host(site, Place.PROXY, dial_tcp, "127.0.0.1", self.port, tls=self.tls, path=PATH)
        outside = walk_outside(site)
        direct = walk_from_host(site, Place.BACKEND, dial_tcp, "127.0.0.1", self.backend, tls=False, path=PATH)
        if outside.sound:
            return Observation(site, outside, inside=self.inside())
        again = walk_from_host(site, Place.PROXY, dial_tcp, "127.0.0.1", self.port, tls=self.tls, path=PATH)
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
