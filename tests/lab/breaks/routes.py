"""Breaks of the route: nginx takes the WebSocket's path to the wrong place, or loses it on the way."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_site, edit_ws_location, location, reload_nginx, ws_location
from tests.lab.host import Host
from tests.lab.site import NGINX_SITE, SHOP_SITE, WS_PATH

PREFIX = "/be"


@broken("seed-001", "404", fault="nginx-location-missing", body="Not Found")
def seed_001(host: Host) -> None:
    """No location for the WebSocket: `location /` takes it and forwards no upgrade."""
    host.edit(NGINX_SITE, location(host, "/api/"), "")
    edit_site(host, ws_location(host), "")


@broken("nginx-location-missing", "404", body="Not Found")
def location_missing(host: Host) -> None:
    """No location for the WebSocket: `location /api/` takes it and forwards no upgrade."""
    edit_site(host, ws_location(host), "")


@broken("nginx-location-missing-spa", "200", body="<!doctype html>")
def location_missing_spa(host: Host) -> None:
    """No location for the WebSocket: the single-page application's `try_files` answers index.html."""
    host.edit(NGINX_SITE, ws_location(host), "")
    host.edit(NGINX_SITE, location(host, "/api/"), "")
    page = "    location / {\n        root /var/www/chat;\n        try_files $uri $uri/ /index.html;\n    }\n"
    edit_site(host, location(host, "/"), page)


@broken("nginx-location-regex-steals", "404", body="Not Found")
def location_regex_steals(host: Host) -> None:
    """A regular expression further down wins over the WebSocket's prefix."""
    block = ws_location(host)
    thief = "    location ~ /ws/ {\n        proxy_pass http://127.0.0.1:8000;\n        proxy_set_header Host $host;\n    }\n"
    edit_site(host, block, f"{block}\n{thief}")


@broken("nginx-location-trailing-slash-301", "301", body="301 Moved")
def location_trailing_slash(host: Host) -> None:
    """The location ends in a slash that the client's path does not have, so nginx redirects."""
    edit_ws_location(host, "location /api/chat/ws/ {", f"location {WS_PATH}/ {{")


@broken("nginx-proxy-pass-uri-strips", "403")
def proxy_pass_uri_strips(host: Host) -> None:
    """A slash after proxy_pass's address cuts the location's path off."""
    edit_ws_location(host, "proxy_pass http://127.0.0.1:8000;", "proxy_pass http://127.0.0.1:8000/;")


@broken("nginx-prefix-not-stripped", "403", path=f"{PREFIX}{WS_PATH}")
def prefix_not_stripped(host: Host) -> None:
    """The public prefix /be/ reaches a backend that does not know it."""
    edit_ws_location(host, "location /api/chat/ws/ {", f"location {PREFIX}/ {{")


@broken("nginx-double-slash", "403", path=f"{PREFIX}{WS_PATH}")
def double_slash(host: Host) -> None:
    """`location /be` with `proxy_pass .../` makes the path begin with two slashes."""
    block = ws_location(host).replace("location /api/chat/ws/ {", f"location {PREFIX} {{")
    edit_site(host, ws_location(host), block.replace("127.0.0.1:8000;", "127.0.0.1:8000/;"))


@broken("nginx-wrong-vhost", "404", body="nginx")
def wrong_vhost(host: Host) -> None:
    """server_name names another site and the shop is the default server, so the shop answers."""
    _make_shop_default(host)
    text = host.read(NGINX_SITE).replace(f"server_name {host.site.name};", f"server_name old.{host.site.name};")
    host.write(NGINX_SITE, text)
    reload_nginx(host)


@broken("nginx-site-not-enabled", "404", body="nginx")
def site_not_enabled(host: Host) -> None:
    """The link in sites-enabled is gone, so the shop answers."""
    host.sh("rm /etc/nginx/sites-enabled/backend.chat.conf")
    reload_nginx(host)


@broken("nginx-http-to-https-301", "301", body="301 Moved", tls=False)
def http_to_https(host: Host) -> None:
    """Nothing is broken: whoever asks with ws:// on port 80 is redirected."""
    host.sh("nginx -t")


def _make_shop_default(host: Host) -> None:
    text = host.read(SHOP_SITE)
    for old in ("listen 443 ssl http2;", "listen [::]:443 ssl http2;", "listen 443 ssl;", "listen [::]:443 ssl;"):
        text = text.replace(old, old.replace(";", " default_server;"))
    host.write(SHOP_SITE, text)
