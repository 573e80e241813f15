"""How each proxy words the same site, so that one suite can ask all of them the same. A new proxy adds a Dialect here."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from wsfix.drivers import apache, caddy, haproxy, nginx

BEFORE_FILE = b"# caf\xe9\n"
"""A comment whose bytes are not UTF-8 stands at the head of every file."""


@dataclass(frozen=True)
class Entry:
    """One prefix that is proxied; the target's URI takes the place of the prefix."""

    prefix: str
    port: int = 8000
    uri: str | None = None
    upgrade: bool = False
    idle: int | None = None

    @property
    def kept_uri(self) -> str:
        """The URI that leaves the path as it came, where the proxy needs one."""
        return self.prefix if self.uri is None else self.uri


class Dialect(ABC):
    """One proxy: its files, and the words for a site."""

    name: ClassVar[str]
    main: ClassVar[str]
    available: ClassVar[str]
    enabled: ClassVar[str]
    default_idle: ClassVar[float]
    comment: ClassVar[str] = "#"
    climbing: ClassVar[int | None] = 400
    """What a path that climbs above the root is answered; None where it is handed on as it came."""
    shorter: ClassVar[bool] = False
    """Whether a verb may take a line away and put none in its place."""
    unclosed: ClassVar[bytes]
    """A site whose nesting does not close."""

    @abstractmethod
    def read(self, files: dict[str, bytes], links: dict[str, str]) -> Any:
        """The configuration of a host."""

    @abstractmethod
    def whole(self) -> str:
        """The main file; it includes what is enabled."""

    @abstractmethod
    def server(self, name: str, entries: Sequence[Entry], *, tls: bool = False, files: bool = False) -> str:
        """A site, its entries in the order in which this proxy takes the most specific one."""

    def path(self, prefix: str) -> str:
        """A prefix as this proxy writes it."""
        return prefix

    def host(self, *entries: Entry, tls: bool = False, files: bool = False, ending: str = "\n") -> Any:
        """A host with the site of these entries and another one beside it."""
        chat = self.server("chat.test", entries, tls=tls, files=files)
        other = self.server("other.test", [Entry("/", 3000)])
        return self.of(chat, other, ending)

    def of(self, chat: str, other: str = "", ending: str = "\n") -> Any:
        texts = {self.main: self.whole(), f"{self.available}/chat.conf": chat, f"{self.available}/other.conf": other}
        data = {path: BEFORE_FILE + text.replace("\n", ending).encode() for path, text in texts.items()}
        links = {f"{self.enabled}/{name}.conf": f"{self.available}/{name}.conf" for name in ("chat", "other")}
        return self.read(data, links)


class Nginx(Dialect):
    name = "nginx"
    main = "/etc/nginx/nginx.conf"
    available, enabled = "/etc/nginx/sites-available", "/etc/nginx/sites-enabled"
    default_idle = 60
    unclosed = b"server {\n    listen 80;\n    location / {\n}\n"

    def read(self, files: dict[str, bytes], links: dict[str, str]) -> Any:
        return nginx.Config.read(files, links, version="1.22.1")

    def whole(self) -> str:
        maps = "    map $http_upgrade $connection_upgrade {\n        websocket upgrade;\n        default '';\n    }\n"
        return f"events {{ }}\nhttp {{\n{maps}    include sites-enabled/*.conf;\n}}\n"

    def server(self, name: str, entries: Sequence[Entry], *, tls: bool = False, files: bool = False) -> str:
        lines = (
            ["listen 443 ssl;", "ssl_certificate /etc/ssl/a.pem;", "ssl_certificate_key /etc/ssl/a.key;"]
            if tls
            else ["listen 80;"]
        )
        lines = [*lines, f"server_name {name};", "root /srv;"]
        lines += ["location / { try_files $uri /index.html; }"] if files else []
        for entry in entries:
            lines += [f"location {entry.prefix} {{", f"    proxy_pass http://127.0.0.1:{entry.port}{entry.uri or ''};"]
            lines += ["    proxy_http_version 1.1;"]
            if entry.upgrade:
                lines += [
                    "    proxy_set_header Upgrade $http_upgrade;",
                    "    proxy_set_header Connection $connection_upgrade;",
                ]
            lines += [f"    proxy_read_timeout {entry.idle}s;"] if entry.idle else []
            lines += ["}"]
        return "server {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


