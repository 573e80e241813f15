"""The page that opens the socket, asked for once: its policy by header and by its own words."""

from __future__ import annotations

from wsfix.model.page import meta_policies
from wsfix.probes.page import look_at_page

from .servers import Visit, closed_port, serving
from .sites import site

HEADER = "default-src 'self'"
META = "connect-src wss://chat.example.com"
HTML = f'<!doctype html>\n<head>\n<meta http-equiv="Content-Security-Policy" content="{META}">\n</head>'


def answering(visit: Visit) -> None:
    visit.read_request()
    body = HTML.encode()
    visit.conn.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: "
        + HEADER.encode()
        + f"\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        + body
    )


def test_both_policies_are_read_and_no_secret_is_told(monkeypatch) -> None:
    monkeypatch.setenv("TOKEN", "very-secret")
    seen: list[bytes] = []
    with serving(answering, seen=seen) as port:
        asked = site(port, query_from_env={"token": "TOKEN"}).model_copy(
            update={"origins": (f"http://127.0.0.1:{port}",)}
        )
        page = look_at_page(asked)
    assert page is not None
    assert page.status == 200
    assert [policy for _, policy in page.policies] == [HEADER, META]
    assert "line 3" in page.policies[1][0]
    assert len(seen) == 1
    assert seen[0].startswith(b"GET / HTTP/1.1\r\n")
    assert b"very-secret" not in seen[0]
    assert b"Upgrade" not in seen[0]


def test_a_page_that_cannot_be_had_is_none() -> None:
    port = closed_port()
    assert look_at_page(site(port).model_copy(update={"origins": (f"http://127.0.0.1:{port}",)})) is None


def test_no_origin_asks_nothing() -> None:
    assert look_at_page(site(closed_port()).model_copy(update={"origins": ()})) is None


def test_a_policy_across_lines() -> None:
    html = "\n<meta http-equiv=Content-Security-Policy\n  content='default-src x;\n connect-src y'>"
    assert meta_policies(html) == ((2, "default-src x;\n connect-src y"),)
