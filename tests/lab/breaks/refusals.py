"""Breaks in which nginx keeps the socket out, bends its handshake, or does not reach the backend."""

from __future__ import annotations

from typing import Any

from tests.lab import client
from tests.lab.breaks.nginx import CONNECTION
from tests.lab.breaks.registry import broken
from tests.lab.breaks.settings import name_another_page
from tests.lab.breaks.steps import BLOCK, edit_site, edit_ws_location, location, restart_chat, ws_location
from tests.lab.client import Knock
from tests.lab.host import Host
from tests.lab.site import NGINX_SITE, UNIT, WS_PATH

ADVICE = {"nginx-deny-allow", "nginx-auth-request", "nginx-resolver-missing"}
CONFIRM = {
    "nginx-auth-basic",
    "nginx-limit-conn-req",
    "nginx-token-too-long",
    "nginx-rewrite-breaks-path",
    "nginx-intercept-errors",
    "nginx-upstream-down",
    "nginx-connection-hardcoded",
    "nginx-h2c-smuggling",
    "nginx-location-refuses-maintenance",
}
"""Breaks whose cure needs consent."""
FOUND_BESIDE = {"nginx-intercept-errors", "nginx-connection-hardcoded", "nginx-h2c-smuggling"}
"""Breaks that are not why the socket fails, if it does."""
BESIDE = {"nginx-intercept-errors": ("env-value-wrong",)}
"""What a break makes beside its fault: the page that covers up a refusal needs one."""
PORT = 8443
PASS = "        proxy_pass http://127.0.0.1:8000;\n"
SERVER = "    client_max_body_size 20M;   # photos\n"
ZONE = "/etc/nginx/conf.d/zone.conf"


def site_of(host: Host, name: str) -> dict[str, Any] | None:
    """What the operator asks of the site, where a break needs it said differently."""
    if name != "host-port-stripped":
        return None
    there = f"{host.card.site}:{PORT}"
    return {
        "url": f"wss://{there}{WS_PATH}",
        "origins": [f"https://{there}"],
        "env": None,
        "firewall": {"open": [PORT]},
    }


def _in_location(host: Host, *lines: str) -> None:
    edit_ws_location(host, BLOCK + "\n", BLOCK + "\n" + "".join(f"        {line}\n" for line in lines))


def _in_server(host: Host, *lines: str) -> None:
    edit_site(host, SERVER, SERVER + "".join(f"    {line}\n" for line in lines))


@broken("nginx-deny-allow", "403", body="403 Forbidden")
def deny_allow(host: Host) -> None:
    """Only the host itself may come in."""
    _in_location(host, "allow 127.0.0.1;", "deny all;")


@broken("nginx-auth-basic", "401", body="401 Authorization Required")
def auth_basic(host: Host) -> None:
    """The whole server asks for a password."""
    _in_server(host, 'auth_basic "staff only";', "auth_basic_user_file /etc/nginx/htpasswd;")


def second(host: Host, path: str) -> Knock:
    """Knock twice in a row: the second one is over the limit."""
    client.knock(host.card, path)
    return client.knock(host.card, path)


@broken("nginx-limit-conn-req", "503", body="503 Service Temporarily Unavailable", ask=second)
def limit_conn_req(host: Host) -> None:
    """One request in a minute is let in."""
    host.write(ZONE, "limit_req_zone $server_name zone=chat:1m rate=1r/m;\n")
    _in_location(host, "limit_req zone=chat;")


@broken("nginx-token-too-long", "400", body="Request Header Or Cookie Too Large")
def token_too_long(host: Host) -> None:
    """The buffers for the request are smaller than any handshake."""
    small = ("connection_pool_size 128;", "client_header_buffer_size 64;", "large_client_header_buffers 1 128;")
    _in_server(host, *small)


@broken("nginx-location-refuses", "404", body="404 Not Found")
def location_refuses(host: Host) -> None:
    """There is no location for the socket, and everything unknown is answered 404."""
    host.edit(NGINX_SITE, location(host, "/api/"), "")
    host.edit(NGINX_SITE, ws_location(host), "")
    edit_site(host, location(host, "/"), "    location / { return 404; }\n")


@broken("nginx-location-refuses-maintenance", "503", fault="nginx-location-refuses", body="503 Service")
def location_under_maintenance(host: Host) -> None:
    """A line that was to stand for one evening answers 503."""
    _in_location(host, "return 503;")


@broken("nginx-auth-request", "401", body="401 Authorization Required")
def auth_request(host: Host) -> None:
    """A service is asked for each request, and knows nobody."""
    block = ws_location(host)
    asked = "    location = /session {\n        internal;\n        return 401;\n    }\n\n"
    edit_site(host, block, asked + block.replace(BLOCK, f"{BLOCK}\n        auth_request /session;"))


@broken("nginx-rewrite-breaks-path", "403")
def rewrite_breaks_path(host: Host) -> None:
    """A rule of the old API takes the socket's path too."""
    _in_location(host, "rewrite ^/api/chat/(.*)$ /$1 break;")


@broken("nginx-intercept-errors", "200", body="sorry")
def intercept_errors(host: Host) -> None:
    """The backend refuses the page's origin, and nginx shows a friendly page instead."""
    name_another_page(host)
    restart_chat(host)
    block = ws_location(host)
    page = '    location = /sorry { default_type text/plain; return 200 "sorry"; }\n\n'
    lines = f"{BLOCK}\n        proxy_intercept_errors on;\n        error_page 403 =200 /sorry;"
    edit_site(host, block, page + block.replace(BLOCK, lines))


