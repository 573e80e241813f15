"""What must vanish from every text that is shown or kept, and what must stay."""

from __future__ import annotations

import base64
import time

import pytest

from wsfix.redact import MASK, mask_text, printable

CANARY = "c4n4ry7f3A9c"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjNG40cnkifQ.c4n4ry7f3A9cSflKxwRJSMeKKF2QT4"
HEX = "0123456789abcdef0123456789abcdef01234567"
BASE64 = base64.b64encode(bytes(range(33))).decode()

SECRET = [
    f"https://user:{CANARY}@example.com/x",
    f"postgres://chat:{CANARY}@db/chat?sslmode=require",
    f"redis://:{CANARY}@127.0.0.1:6379/0",
    f"DATABASE_URL=postgresql+asyncpg://chat:{CANARY}@127.0.0.1/chat",
    f"Authorization: Bearer {CANARY}",
    f"authorization: bearer {CANARY}",
    f"Authorization: Basic {base64.b64encode(f'u:{CANARY}'.encode()).decode()}",
    f"got a token {JWT} from the client",
    f"/ws?token={CANARY}",
    f"/ws?a=1&access_token={CANARY}&b=2",
    f'"GET /ws?token={CANARY} HTTP/1.1" 403',
    f"JWT_SECRET={CANARY}",
    f"JWT_SECRET='{CANARY}'",
    f'export DB_PASSWORD="{CANARY}"',
    f"API_KEY: {CANARY}",
    f"X-Api-Key: {CANARY}",
    f'{{"password": "{CANARY}", "user": "chat"}}',
    f"{{'api_key': '{CANARY}'}}",
    f"--token {CANARY} --port 8000",
    f"--api-key={CANARY}",
    f"uvicorn --password {CANARY}",
    f"proxy_set_header Authorization {CANARY};",
    f'proxy_set_header Authorization "Bearer {CANARY}";',
    f"proxy_set_header Authorization Bearer {CANARY};",
    f"    proxy_set_header X-Api-Key {CANARY};",
    f"add_header Set-Cookie 'session={CANARY}';",
    f'RequestHeader set Authorization "Basic {CANARY}"',
    f"uwsgi_param HTTP_X_AUTH_TOKEN {CANARY};",
    f"set $api_token {CANARY};",
    f'+    set $upstream_auth "{CANARY}";',
    f"secret={HEX}",
    f"key id {BASE64} was refused",
    f"session {HEX} expired",
]


@pytest.mark.parametrize("text", SECRET)
def test_a_secret_vanishes(text: str):
    masked = mask_text(text)
    assert MASK in masked
    assert [secret for secret in (CANARY, JWT, HEX, BASE64) if secret in masked] == []


@pytest.mark.parametrize("text", SECRET)
def test_masking_twice_changes_nothing(text: str):
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        'proxy_set_header Connection "upgrade";',
        "proxy_set_header Authorization $http_authorization;",
        "proxy_set_header Host $host;",
        "add_header X-Frame-Options DENY;",
        "map $http_upgrade $connection_upgrade {",
        "    ~*^websocket$ upgrade;",
        "location ~ ^/api/(?<rest>.*)$ { proxy_pass http://127.0.0.1:8000/$rest$is_args$args; }",
        "ssl_certificate /etc/letsencrypt/live/chat.example.com/fullchain.pem;",
        "ssl_certificate_key /etc/letsencrypt/live/chat.example.com/privkey.pem;",
        "/etc/nginx/sites-available/chat.conf:14",
        "/opt/releases/0123456789abcdef0123456789abcdef01234567/chat.conf",
        "/static/app.0123456789abcdef0123456789abcdef.js",
        "CORS_ORIGINS=https://chat.example.com,https://www.example.com",
        "PORT=8000",
        "LOG_LEVEL=info",
        "systemctl restart chat.service",
        "chat@blue.service",
        "https://chat.example.com/ws",
        "wss://[::1]:8443/ws",
        "--- a/etc/nginx/nginx.conf",
        "@@ -1,4 +1,7 @@",
        "502 Bad Gateway | text/html | <html><head><title>502 Bad Gateway</title>",
        "2026/11/21 02:46:08 [emerg] 881#881: unknown directive in /etc/nginx/conf.d/zz.conf:1",
        'INFO:     127.0.0.1:50000 - "WebSocket /ws/1" 403',
        "Nov 21 02:46:08 web1 systemd[1]: chat.service: Main process exited, code=exited, status=1/FAILURE",
        "ModuleNotFoundError: No module named 'server'",
        "a basic answer, a bearer of news, a digest",
        "the token was refused",
        "password authentication failed for user chat",
        "subject-alternative-names-of-the-certificate",
        "ExecStart=/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port 8000",
        "",
        "gr\u00fc\u00dfe \u2713",
    ],
)  # fmt: skip
def test_an_innocent_text_stays(text: str):
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"/ws?token={CANARY}&room=5", "/ws?token=***&room=5", id="what stands behind it"),
        pytest.param(f"https://u:{CANARY}@h/p", "https://u:***@h/p", id="user, host and path"),
        pytest.param(f"-proxy_set_header X-Token {CANARY};", "-proxy_set_header X-Token ***;", id="the mark of a diff"),
        pytest.param(f"+{HEX}\n-{HEX}\n {HEX}", "+***\n-***\n ***", id="the marks of a diff before a bare word"),
        pytest.param(f"A_SECRET={CANARY}\nPORT=8000", "A_SECRET=***\nPORT=8000", id="the next line"),
        pytest.param(f"--token {CANARY} --port 8000", "--token *** --port 8000", id="the next option"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, expected: str):
    assert mask_text(text) == expected


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "+a", "a:", "a=", "token", "--", "a/", "a1", "x ", "://a:", "eyJa.", "Bearer "]
)
def test_a_long_text_is_masked_in_a_moment(piece: str):
    began = time.monotonic()
    mask_text(piece * (300_000 // len(piece)))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain gr\u00fc\u00dfe", "plain gr\u00fc\u00dfe"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("\x9b2J \u202egnp.exe \u2028", "\\x9b2J \\u202egnp.exe \\u2028"),
        ("\udcff", "\\udcff"),
        ("\\", "\\"),
        ("'\"", "'\""),
    ],
)
def test_what_a_stranger_sent_is_one_safe_line(text: str, expected: str):
    assert printable(text) == expected


def test_what_a_stranger_sent_is_cut():
    assert printable("x" * 301) == "x" * 300 + "\u2026"
    assert printable("x" * 300) == "x" * 300
    assert len(printable("\x00" * 5000, 10)) == 11
