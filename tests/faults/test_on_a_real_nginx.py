"""The faults of nginx on a real one: broken, named by real handshakes, mended as planned, and asked again."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.datastructures import Headers

from tests.drivers.real_nginx import free_port, needs_nginx
from tests.faults.standing import CONNECTION, LOCATION, NAME, Ill, Stand, chat
from wsfix.judge import judge
from wsfix.model.change import Edit
from wsfix.plan import Consent, plan

pytestmark = needs_nginx


def _same_host(headers: Headers) -> int:
    hosts = headers.get_all("Host")
    if len(hosts) != 1:
        return 400
    return 0 if headers.get("Origin", "").partition("://")[2] == hosts[0] else 403


def _same_origin(headers: Headers) -> int:
    """As python-engineio decides: by the scheme that a proxy tells, else by the one of the connection."""
    told = f"{headers.get('X-Forwarded-Proto', 'http')}://{headers.get('Host')}"
    return 0 if headers.get("Origin") in {None, told} else 403


ILL = {
    "deny": Ill("nginx-deny-allow", 403, location="allow 192.0.2.1; deny all;", advice=True),
    "limit-except": Ill("nginx-deny-allow", 403, location="limit_except POST { deny all; }", advice=True),
    "auth-request": Ill(
        "nginx-auth-request", 401, server="location = /ask { return 401; }", location="auth_request /ask;", advice=True
    ),
    "auth-request-fails": Ill(
        "nginx-auth-request", 500, server="location = /ask { return 404; }", location="auth_request /ask;", advice=True
    ),
    "referer": Ill(
        "nginx-location-refuses",
        403,
        location="valid_referers server_names; if ($invalid_referer) { return 403; }",
        advice=True,
    ),
    "no-forwarded-proto": Ill("nginx-xfp-missing", 403, lets=_same_origin, tls=True),
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


@pytest.mark.parametrize("name", ILL)
def test_it_is_named_mended_and_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ill = ILL[name]
    monkeypatch.setenv("REAL_NGINX_TOKEN", "let-me-in")
    with chat(ill.lets) as backend:
        stand = Stand(tmp_path, free_port(), backend, ill.more or {}, ill.tls)
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
        if ill.advice:
            assert proposed.empty
            assert ill.fault in [finding.name for finding in proposed.advice]
            return
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
