"""The systems themselves: each healthy one works for its own clients, and comes back after a reboot."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.lab import client, socketio
from tests.lab.breaks import break_host
from tests.lab.breaks.parkmate import TOLD, notified
from tests.lab.host import Host
from tests.lab.image import Release
from tests.lab.systems import SYSTEMS, cofau, hotel, pm2, valet

Fresh = Callable[..., Host]

NEW = tuple(name for name in SYSTEMS if name != "chat")
WORKS = {"002": "websocket"}
"""The word of a client whose socket opened, where it is not the status of the handshake."""


@pytest.mark.parametrize("system", NEW)
def test_a_healthy_system_works_and_is_up_in_good_order(healthy_host: Fresh, release: Release, system: str) -> None:
    host = healthy_host(release=release, system=system)
    assert host.system.knock(host.card).word == WORKS.get(system, "101")
    assert host.system.echo(host.card) == "hello"
    assert client.get(host.card, name=host.card.shop, tls=host.system.tls).body.count("Shop") == 2
    assert host.sh("systemctl is-system-running --wait").stdout.strip() == "running"
    assert "Status: active" in host.sh("ufw status").stdout
    closed = SYSTEMS[system].inventory(host.card)["firewall"]["closed"]
    assert not any(client.reachable(host.card.address4, port) for port in closed)


@pytest.mark.parametrize("system", ["000", "001", "002", "004-split"])
def test_a_system_comes_back_after_a_reboot(healthy_host: Fresh, system: str) -> None:
    host = healthy_host(release=12, system=system)
    host.reboot()
    assert host.system.knock(host.card).word == WORKS.get(system, "101")


def test_an_anchored_condition_keeps_only_firefox_out(healthy_host: Fresh) -> None:
    host = healthy_host(system="000")
    break_host(host, "apache-connection-regex-anchored")
    assert client.shake(host.card, host.system.path, "Upgrade").status == 101
    assert client.shake(host.card, host.system.path, "keep-alive, Upgrade").status == 404


def test_what_runs_after_a_reboot_shows_what_was_never_saved(healthy_host: Fresh) -> None:
    host = healthy_host(system="001")
    break_host(host, "pm2-not-saved")
    assert host.system.knock(host.card).word == "101"
    host.variant = host.variant.__class__(
        **(vars(host.variant) | {"site": False})
    )  # nobody waits for the chat to answer
    host.reboot(power_cut=True)
    host.sh("systemctl is-system-running --wait", check=False)  # sshd answers before nginx does
    assert host.system.knock(host.card).word == "502"
    host.sh(f"systemctl start pm2-{cofau.USER}.service")  # two clients of PM2 at once start two daemons
    assert pm2.run(host, cofau.USER, cofau.PM2_HOME, "jlist").strip().splitlines()[-1] == "[]"


def test_a_token_opens_the_chat_of_cofau_and_nothing_else_does(healthy_host: Fresh) -> None:
    host = healthy_host(system="001")
    path = cofau.way(host.card, cofau.WS_PATH)
    assert client.knock(host.card, path).word == "101"
    assert client.knock(host.card, cofau.WS_PATH).word == "403"
    assert client.knock(host.card, path[:-2]).word == "403"
    token = path.rpartition("=")[2]
    me = client.ask(host.card, "/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert json.loads(me.body)["id"] == "u1"


def test_the_hotel_asks_for_a_cookie_then_a_token_and_knows_roles(healthy_host: Fresh) -> None:
    host = healthy_host(system="003")
    assert client.get(host.card, hotel.WS_TOKEN).status == 401
    session = {"Cookie": hotel.cookie(host.card)}
    given = json.loads(client.ask(host.card, hotel.WS_TOKEN, headers=session).body)
    assert given["expires_in"] == 300
    assert client.ask(host.card, "/api/v1/staff/connected", headers=session).status == 403
    assert client.knock(host.card, hotel.WS_PATH, origin=hotel.page(host.card)).word == "403"
    assert client.knock(host.card, f"{hotel.WS_PATH}?token={given['token']}", origin=host.card.origin).word == "403"


@pytest.mark.parametrize("transports", [("polling",), ("websocket",), ("polling", "websocket")], ids="-".join)
def test_an_app_reaches_the_valet_by_each_transport(healthy_host: Fresh, transports: tuple[str, ...]) -> None:
    host = healthy_host(system="002")
    assert socketio.connect(host.card, transports=transports).word == transports[-1]
    refused = socketio.connect(host.card, transports=transports, token="guessed")
    assert refused.word == "refused"
    assert "Unauthorized" in refused.body
    assert socketio.connect(host.card, transports=transports, version=3).word == "refused"


def test_polling_without_sticky_sessions_fails_and_websocket_alone_does_not(healthy_host: Fresh) -> None:
    host = healthy_host(system="002")
    break_host(host, "sio-no-sticky")
    assert len(host.sh(f"pgrep -u {valet.USER} -f server.js").stdout.split()) == 4
    assert socketio.connect(host.card, transports=["websocket"]).word == "websocket"


@pytest.mark.parametrize("system", ["004", "004-split"])
def test_a_view_reaches_the_socket_that_another_process_holds(healthy_host: Fresh, system: str) -> None:
    host = healthy_host(system=system)
    assert notified(host, host.system.path).word == TOLD
