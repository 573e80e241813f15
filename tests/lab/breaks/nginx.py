"""Breaks of nginx: what it forwards, what it runs with, whether it runs."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_site, edit_ws_location, restart_chat, run_backend, ws_location
from tests.lab.host import Host, until
from tests.lab.site import NGINX_MAP, NGINX_SITE, UNIT

UPGRADE = "        proxy_set_header Upgrade $http_upgrade;\n"
CONNECTION = "        proxy_set_header Connection $connection_upgrade;\n"
VERSION = "        proxy_http_version 1.1;\n"


@broken("nginx-upgrade-headers-missing", "404", body="Not Found")
def upgrade_headers_missing(host: Host) -> None:
    """The lines that forward Upgrade and Connection are missing."""
    edit_ws_location(host, UPGRADE + CONNECTION, "")


@broken("nginx-connection-value-wrong", "404", body="Not Found")
def connection_value_wrong(host: Host) -> None:
    """Connection is set to a fixed `close`."""
    edit_ws_location(host, CONNECTION, '        proxy_set_header Connection "close";\n')


@broken("nginx-http-version-10", "505")
def http_version_10(host: Host) -> None:
    """The proxy speaks HTTP/1.0 to a backend that refuses it."""
    run_backend(host, "strict")
    edit_ws_location(host, VERSION, "        proxy_http_version 1.0;\n")


@broken("nginx-headers-not-inherited", "404", body="Not Found")
def headers_not_inherited(host: Host) -> None:
    """The headers stand in `server`, and one line in the location throws them away."""
    block = ws_location(host)
    lines = [line for line in block.splitlines(keepends=True) if "proxy_set_header" not in line]
    bare = "".join(lines).replace(VERSION, VERSION + "        proxy_set_header X-Chat-Room lobby;\n")
    host.edit(NGINX_SITE, block, bare)
    server = "    client_max_body_size 20M;   # photos\n"
    headers = UPGRADE + CONNECTION + "        proxy_set_header Host $host;\n"
    edit_site(host, server, server + headers.replace("        ", "    "))


@broken("nginx-host-not-preserved", "403")
def host_not_preserved(host: Host) -> None:
    """The Host line is missing, and the backend compares Host with the page's origin."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_HOST=1\n")
    restart_chat(host)
    edit_ws_location(host, "        proxy_set_header Host $host;\n", "")


@broken("nginx-map-undefined", "101")
def map_undefined(host: Host) -> None:
    """The map is gone from the disk and the reload was refused: the old configuration still serves."""
    host.sh(f"rm {NGINX_MAP}; systemctl reload nginx", check=False)


@broken("nginx-map-undefined-down", "refused", fault="nginx-map-undefined")
def map_undefined_down(host: Host) -> None:
    """The map is gone and nginx was restarted: it does not start."""
    host.sh(f"rm {NGINX_MAP}; systemctl restart nginx", check=False)


@broken("nginx-config-broken", "101")
def config_broken(host: Host) -> None:
    """A typing error on the disk: nginx still serves what it loaded before."""
    host.write(NGINX_SITE, host.read(NGINX_SITE) + "foo;\n")


@broken("nginx-edited-not-reloaded", "404", body="Not Found")
def edited_not_reloaded(host: Host) -> None:
    """The file is right again, but the workers still run the broken one."""
    good = host.read(NGINX_SITE)
    upgrade_headers_missing(host)
    host.sh("sleep 1.1")  # so that the file is newer than the workers by a whole second
    host.write(NGINX_SITE, good)


@broken("nginx-proxy-read-timeout", "cut", hold=6.0)
def proxy_read_timeout(host: Host) -> None:
    """An idle socket is cut after three seconds, since the backend never pings."""
    run_backend(host, "quiet")
    edit_ws_location(host, "proxy_read_timeout 3600s;", "proxy_read_timeout 3s;")


@broken("nginx-upstream-wrong-port", "502", body="502 Bad Gateway")
def upstream_wrong_port(host: Host) -> None:
    """proxy_pass names a port where nothing listens."""
    edit_ws_location(host, "127.0.0.1:8000", "127.0.0.1:8009")


@broken("nginx-upstream-localhost-ipv6", "502", body="502 Bad Gateway")
def upstream_localhost_ipv6(host: Host) -> None:
    """The backend listens on ::1 only, the proxy asks 127.0.0.1."""
    host.edit(UNIT, "--host 127.0.0.1", "--host ::1")
    restart_chat(host)


@broken("nginx-down", "refused")
def down(host: Host) -> None:
    """nginx is stopped."""
    host.sh("systemctl stop nginx")
    until(5, f"nginx on {host.name} to stop", lambda: not host.sh("ss -Htln 'sport = :443'").stdout)


@broken("nginx-down-port-held", "SSLError", fault="nginx-down")
def port_held(host: Host) -> None:
    """Another server was started on 443 while nginx was down, so that nginx cannot come back."""
    down(host)
    host.sh("systemd-run --quiet --unit=preview python3 -m http.server 443")
    until(5, f"port 443 of {host.name} to be taken", lambda: bool(host.sh("ss -Htln 'sport = :443'").stdout))
    host.sh("systemctl start nginx", check=False)
