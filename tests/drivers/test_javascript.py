"""What the JavaScript of a page says about a socket's address; each case has its look-alike."""

from __future__ import annotations

import pytest

from wsfix.drivers import javascript

SETUP = """const { createProxyMiddleware } = require('http-proxy-middleware');
module.exports = function (app) {
  app.use(
    '/api',
    createProxyMiddleware({
      target: process.env.X || 'http://localhost:8001', // ws: true
      changeOrigin: true,
    })
  );
  app.use('/ws', createProxyMiddleware({ target: 'http://localhost:8001',
      ws: true,
  }));
  app.use(createProxyMiddleware('/sock', { target: 'x', ws: false }));
  app.use(createProxyMiddleware({ pathFilter: ['/live', '/more'], target: 'x', ws: !0 }));
};
"""
VITE = """export default defineConfig({
  server: { port: 5173, proxy: {
    '/api': 'http://localhost:8000',
    '/ws': { target: 'ws://localhost:8000', changeOrigin: true },
    "/sock": {
      target: 'http://localhost:8000',
      /* ws: true */
    },
    '^/live/.*': { target: 'http://h', ws: true, rewrite: (p) => p.replace(/^\\/live/, '') },
  } },
})
"""


def lines(text: str) -> tuple[tuple[int, str], ...]:
    return tuple(enumerate(text.split("\n"), start=1))


def test_the_entries_of_a_setup_proxy():
    told = [(each.paths, each.sockets, each.line, each.closing) for each in javascript.dev_proxies(SETUP)]
    assert told == [
        (("/api",), False, 5, 8),
        (("/ws",), True, 10, 12),
        (("/sock",), False, 13, 13),
        (("/live", "/more"), True, 14, 14),
    ]


def test_the_entries_of_vite():
    told = [(each.paths, each.sockets, each.line) for each in javascript.dev_proxies(VITE)]
    assert told == [(("/api",), False, 3), (("/ws",), True, 4), (("/sock",), False, 5), (("^/live/.*",), True, 9)]


@pytest.mark.parametrize(
    "text", ["createProxyMiddleware({", "proxy: { '/ws': {", "createProxyMiddleware('", "proxy: {'", ""]
)
def test_a_file_that_is_cut_off_ends_the_reading(text: str):
    javascript.dev_proxies(text)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('new WebSocket("ws://localhost:8001/ws")', "ws://localhost:8001"),
        ("const url = `http://127.0.0.1:8000/api/v1/auth/ws-token`", "http://127.0.0.1:8000"),
        ('x.base="https://localhost:8000"', "https://localhost:8000"),
        ("const base = 'ws://localhost/ws'", "ws://localhost"),
        ('a("//x"),fetch("http://0.0.0.0:3000")', "http://0.0.0.0:3000"),
    ],
)
def test_an_address_of_the_visitor_s_own_machine(line: str, address: str):
    assert [each.text for each in javascript.local_addresses(lines(f"\n{line}"))] == [address]
    assert [each.line for each in javascript.local_addresses(lines(f"\n{line}"))] == [2]


@pytest.mark.parametrize(
    "line",
    [
        '// new WebSocket("ws://localhost:8001/ws")',
        '/* "ws://localhost:8001" */',
        'const url = location.hostname === "localhost" ? "http://localhost:8000" : own',
        "const base = process.env.REACT_APP_URL || 'http://localhost:8001'",
        "const base = import.meta.env.VITE_URL ?? 'http://localhost:8001'",
        'const base = settings.url || "http://localhost:8001"',
        'window.location.href||"http://localhost"',
        '"https://localhost.example.com:8000"',
        '"ws://chat.example.com/ws"',
    ],
)
def test_what_only_looks_like_one(line: str):
    assert javascript.local_addresses(lines(line)) == ()


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("new WebSocket(`ws://${location.host}/ws`)", "ws://${location.host}/ws"),
        ('new WebSocket("ws://" + location.host)', "ws://"),
        ("const url = 'ws://chat.example.com/ws'", "ws://chat.example.com/ws"),
    ],
)
def test_an_address_without_tls(line: str, address: str):
    assert [each.text for each in javascript.insecure_addresses(lines(line))] == [address]


@pytest.mark.parametrize(
    "line",
    [
        "const scheme = secure ? 'wss://' : 'ws://'",
        "const scheme = location.protocol === 'https:' ? `w${''}ss://` : 'ws://'",
        "// 'ws://chat.example.com'",
        "new WebSocket('wss://chat.example.com')",
        "const url = 'ws://localhost:8000'",
    ],
)
def test_an_address_that_is_chosen_or_is_another_fault(line: str):
    assert javascript.insecure_addresses(lines(line)) == ()


def test_pieces_of_a_built_file_are_read_as_they_are():
    pieces = ((2, 'fetch("http://localhost:8000/a")'), (2, '//cdn";new WebSocket("ws://localhost:8000/b")'))
    assert [each.text for each in javascript.local_addresses(pieces)] == [
        "http://localhost:8000",
        "ws://localhost:8000",
    ]


@pytest.mark.parametrize(
    ("text", "derives"),
    [
        ("new WebSocket(`${scheme}//${window.location.host}/ws`)", True),
        ("const s = io(window.location.origin)", True),
        ("new WebSocket('wss://a.example/ws')", False),
        ("// location.host\nnew WebSocket(url)", False),
        ("go(location.href)", False),
    ],
)
def test_whether_the_address_is_the_page_s_own(text: str, derives: bool):
    assert javascript.derives_address(text) is derives


def test_comments_go_and_lines_stay():
    text = "a('//no', `/* no */`) // yes\n/* yes\n yes */ b"
    told = javascript.without_comments(text).split("\n")
    assert [line.strip() for line in told] == ["a('//no', `/* no */`)", "", "b"]
    assert [len(line) for line in told] == [len(line) for line in text.split("\n")]
