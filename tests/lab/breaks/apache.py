"""Breaks of Apache: which ProxyPass takes the socket's path, what it forwards, what Apache runs with."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_apache, restart_unit
from tests.lab.host import Host, until
from tests.lab.systems.karbar import PORT, SITE, TLS, UNIT

KARBAR = ("000",)
BACKEND = f"http://127.0.0.1:{PORT}"
SOCKETS = f"""    ProxyPass        /be/ws/ {BACKEND}/ws/ upgrade=websocket timeout=3600
    ProxyPassReverse /be/ws/ {BACKEND}/ws/
"""
REST = f"""    ProxyPass        /be/ {BACKEND}/
    ProxyPassReverse /be/ {BACKEND}/
"""


def edit_site(host: Host, before: str, after: str) -> None:
    """Edit kar.bar's file and reload."""
    host.edit(SITE, before, after)
    reload_apache(host)


@broken("apache-proxypass-order", "404", systems=KARBAR, body="Not Found")
def proxypass_order(host: Host) -> None:
    """The broad ProxyPass stands first, so the socket's own is never reached; no rewrite mends it."""
    host.edit(SITE, SOCKETS, "")
    host.edit(SITE, "    # sockets first: the first ProxyPass that matches wins\n\n", "    # API Proxy\n")
    pair = SOCKETS.replace("http://", "ws://").replace(" upgrade=websocket timeout=3600", "")
    edit_site(host, REST, f"{REST}\n    # WebSocket Proxy - CRITICAL!\n{pair}")


@broken("apache-upgrade-not-enabled", "404", systems=KARBAR, body="Not Found")
def upgrade_not_enabled(host: Host) -> None:
    """The socket's ProxyPass speaks http:// and lacks `upgrade=websocket`."""
    edit_site(host, " upgrade=websocket", "")


@broken("apache-requestheader-folklore", "404", systems=KARBAR, fault="apache-upgrade-not-enabled", body="Not Found")
def requestheader_folklore(host: Host) -> None:
    """Two RequestHeader lines stand in for `upgrade=websocket`, and do nothing."""
    lines = '    RequestHeader set Upgrade "websocket"\n    RequestHeader set Connection "Upgrade"\n'
    edit_site(host, SOCKETS, SOCKETS.replace(" upgrade=websocket", "") + lines)


@broken("apache-shared-worker", "404", systems=KARBAR, body="Not Found")
def shared_worker(host: Host) -> None:
    """An earlier ProxyPass to the same backend made the worker, so `upgrade=websocket` comes too late."""
    earlier = f"    ProxyPass        /hub/ {BACKEND}/\n    ProxyPassReverse /hub/ {BACKEND}/\n\n"
    edit_site(host, SOCKETS, earlier + SOCKETS)


@broken("apache-location-order", "404", systems=KARBAR, body="Not Found")
def location_order(host: Host) -> None:
    """Of two `<Location>` blocks the last that matches wins, and the broad one stands last."""
    blocks = (
        f"    <Location /be/ws/>\n        ProxyPass ws://127.0.0.1:{PORT}/ws/ timeout=3600\n    </Location>\n\n"
        f"    <Location /be/>\n        ProxyPass {BACKEND}/\n    </Location>\n"
    )
    edit_site(host, f"{SOCKETS}\n{REST}", blocks)


@broken("apache-trailing-slash-mismatch", "403", systems=KARBAR)
def trailing_slash_mismatch(host: Host) -> None:
    """The path ends in a slash and the backend's URL does not, so the two names grow together."""
    edit_site(host, f"/be/ws/ {BACKEND}/ws/ upgrade", f"/be/ws/ {BACKEND}/ws upgrade")


@broken("apache-target-strips", "403", systems=KARBAR)
def target_strips(host: Host) -> None:
    """The target has no path, so that `/be/ws/` is cut off and `/ws/` is missing."""
    edit_site(host, f"/be/ws/ {BACKEND}/ws/ upgrade", f"/be/ws/ {BACKEND}/ upgrade")


@broken("apache-prefix-not-stripped", "403", systems=KARBAR)
def prefix_not_stripped(host: Host) -> None:
    """The target repeats the public path, which the backend knows without `/be`."""
    edit_site(host, f"/be/ws/ {BACKEND}/ws/ upgrade", f"/be/ws/ {BACKEND}/be/ws/ upgrade")


@broken("apache-upstream-wrong-port", "503", systems=KARBAR, body="Service Unavailable")
def upstream_wrong_port(host: Host) -> None:
    """The backend moved, and the socket's ProxyPass still names its old port."""
    edit_site(host, f"/be/ws/ {BACKEND}/ws/ upgrade", "/be/ws/ http://127.0.0.1:8009/ws/ upgrade")


@broken("backend-bind-ipv6-only", "503", systems=KARBAR, body="Service Unavailable")
def bind_ipv6_only(host: Host) -> None:
    """The backend listens on ::1 alone, and Apache dials 127.0.0.1."""
    host.edit(UNIT, "--host 0.0.0.0", "--host ::1")
    restart_unit(host, "karbar-backend", PORT)


