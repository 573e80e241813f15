"""What the faults of nginx's own refusals rest on, asked of a real nginx: its pages, its statuses, what reaches the backend."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drivers.real_nginx import Answer, Client, backend, free_port, needs_nginx, running, whole

pytestmark = needs_nginx

PAGE = "<center>nginx"
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
FORWARD = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"


@contextmanager
def site(folder: Path, server: str, http: str = "") -> Iterator[int]:
    """One server on a free port; @BACKEND@ in its text is the port of one that echoes requests."""
    port = free_port()
    with backend() as behind:
        text = f"{http}\nserver {{ listen 127.0.0.1:{port}; server_name a.example; {server} }}\n"
        with running(whole(text.replace("@BACKEND@", str(behind)), folder), port, folder):
            yield port


def ask(port: int, target: str = "/ws/1", **headers: str) -> Answer:
    named = {name.replace("__", "-"): value for name, value in headers.items()}
    with Client(port) as client:
        return client.ask("a.example", target, {**HANDSHAKE, **named})


def sent(answer: Answer, name: str) -> list[str]:
    """What the backend was sent as one header."""
    assert answer.seen is not None, answer.body
    headers = answer.seen["headers"]
    assert isinstance(headers, list)
    return [value for key, value in headers if key == name]


PROXIED = f"proxy_pass http://127.0.0.1:@BACKEND@; {FORWARD}"
REFUSING = {
    "deny": ("location / { deny all; %s }", 403),
    "limit-except": ("location / { limit_except POST { deny all; } %s }", 403),
    "limit-except-get-is-let-in": ("location / { limit_except GET { deny all; } %s }", 200),
    "own-rules-inherit-none": ("deny all; location / { allow all; %s }", 200),
    "auth-basic": ('auth_basic "staff"; auth_basic_user_file none; location / { %s }', 401),
    "auth-basic-off-in-the-location": ('auth_basic "staff"; location / { auth_basic off; %s }', 200),
    "auth-request-refuses": ("location = /ask { return 401; } location / { auth_request /ask; %s }", 401),
    "auth-request-fails": ("location = /ask { return 404; } location / { auth_request /ask; %s }", 500),
    "internal": ("location / { internal; %s }", 404),
    "limit-conn": ("location / { limit_conn one 1; %s }", 200),
    "return-403": ("location / { return 403; %s }", 403),
    "all-down": ("location / { proxy_pass http://gone; }", 502),
    "no-such-socket": ("location / { proxy_pass http://unix:/nowhere/at.all:; }", 502),
}


@pytest.mark.parametrize("name", REFUSING)
def test_nginx_refuses_with_a_page_of_its_own(tmp_path: Path, name: str) -> None:
    server, status = REFUSING[name]
    http = "limit_conn_zone $server_name zone=one:1m; upstream gone { server 127.0.0.1:9 down; }"
    with site(tmp_path, server.replace("%s", PROXIED), http) as port:
        answer = ask(port)
    assert answer.status == status
    assert (PAGE in answer.body) is (status != 200)


def test_nginx_says_what_is_too_long(tmp_path: Path) -> None:
    with site(tmp_path, f"location / {{ {PROXIED} }}") as port:
        line = ask(port, f"/ws/1?token={'x' * 9000}")
        cookie = ask(port, Cookie="c=" + "x" * 9000)
        taken = ask(port, f"/ws/1?token={'x' * 7000}")
    assert (line.status, cookie.status, taken.status) == (414, 400, 200)
    assert "Request Header Or Cookie Too Large" in cookie.body


@pytest.mark.parametrize(("kind", "switched"), [("req", False), ("req", True)])
def test_a_dry_run_of_a_limit_refuses_nobody(tmp_path: Path, kind: str, *, switched: bool) -> None:
    dry = f"limit_{kind}_dry_run on;" if switched else ""
    with site(
        tmp_path,
        f"location / {{ limit_req zone=one; {dry} {PROXIED} }}",
        "limit_req_zone $server_name zone=one:1m rate=1r/m;",
    ) as port:
        answers = [ask(port).status for _ in range(3)]
    assert answers == ([200, 200, 200] if switched else [200, 503, 503])


@pytest.mark.parametrize(
    ("directive", "passes"), [("", False), ("underscores_in_headers on;", True), ("ignore_invalid_headers off;", True)]
)
def test_a_header_with_an_underscore_passes_only_where_it_may(tmp_path: Path, directive: str, *, passes: bool) -> None:
    with site(tmp_path, f"{directive} location / {{ {PROXIED} }}") as port:
        assert sent(ask(port, access_token="t"), "access_token") == (["t"] if passes else [])


def test_a_header_that_is_set_twice_is_sent_twice(tmp_path: Path) -> None:
    twice = "proxy_set_header Host a; proxy_set_header Host b;"
    with site(tmp_path, f"location / {{ {PROXIED} {twice} }}") as port:
        assert sent(ask(port), "host") == ["a", "b"]


def test_host_loses_its_port_and_http_host_keeps_it(tmp_path: Path) -> None:
    hosts = "proxy_set_header Host $host; proxy_set_header X-Whole $http_host;"
    with site(tmp_path, f"location / {{ {PROXIED} {hosts} }}") as port, Client(port) as client:
        answer = client.ask("a.example:8443", "/", HANDSHAKE)
    assert sent(answer, "host") == ["a.example"]
    assert sent(answer, "x-whole") == ["a.example:8443"]


def test_without_the_clients_headers_there_is_no_key(tmp_path: Path) -> None:
    with site(tmp_path, f"location / {{ proxy_pass_request_headers off; {PROXIED} }}") as port:
        assert sent(ask(port), "sec-websocket-key") == []


def test_an_intercepted_refusal_is_answered_by_the_error_page(tmp_path: Path) -> None:
    covering = "proxy_intercept_errors on; error_page 404 =200 /page; proxy_pass http://127.0.0.1:@BACKEND@/;"
    server = f"location = /page {{ return 200 page; }} location /ws/ {{ {covering.replace('@BACKEND@/', '@OTHER@/')} }}"
    other = free_port()
    refusing = f"server {{ listen 127.0.0.1:{other}; return 404 theirs; }}"
    with site(tmp_path, server.replace("@OTHER@", str(other)), refusing) as port:
        answer = ask(port)
    assert (answer.status, answer.body) == (200, "page")


@contextmanager
def upgrading() -> Iterator[int]:
    """A backend that switches protocols, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                with taken:
                    taken.recv(65536)
                    taken.sendall(
                        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
                    )

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("hidden", ["Upgrade", "Sec-WebSocket-Accept", ""])
def test_what_is_hidden_of_the_101_does_not_reach_the_client(tmp_path: Path, hidden: str) -> None:
    hide = f"proxy_hide_header {hidden};" if hidden else ""
    port = free_port()
    with upgrading() as behind:
        server = f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{behind}; {FORWARD} {hide} }} }}"
        with (
            running(whole(server, tmp_path), port, tmp_path),
            socket.create_connection(("127.0.0.1", port), 10) as wire,
        ):
            lines = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
            wire.sendall(f"GET / HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n".encode())
            said = wire.recv(65536).decode("latin-1").lower()
    assert said.startswith("http/1.1 101")
    assert (f"{hidden.lower()}:" in said) is (hidden == "")
    assert "connection: upgrade" in said


def test_tls_to_a_backend_without_it_is_a_bad_gateway(tmp_path: Path) -> None:
    with upgrading() as behind, site(tmp_path, f"location / {{ proxy_pass https://127.0.0.1:{behind}; }}") as port:
        assert ask(port).status == 502


def test_what_a_buffer_may_be_small_enough_to_refuse(tmp_path: Path) -> None:
    buffers = "connection_pool_size 256; client_header_buffer_size 64; large_client_header_buffers 1 256;"
    with site(tmp_path, f"location / {{ {PROXIED} }}", buffers) as port:
        assert ask(port, Cookie="c=" + "x" * 180).status == 400