class Apache(Dialect):
    name = "apache"
    main = "/etc/apache2/apache2.conf"
    available, enabled = "/etc/apache2/sites-available", "/etc/apache2/sites-enabled"
    default_idle = 300
    unclosed = b"<VirtualHost *:80>\n    <Location />\n</VirtualHost>\n"

    def read(self, files: dict[str, bytes], links: dict[str, str]) -> Any:
        modules = ("core", "http", "alias", "dir", "headers", "proxy", "proxy_http", "rewrite", "ssl")
        return apache.Config.read(files, links, version="2.4.66", modules=modules)

    def whole(self) -> str:
        return "Timeout 300\nListen 80\nListen 443\nIncludeOptional sites-enabled/*.conf\n"

    def server(self, name: str, entries: Sequence[Entry], *, tls: bool = False, files: bool = False) -> str:
        lines = [f"ServerName {name}", "DocumentRoot /srv"]
        lines += (
            ["SSLEngine on", "SSLCertificateFile /etc/ssl/a.pem", "SSLCertificateKeyFile /etc/ssl/a.key"] if tls else []
        )
        lines += ["FallbackResource /index.html"] if files else []
        for entry in sorted(entries, key=lambda one: -len(one.prefix)):
            options = [
                *(["upgrade=websocket"] if entry.upgrade else []),
                *([f"timeout={entry.idle}"] if entry.idle else []),
            ]
            lines += [" ".join([f"ProxyPass {entry.prefix} http://127.0.0.1:{entry.port}{entry.kept_uri}", *options])]
        port = 443 if tls else 80
        return f"<VirtualHost *:{port}>\n" + "".join(f"    {line}\n" for line in lines) + "</VirtualHost>\n"


class Caddy(Dialect):
    name = "caddy"
    main = "/etc/caddy/Caddyfile"
    available, enabled = "/etc/caddy/sites-available", "/etc/caddy/sites-enabled"
    default_idle = math.inf
    unclosed = b":80 {\n\thandle {\n}\n"
    climbing = None
    shorter = True

    def read(self, files: dict[str, bytes], links: dict[str, str]) -> Any:
        return caddy.Config.read(files, links, version="2.6.2")

    def whole(self) -> str:
        return "{\n\temail ops@chat.test\n}\n\nimport sites-enabled/*.conf\n"

    def path(self, prefix: str) -> str:
        return f"{prefix}*"

    def server(self, name: str, entries: Sequence[Entry], *, tls: bool = False, files: bool = False) -> str:
        lines = ["tls /etc/ssl/a.pem /etc/ssl/a.key"] if tls else []
        lines += ["root * /srv"]
        lines += ["handle {", "\ttry_files {path} /index.html", "\tfile_server", "}"] if files else []
        for entry in entries:
            inside = [*(["header_up -Upgrade"] if not entry.upgrade else [])]
            if entry.idle:
                inside += ["transport http {", f"\tread_timeout {entry.idle}s", "}"]
            lines += [f"handle {self.path(entry.prefix)} {{"]
            lines += [f"\turi replace {entry.prefix} {entry.uri} 1"] if self._askew(entry) else []
            if entry.uri and not self._askew(entry):
                lines[-1] = lines[-1].replace("handle ", "handle_path ")
                lines += [f"\trewrite * {entry.uri.rstrip('/')}{{uri}}"]
            lines += [f"\treverse_proxy 127.0.0.1:{entry.port} {{", *(f"\t\t{line}" for line in inside), "\t}", "}"]
        return f"{name if tls else f'http://{name}'} {{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"

    def _askew(self, entry: Entry) -> bool:
        return entry.uri is not None and entry.prefix.endswith("/") != entry.uri.endswith("/")


class HAProxy(Dialect):
    name = "haproxy"
    main = "/etc/haproxy/haproxy.cfg"
    available, enabled = "/etc/haproxy/sites-available", "/etc/haproxy/sites-enabled"
    default_idle = 50
    unclosed = b".if defined(STAGING)\nfrontend web\n    bind :80\n"
    climbing = None
    shorter = True

    def read(self, files: dict[str, bytes], links: dict[str, str]) -> Any:
        return haproxy.Config.read(files, links, version="2.6.12", more=sorted(links))

    def whole(self) -> str:
        times = "".join(f"    timeout {one}\n" for one in ("connect 5s", "client 50s", "server 50000"))
        return f"global\n    maxconn 4000\n\ndefaults\n    mode http\n{times}"

    def server(self, name: str, entries: Sequence[Entry], *, tls: bool = False, files: bool = False) -> str:
        word = name.partition(".")[0]
        address = {"chat": "192.0.2.1", "other": "192.0.2.2"}.get(word, "192.0.2.3")
        lines = [f"bind {address}:443 ssl crt /etc/ssl/a.pem" if tls else f"bind {address}:80"]
        lines += [f"acl for_{word} hdr(host) -i {name}"]
        ordered = sorted(entries, key=lambda one: -len(one.prefix))
        lines += [f"use_backend {word}{n} if {{ path_beg {one.prefix} }} for_{word}" for n, one in enumerate(ordered)]
        lines += [f"use_backend {word}_files if for_{word}"] if files else []
        text = f"frontend {word}\n" + "".join(f"    {line}\n" for line in lines)
        for number, entry in enumerate(ordered):
            inside = [f"http-request replace-path {entry.prefix}(.*) {entry.uri}\\1"] if entry.uri else []
            inside += [f"timeout tunnel {entry.idle}s"] if entry.idle else []
            inside += [f"server app 127.0.0.1:{entry.port}{'' if entry.upgrade else ' proto h2'}"]
            text += f"\nbackend {word}{number}\n" + "".join(f"    {line}\n" for line in inside)
        page = "http-request return status 200 content-type text/html file /srv/index.html"
        return text + (f"\nbackend {word}_files\n    {page}\n" if files else "")


DIALECTS: tuple[Dialect, ...] = (Nginx(), Apache(), Caddy(), HAProxy())