@broken("apache-fallbackresource-spa", "200", systems=KARBAR, body="<!doctype html>")
def fallbackresource_spa(host: Host) -> None:
    """No ProxyPass takes the socket: FallbackResource answers with the page."""
    edit_site(host, f"{SOCKETS}\n{REST}", "")


@broken("apache-proxy-denied", "403", systems=KARBAR, body="Forbidden")
def proxy_denied(host: Host) -> None:
    """A `<Proxy>` section, meant against open proxies, refuses everybody."""
    deny = '    <Proxy "*">\n        Require all denied\n    </Proxy>\n'
    edit_site(host, "    ProxyRequests Off\n", f"    ProxyRequests Off\n{deny}")


@broken("apache-preservehost-off", "403", systems=KARBAR)
def preservehost_off(host: Host) -> None:
    """The backend compares Host with the page's origin, and Apache sends it the backend's own address."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_HOST=1\n")
    restart_unit(host, "karbar-backend", PORT)
    edit_site(host, "    ProxyPreserveHost On\n", "")


@broken("apache-timeout-idle", "cut", systems=KARBAR, hold=7.0)
def timeout_idle(host: Host) -> None:
    """An idle socket is cut after three seconds, since the backend never pings."""
    host.edit(UNIT, f"--port {PORT}", f"--port {PORT} --ws-ping-interval 3600")
    restart_unit(host, "karbar-backend", PORT)
    host.edit("/etc/apache2/apache2.conf", "\nTimeout 300\n", "\nTimeout 3\n")
    edit_site(host, "timeout=3600", "timeout=3")


@broken("apache-mod-missing-proxy_http", "500", systems=KARBAR, body="Internal Server Error")
def mod_missing_proxy_http(host: Host) -> None:
    """proxy_http is not loaded: nobody knows how to speak to http://."""
    host.sh("a2dismod -q -f proxy_http")
    reload_apache(host)


@broken("apache-mod-missing-proxy", "refused", systems=KARBAR)
def mod_missing_proxy(host: Host) -> None:
    """proxy is not loaded, ProxyPass is an invalid command, and Apache did not start again."""
    _dismissed(host, "proxy")


@broken("apache-mod-missing-rewrite", "refused", systems=KARBAR)
def mod_missing_rewrite(host: Host) -> None:
    """rewrite is not loaded, RewriteEngine is an invalid command, and Apache did not start again."""
    _dismissed(host, "rewrite")


@broken("apache-wrong-vhost", "404", systems=KARBAR, body="Apache")
def wrong_vhost(host: Host) -> None:
    """ServerName names another site and the shop is the first virtual host, so the shop answers."""
    host.sh("cd /etc/apache2/sites-enabled && mv shop.conf 000-shop.conf")
    name = host.site.name
    text = host.read(SITE).replace(f"ServerName {name}\n", f"ServerName old.{name}\n")
    host.write(SITE, text)
    reload_apache(host)


@broken("apache-site-not-enabled", "404", systems=KARBAR, body="Apache")
def site_not_enabled(host: Host) -> None:
    """The link in sites-enabled is gone, so the shop answers."""
    host.sh("a2dissite -q kar.bar")
    reload_apache(host)


@broken("apache-edited-not-reloaded", "404", systems=KARBAR, body="Not Found")
def edited_not_reloaded(host: Host) -> None:
    """The file is right again, but the workers still run the broken one."""
    good = host.read(SITE)
    upgrade_not_enabled(host)
    host.sh("sleep 1.1")  # so that the file is newer than the workers by a whole second
    host.write(SITE, good)


@broken("apache-config-broken", "101", systems=KARBAR)
def config_broken(host: Host) -> None:
    """A typing error on the disk: Apache still serves what it loaded before."""
    host.edit(SITE, "    ProxyRequests Off\n", "    ProxyRequest Off\n")


@broken("apache-down", "refused", systems=KARBAR)
def down(host: Host) -> None:
    """Apache is stopped."""
    host.sh("systemctl stop apache2")
    until(10, f"Apache on {host.name} to stop", lambda: not host.sh("ss -Htln 'sport = :443'").stdout)


@broken("tls-cert-expired", "tls-expired", systems=KARBAR)
def cert_expired(host: Host) -> None:
    """The certificate ran out ten days ago."""
    certificate = host.lab.authority.issue(host.site.name, expired=True)
    for name, text in (("fullchain.pem", certificate.fullchain), ("privkey.pem", certificate.key)):
        host.write(f"{TLS}/{name}", text)
    reload_apache(host)


@broken("tls-missing-intermediate", "tls-no-issuer", systems=KARBAR)
def missing_intermediate(host: Host) -> None:
    """Apache presents the leaf alone, though the full chain lies beside it."""
    edit_site(host, f"{TLS}/fullchain.pem", f"{TLS}/cert.pem")


def _dismissed(host: Host, module: str) -> None:
    host.sh(f"a2dismod -q -f {module}; systemctl restart apache2", check=False)
