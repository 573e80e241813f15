"""Breaks of HAProxy and Caddy as people write them: a server that moved away, a check of the wrong port, a line of another recipe."""

from __future__ import annotations

from tests.lab.breaks.caddy import CADDY, PROXY, edit_site
from tests.lab.breaks.haproxy import ADDED, BACKEND, CHECKED, HAPROXY, SERVER, edit
from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import SETTLE_SECONDS
from tests.lab.host import Host, until

DEAD = SERVER.replace("app", "old").replace("8000", "8011")


@broken("haproxy-upstream-member-dead", "cut", systems=HAPROXY, fault="proxy-upstream-member-dead")
def haproxy_member_dead(host: Host) -> None:
    """The first server moved away; HAProxy asks the backup only when it knows that, and nothing checks."""
    edit(host, BACKEND + SERVER, f"{BACKEND}\tretries 0\n{DEAD}{SERVER[:-1]} backup\n")


@broken("caddy-upstream-member-dead", "502", systems=CADDY, fault="proxy-upstream-member-dead")
def caddy_member_dead(host: Host) -> None:
    """Two upstreams of which the first one is asked, and it is gone."""
    pool = PROXY.replace("127.0.0.1:8000", "127.0.0.1:8011 127.0.0.1:8000 {")
    edit_site(host, PROXY, f"{pool}\t\t\tlb_policy first\n\t\t}}\n")


@broken("haproxy-check-port", "cut", systems=HAPROXY, fault="haproxy-httpchk-404")
def check_port(host: Host) -> None:
    """The health check asks the port of the old machine."""
    edit(host, BACKEND + SERVER, f"{BACKEND}{SERVER[:-1]} check port 8099 inter 300 fall 2\n")
    _until_down(host)


@broken("haproxy-check-ssl", "cut", systems=HAPROXY, fault="haproxy-httpchk-404")
def check_ssl(host: Host) -> None:
    """The health check speaks TLS, and the chat does not."""
    edit(host, BACKEND + SERVER, f"{BACKEND}{SERVER[:-1]} check check-ssl verify none inter 300 fall 2\n")
    _until_down(host)


@broken("haproxy-key-taken", "InvalidHeaderValue", systems=HAPROXY, fault="proxy-upgrade-not-forwarded")
def key_taken(host: Host) -> None:
    """A line takes the client's key away; HAProxy makes another, and the answer does not fit."""
    edit(host, BACKEND, f"{BACKEND}\thttp-request del-header Sec-WebSocket-Key\n")


@broken("haproxy-answer-without-upgrade", "InvalidUpgrade", systems=HAPROXY, fault="proxy-upgrade-not-forwarded")
def answer_without_upgrade(host: Host) -> None:
    """A line against `Upgrade: h2c` in answers takes that of the 101, too."""
    edit(host, BACKEND, f"{BACKEND}\thttp-response del-header Upgrade\n")


@broken("haproxy-another-origin", "403", systems=HAPROXY, fault="haproxy-request-denied", body="403 Forbidden")
def another_origin(host: Host) -> None:
    """Sockets are taken from the pages of the old name alone."""
    old = "{ hdr(Upgrade) -i websocket } !{ hdr(Origin) -i https://old.example.com }"
    edit(host, ADDED, f"\thttp-request deny if {old}\n{ADDED}")


@broken("haproxy-rate-limit", "429", systems=HAPROXY, fault="haproxy-request-denied")
def rate_limit(host: Host) -> None:
    """Nobody may ask more than once, since all come from one address."""
    edit(
        host,
        ADDED,
        "\tstick-table type ipv6 size 1k expire 1m store http_req_cnt\n\thttp-request track-sc0 src\n"
        f"\thttp-request deny deny_status 429 if {{ sc_http_req_cnt(0) gt 0 }}\n{ADDED}",
    )


@broken("haproxy-timeout-unit", "504", systems=HAPROXY)
def timeout_unit(host: Host) -> None:
    """A time of one second is written without its unit."""
    edit(host, "timeout server  50000", "timeout server  1")


@broken("haproxy-send-proxy", "400", systems=HAPROXY)
def send_proxy(host: Host) -> None:
    """The PROXY protocol is spoken to a backend that does not know it."""
    edit(host, BACKEND + SERVER, f"{BACKEND}{SERVER[:-1]} send-proxy\n")


@broken("haproxy-accept-proxy", "cut", systems=HAPROXY)
def accept_proxy(host: Host) -> None:
    """The bind line is that of a host behind a balancer, and there is none."""
    edit(host, "bind :::443 v4v6 ssl", "bind :::443 v4v6 accept-proxy ssl")


def _until_down(host: Host) -> None:
    until(
        SETTLE_SECONDS,
        f"{host.name} to take the chat for down",
        lambda: "chat_ws,app" in host.sh(f"perl -e '{CHECKED}' | grep ',DOWN,'", check=False).stdout,
    )
