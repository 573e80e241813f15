"""A host with Caddy as Debian lays it out: its Caddyfile, and what its program says."""

from __future__ import annotations

from typing import Any

from wsfix.model.inside import Process, ProxyState

MAIN = "/etc/caddy/Caddyfile"
SITE_FILE = "/etc/caddy/sites/chat.caddy"
HEALTHY = """chat.example.com {
\ttls /etc/ssl/chat/fullchain.pem /etc/ssl/chat/privkey.pem
\troot * /var/www/chat

\thandle /api/* {
\t\treverse_proxy 127.0.0.1:8000
\t}
\thandle {
\t\ttry_files {path} /index.html
\t\tfile_server
\t}
}
"""
SHOP = """shop.example.com {
\ttls /etc/ssl/shop/fullchain.pem /etc/ssl/shop/privkey.pem
\troot * /var/www/shop
\tfile_server
}
"""


def files(text: str) -> dict[str, str]:
    """Return path → text of everything below /etc/caddy; `text` is the site's file."""
    return {MAIN: "import sites/*.caddy\n", SITE_FILE: text, "/etc/caddy/sites/shop.caddy": SHOP}


def program(said: dict[str, Any], loaded: float) -> ProxyState:
    """Return what Caddy's program says."""
    master = Process(
        1, "caddy", "/usr/bin/caddy run --config /etc/caddy/Caddyfile", "/", "", "caddy", "caddy.service", 900.0
    )
    return ProxyState(
        kind="caddy",
        version=said.get("version", "2.6.2"),
        config_path=MAIN,
        test_passed=said.get("test_passed", True),
        test_output=said.get("says", ""),
        master=None if said.get("down") else master,
        newest_worker=None if said.get("down") else loaded,
    )