@broken("nginx-duplicate-proxy-set-header", "404", body="Not Found")
def duplicate_proxy_set_header(host: Host) -> None:
    """Connection is set from the map and, further down, to `close`."""
    edit_ws_location(host, CONNECTION, f'{CONNECTION}        proxy_set_header Connection "close";\n')


def at_port(host: Host, path: str) -> Knock:
    """Knock at the other port, from the page that stands there."""
    return client.knock(host.card, path, origin=f"https://{host.card.site}:{PORT}", port=PORT)


@broken("host-port-stripped", "403", ask=at_port)
def host_port_stripped(host: Host) -> None:
    """The page moves to another port, and the backend compares its origin with a Host that has none."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_HOST=1\n")
    restart_chat(host)
    host.sh(f"ufw allow {PORT}/tcp")
    text = host.read(NGINX_SITE)
    first = next(line for line in text.splitlines() if line.strip().startswith("listen 443"))
    edit_site(host, first, f"{first}\n    listen {PORT} ssl;")


@broken("nginx-xfp-missing", "403")
def xfp_missing(host: Host) -> None:
    """The backend compares the page's https with the scheme that it is told, and it is told none."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_SCHEME=1\n")
    restart_chat(host)
    edit_ws_location(host, "        proxy_set_header X-Forwarded-Proto $scheme;\n", "")


@broken("nginx-handshake-altered", "400")
def handshake_altered(host: Host) -> None:
    """None of the client's headers reach the backend."""
    _in_location(host, "proxy_pass_request_headers off;")


@broken("nginx-handshake-altered-method", "405", fault="nginx-handshake-altered")
def handshake_altered_method(host: Host) -> None:
    """The handshake is sent on as a POST."""
    _in_location(host, "proxy_method POST;")


@broken("nginx-handshake-altered-hidden", "InvalidUpgrade", fault="nginx-handshake-altered")
def handshake_altered_hidden(host: Host) -> None:
    """The client is not shown the Upgrade of the answer."""
    _in_location(host, "proxy_hide_header Upgrade;")


@broken("nginx-upstream-unix-socket", "502", body="502 Bad Gateway")
def upstream_unix_socket(host: Host) -> None:
    """nginx opens a socket that no backend makes any more."""
    edit_ws_location(host, PASS, "        proxy_pass http://unix:/run/chat/chat.sock;\n")


@broken("nginx-upstream-unix-socket-left", "502", fault="nginx-upstream-unix-socket", body="502 Bad Gateway")
def upstream_unix_socket_left(host: Host) -> None:
    """The process that listened on the socket is gone, its file is not, and only root may write to it."""
    host.sh(
        "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"/run/left.sock\")'; chmod 600 /run/left.sock"
    )
    host.edit(NGINX_SITE, "# chat backend\n", "# chat backend\nupstream chat { server unix:/run/left.sock; }\n")
    edit_ws_location(host, PASS, "        proxy_pass http://chat;\n")


@broken("nginx-upstream-https-scheme", "502", body="502 Bad Gateway")
def upstream_https_scheme(host: Host) -> None:
    """nginx speaks TLS to a backend that does not."""
    edit_ws_location(host, PASS, PASS.replace("http://", "https://"))


@broken("nginx-upstream-down", "502", body="502 Bad Gateway")
def upstream_down(host: Host) -> None:
    """The backend was marked down for a deployment, and nobody took it back."""
    host.edit(NGINX_SITE, "# chat backend\n", "# chat backend\nupstream chat { server 127.0.0.1:8000 down; }\n")
    edit_ws_location(host, PASS, "        proxy_pass http://chat;\n")


@broken("nginx-upstream-member-dead", "502", body="502 Bad Gateway", confirm="nginx-upstream-member-dead")
def upstream_member_dead(host: Host) -> None:
    """Of two servers the heavier one was shut down for good, and nginx may not go on to the other."""
    servers = "server 127.0.0.1:8011 weight=500 max_fails=0; server 127.0.0.1:8000;"
    host.edit(NGINX_SITE, "# chat backend\n", f"# chat backend\nupstream chat {{ {servers} }}\n")
    edit_ws_location(host, PASS, "        proxy_pass http://chat;\n        proxy_next_upstream off;\n")


@broken("nginx-connection-hardcoded", "101")
def connection_hardcoded(host: Host) -> None:
    """One location for everything says that it upgrades whatever is asked."""
    host.edit(NGINX_SITE, location(host, "/api/"), "")
    block = ws_location(host).replace("location /api/chat/ws/ {", "location / {")
    host.edit(NGINX_SITE, ws_location(host), "")
    edit_site(host, location(host, "/"), block.replace(CONNECTION, '        proxy_set_header Connection "upgrade";\n'))


@broken("nginx-h2c-smuggling", "101")
def h2c_smuggling(host: Host) -> None:
    """Every Upgrade is handed on beside a path that only the host itself may ask for."""
    guard = f"    location /api/admin/ {{\n        allow 127.0.0.1;\n        deny all;\n{PASS}    }}\n\n"
    block = ws_location(host)
    edit_site(host, block, guard + block.replace(CONNECTION, '        proxy_set_header Connection "upgrade";\n'))


@broken("nginx-proxy-bind", "500", confirm="nginx-proxy-bind", body="500 Internal Server Error")
def proxy_bind(host: Host) -> None:
    """The configuration was copied from a server that had this address."""
    _in_location(host, "proxy_bind 10.9.9.9;")


@broken("nginx-resolver-missing", "502", fault="backend-address-unknown", body="502 Bad Gateway")
def resolver_missing(host: Host) -> None:
    """The backend's name stands in a variable, as for containers, and nothing resolves it."""
    edit_ws_location(host, PASS, "        set $chat chat.internal;\n        proxy_pass http://$chat:8000;\n")
