"""Breaks of HAProxy: which rule takes the socket, what it does to it, whom it takes for down."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import SETTLE_SECONDS, restart_chat, run_backend
from tests.lab.host import Host, until
from tests.lab.site import UNIT
from tests.lab.systems.haproxy import MAIN

HAPROXY = ("haproxy",)
BACKEND = "backend chat_ws\n\ttimeout tunnel 1h\n"
SERVER = "\tserver app 127.0.0.1:8000\n"
SOCKETS = "\tuse_backend chat_ws if host_chat is_socket\n"
REST = "\tuse_backend chat if host_chat\n"
ADDED = "\thttp-request set-header X-Forwarded-Proto https\n"
CHECKED = "use IO::Socket::UNIX; $s = IO::Socket::UNIX->new(Peer => q(/run/haproxy/admin.sock)); $s->send(qq(show stat\\n)); print <$s>"


def edit(host: Host, before: str, after: str) -> None:
    """Edit the configuration and reload."""
    host.edit(MAIN, before, after)
    reload_haproxy(host)


def reload_haproxy(host: Host) -> None:
    """Reload and wait until a new worker takes the connections."""
    before = _workers(host)
    host.sh("systemctl reload haproxy")
    until(
        SETTLE_SECONDS,
        f"HAProxy on {host.name} to take up its new configuration",
        lambda: bool(_workers(host) - before),
    )


@broken("haproxy-timeout-tunnel", "cut", systems=HAPROXY, hold=7.0)
def timeout_tunnel(host: Host) -> None:
    """Nobody set `timeout tunnel`, so that a silent socket is cut after three seconds."""
    run_backend(host, "quiet")
    host.edit(
        MAIN, "timeout client  50000\n        timeout server  50000", "timeout client  3s\n        timeout server  3000"
    )
    edit(host, BACKEND, "backend chat_ws\n")


@broken("haproxy-request-denied", "403", systems=HAPROXY, body="403 Forbidden")
def request_denied(host: Host) -> None:
    """A rule against strangers refuses everything below /api/."""
    edit(host, ADDED, f"\thttp-request deny if host_chat {{ path_beg /api/ }}\n{ADDED}")


@broken("haproxy-httpchk-404", "cut", systems=HAPROXY)
def httpchk(host: Host) -> None:
    """The health check asks for `OPTIONS /`, which the application does not know."""
    edit(host, BACKEND + SERVER, f"{BACKEND}\toption httpchk\n{SERVER[:-1]} check inter 300 fall 2\n")
    until(
        SETTLE_SECONDS,
        f"{host.name} to take the chat for down",
        lambda: "chat_ws,app" in host.sh(f"perl -e '{CHECKED}' | grep ',DOWN,'", check=False).stdout,
    )


@broken("haproxy-no-server", "cut", systems=HAPROXY)
def no_server(host: Host) -> None:
    """No rule takes the socket's path, and there is no default_backend."""
    edit(host, f"{SOCKETS}{REST}", "\tuse_backend chat if host_chat !is_socket\n")


@broken("haproxy-backend-order", "200", systems=HAPROXY, body="Shop")
def backend_order(host: Host) -> None:
    """The rule for everything below /api/ stands before the one for sockets."""
    edit(host, SOCKETS, f"\tuse_backend shop if host_chat {{ path_beg /api/ }}\n{SOCKETS}")


@broken("haproxy-redirected", "302", systems=HAPROXY)
def redirected(host: Host) -> None:
    """Everything below /api/ is sent to another path."""
    edit(host, ADDED, f"\thttp-request redirect prefix /v2 if {{ path_beg /api/ }}\n{ADDED}")


@broken("haproxy-upstream-wrong-port", "cut", systems=HAPROXY, fault="proxy-upstream-wrong-port")
def upstream_wrong_port(host: Host) -> None:
    """Nobody listens on the port that the sockets' backend dials; it is dialled once, so that the answer comes at once."""
    edit(host, BACKEND + SERVER, f"{BACKEND}\tretries 0\n{SERVER.replace('8000', '8008')}")


@broken("haproxy-upstream-https", "cut", systems=HAPROXY, fault="proxy-upstream-https")
def upstream_https(host: Host) -> None:
    """The server is spoken to over TLS, and the chat speaks plain HTTP."""
    edit(host, BACKEND + SERVER, f"{BACKEND}\tretries 0\n{SERVER[:-1]} ssl verify none\n")


@broken("haproxy-path-differs", "403", systems=HAPROXY, fault="proxy-path-differs")
def path_differs(host: Host) -> None:
    """A rewrite of an older version is left in."""
    edit(host, BACKEND, f"{BACKEND}\thttp-request replace-path /api/(.*) /v1/\\1\n")


@broken("haproxy-upgrade-not-forwarded", "404", systems=HAPROXY, fault="proxy-upgrade-not-forwarded", body="Not Found")
def upgrade_not_forwarded(host: Host) -> None:
    """A line takes Upgrade away."""
    edit(host, BACKEND, f"{BACKEND}\thttp-request del-header Upgrade\n")


@broken("haproxy-host-not-preserved", "403", systems=HAPROXY, fault="proxy-host-not-preserved")
def host_not_preserved(host: Host) -> None:
    """The backend compares Host with the page's origin, and is sent its own address."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_HOST=1\n")
    restart_chat(host)
    edit(host, BACKEND, f"{BACKEND}\thttp-request set-header Host 127.0.0.1:8000\n")


@broken("haproxy-edited-not-reloaded", "404", systems=HAPROXY, fault="proxy-edited-not-reloaded", body="Not Found")
def edited_not_reloaded(host: Host) -> None:
    """The disk is right, and HAProxy still runs with what it loaded before."""
    line = "\thttp-request del-header Upgrade\n"
    edit(host, BACKEND, BACKEND + line)
    host.sh("sleep 1.1")
    host.edit(MAIN, line, "")


@broken("haproxy-config-broken", "101", systems=HAPROXY, fault="proxy-config-broken")
def config_broken(host: Host) -> None:
    """A typing error on the disk: HAProxy still serves what it loaded before."""
    host.edit(MAIN, "timeout tunnel", "timeout tunel")


@broken("haproxy-down", "refused", systems=HAPROXY, fault="proxy-down")
def down(host: Host) -> None:
    """HAProxy is stopped."""
    host.sh("systemctl stop haproxy")
    until(10, f"HAProxy on {host.name} to stop", lambda: not host.sh("ss -Htln 'sport = :443'").stdout)


def _workers(host: Host) -> set[str]:
    main = host.sh("systemctl show --value -p MainPID haproxy").stdout.strip()
    return set(host.sh(f"pgrep -P {main}", check=False).stdout.split())
