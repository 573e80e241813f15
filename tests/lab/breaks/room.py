"""Breaks of what the backend needs from its host: its unit, its files, its ports, its limits."""

from __future__ import annotations

from typing import Any

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_ws_location, reload_nginx, restart_chat, until_listens
from tests.lab.client import knock
from tests.lab.host import Host, until
from tests.lab.machine import LabError
from tests.lab.site import APP, BACKEND_PORT, ENV_FILE, UNIT

GATEWAY = "502 Bad Gateway"
SERVER = f"{APP}/server.py"
MAIN = "/etc/nginx/nginx.conf"
SMALL = (40000, 40019)
ADDRESS = "192.0.2.10"
"""One more address of the host; the same in every lab."""

EXPECTED: dict[str, dict[str, Any]] = {
    "systemd-masked": {"confirm": "systemd-masked"},
    "systemd-env-file-missing": {"confirm": "systemd-env-file-missing"},
    "env-port-mismatch": {"confirm": "env-port-mismatch"},
    "old-code-running": {"confirm": "old-code-running", "only_loaded": True},
    "net-ephemeral-exhausted": {"confirm": "net-ephemeral-exhausted"},
    "supervisor-stopped": {"site": {"service": None, "env": None}},
    "backend-event-loop-blocked": {"confirm": "backend-event-loop-blocked", "only_loaded": True},
}
"""Break → what is expected of its course, beside that it is named, repaired and put back."""


@broken("systemd-no-restart", "502", body=GATEWAY)
def no_restart(host: Host) -> None:
    """The chat was killed, and its unit says Restart=no."""
    host.edit(UNIT, "Restart=on-failure\n", "Restart=no\n")
    restart_chat(host)
    host.sh("systemctl kill -s KILL chat")
    until(10, f"the chat on {host.name} to fail", lambda: _state(host) == "failed")


@broken("systemd-start-limit", "502", body=GATEWAY)
def start_limit(host: Host) -> None:
    """The chat died at each start until systemd gave it up; its code was mended since."""
    good = host.read(SERVER)
    host.edit(UNIT, "After=network.target\n", "After=network.target\nStartLimitIntervalSec=600\nStartLimitBurst=2\n")
    host.edit(UNIT, "RestartSec=2\n", "RestartSec=0.1\n")
    host.edit(SERVER, "app = FastAPI(", 'raise RuntimeError("no settings")\napp = FastAPI(')
    host.sh("systemctl daemon-reload; systemctl restart chat", check=False)
    until(20, f"systemd on {host.name} to give the chat up", lambda: _state(host) == "failed")
    host.sh("sleep 1.1")
    host.write(SERVER, good)


@broken("systemd-masked", "502", body=GATEWAY)
def masked(host: Host) -> None:
    """The chat's unit, one of a package, is masked."""
    host.sh(f"systemctl stop chat; mv {UNIT} /usr/lib/systemd/system/; systemctl daemon-reload")
    host.sh("systemctl -q reenable chat; systemctl -q mask chat")


@broken("systemd-env-file-missing", "502", body=GATEWAY)
def env_file_missing(host: Host) -> None:
    """The unit reads an env file that is gone."""
    host.edit(UNIT, f"EnvironmentFile={ENV_FILE}\n", "EnvironmentFile=/etc/chat/production.env\n")
    host.sh("systemctl daemon-reload; systemctl restart chat", check=False)
    until(10, f"the chat on {host.name} to fail", lambda: _state(host) != "active")


@broken("env-port-mismatch", "502", body=GATEWAY)
def port_mismatch(host: Host) -> None:
    """The chat takes its port from the env file, which says 8001."""
    uvicorn = f"ExecStart=/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port {BACKEND_PORT}"
    host.edit(UNIT, uvicorn, "ExecStart=/opt/chat/venv/bin/python server.py")
    host.edit(ENV_FILE, "\nPORT=8000\n", "\nPORT=8001\n")
    host.sh("systemctl daemon-reload; systemctl restart chat")
    until_listens(host, 8001)


@broken("old-code-running", "403")
def old_code(host: Host) -> None:
    """The route is right on the disk again, but the chat runs what it was."""
    good = host.read(SERVER)
    host.edit(SERVER, '@app.websocket("/api/chat/ws/{user_id}")', '@app.websocket("/api/talk/{user_id}")')
    restart_chat(host)
    host.sh("sleep 3")
    host.write(SERVER, good)


@broken("backend-bind-loopback", "502", body=GATEWAY)
def bind_loopback(host: Host) -> None:
    """nginx dials the host's own address, and the chat listens on loopback only."""
    host.sh(f"ip address add {ADDRESS}/32 dev lo")
    edit_ws_location(host, f"http://127.0.0.1:{BACKEND_PORT}", f"http://{ADDRESS}:{BACKEND_PORT}")


@broken("nginx-worker-connections", "500")
def worker_connections(host: Host) -> None:
    """A worker has a connection for the client, and none for the backend."""
    host.sh(f"sed -i 's/^worker_processes .*/worker_processes 1;/' {MAIN}")
    for number in range(5, 16):
        host.sh(f"sed -i -E 's/worker_connections [0-9]+;/worker_connections {number};/' {MAIN}")
        if host.sh("nginx -t", check=False).returncode:
            continue
        reload_nginx(host)
        if knock(host.card).word == "500":
            return
    raise LabError(f"nginx on {host.name} never ran out of connections")


@broken("net-ephemeral-exhausted", "502", body=GATEWAY)
def ephemeral_exhausted(host: Host) -> None:
    """Of the few ports for outgoing connections every one is taken by somebody who talks to the chat."""
    low, high = SMALL
    program = (
        f"import socket, time; s = [socket.create_connection(('127.0.0.1', {BACKEND_PORT})) for _ in range({high - low + 1})]; "
        "time.sleep(3600)"
    )
    host.sh(f"echo '{low} {high}' >/proc/sys/net/ipv4/ip_local_port_range")
    host.sh(f'systemd-run -q --unit=hoarder python3 -c "{program}"')
    held = f"ss -Htn state established '( dport = :{BACKEND_PORT} )' | wc -l"
    until(10, f"the ports of {host.name} to be taken", lambda: int(host.sh(held).stdout) >= high - low)


@broken("supervisor-stopped", "502", body=GATEWAY)
def supervisor_stopped(host: Host) -> None:
    """supervisor keeps the chat, and has it stopped."""
    section = (
        "[program:chat]\ncommand=/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port 8000\ndirectory=/opt/chat\n"
        f'user=chat\nautostart=false\nenvironment=CORS_ORIGINS="https://{host.site.name}"\n'
    )
    host.sh("systemctl disable --now -q chat")
    host.write("/etc/supervisor/conf.d/chat.conf", section)
    host.sh("systemctl start supervisor")
    until(
        10,
        f"supervisor on {host.name} to answer",
        lambda: "STOPPED" in host.sh("supervisorctl status", check=False).stdout,
    )


@broken("backend-event-loop-blocked", "timeout")
def event_loop_blocked(host: Host) -> None:
    """The chat's process takes connections and does nothing with them."""
    host.sh("systemctl kill -s STOP chat")


def _state(host: Host) -> str:
    return host.sh("systemctl show -p ActiveState --value chat").stdout.strip()
