"""How a page words its socket: where it is opened, whether it is switched off, and who closes it."""

from __future__ import annotations

import pytest

from wsfix.drivers.page import closing_effects, dev_client, is_switch, openings, socket_addresses, switched_off


@pytest.mark.parametrize(
    ("line", "host", "port", "path", "goes_on"),
    [
        ("new WebSocket('wss://chat.example.com/ws')", "chat.example.com", None, "/ws", False),
        ("new WebSocket(`wss://chat.example.com:8443/ws/${id}`)", "chat.example.com", 8443, "/ws/", True),
        ("const u = `${p === 'https:' ? 'wss:' : 'ws:'}//${window.location.host}/be/ws`", "", None, "/be/ws", False),
        ("new WebSocket(`ws://${location.hostname}:5173/ws`)", "", 5173, "/ws", False),
        ("new WebSocket('ws://' + location.hostname + ':3000/ws')", "", 3000, "/ws", False),
        ("new WebSocket('wss://' + window.location.host + '/ws/' + id)", "", None, "/ws/", True),
    ],
)
def test_an_address_that_is_written_out(line, host, port, path, goes_on):
    found = [each for each in socket_addresses(line) if each.path]
    assert [(each.host, each.port, each.path, each.open) for each in found] == [(host, port, path, goes_on)]


@pytest.mark.parametrize(
    "line",
    [
        "fetch('https://chat.example.com/api')",
        "// new WebSocket('wss://a.example/ws')",
        "import 'https://cdn.example/x.js'",
    ],
)
def test_what_is_no_socket(line):
    assert socket_addresses(line) == ()


def test_openings_are_counted_without_comments():
    assert openings("new WebSocket(a); // new WebSocket(b)\nnew WebSocket (c)") == 2


@pytest.mark.parametrize(
    "line",
    [
        "const WEBSOCKET_ENABLED = false;",
        "ENABLE_WEBSOCKET: false,",
        "const websocketEnabled = !1",
        "const useWebSocket = 'false'",
    ],
)
def test_a_flag_that_is_off(line):
    assert [number for number, _ in switched_off(line)] == [1]


@pytest.mark.parametrize(
    "line",
    [
        "const WEBSOCKET_ENABLED = true;",
        "// WEBSOCKET_ENABLED = false",
        "if (websocketEnabled === false) {",
        "if (websocketEnabled == false) {",
        "const disabled = false;",
        "const state = { websocketEnabled: false };",
        "let websocketEnabled = false;",
    ],
)
def test_a_flag_that_is_not(line):
    assert switched_off(line) == ()


@pytest.mark.parametrize(
    ("key", "switches"),
    [
        ("REACT_APP_WEBSOCKET_ENABLED", True),
        ("VITE_ENABLE_WEBSOCKET", True),
        ("VITE_WS_URL", False),
        ("SOCKET_PATH", False),
    ],
)
def test_variables_that_switch(key, switches):
    assert is_switch(key) is switches


def test_the_client_of_a_development_server():
    assert dev_client(((3, '<script src="/@vite/client"></script>'),)) == (3, "/@vite/client")
    assert dev_client(((1, "import 'vite'"),)) is None


EFFECT = "useEffect(() => {\n  const s = new WebSocket(u);\n  return () => { s.close(); };\n}"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"{EFFECT}, [])", ()),
        (f"{EFFECT}, [ ],)", ()),
        (f"{EFFECT}, [room])", (1,)),
        (f"{EFFECT})", (1,)),
        ("useEffect(() => {\n  const s = new WebSocket(u);\n}, [room])", ()),
        ("useEffect(() => {\n  return () => { stream.close(); };\n}, [room])", ()),
    ],
)
def test_an_effect_that_closes_its_own_socket(text, lines):
    assert closing_effects(text) == lines
