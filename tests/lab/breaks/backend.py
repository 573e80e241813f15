"""Breaks of the backend: the chat does not run, or runs where it should not."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import SETTLE_SECONDS, restart_chat, restart_unit
from tests.lab.host import Host, until
from tests.lab.site import APP, BACKEND_PORT, UNIT

GATEWAY = "502 Bad Gateway"
SLOW = f"""import os, socket, time
door = socket.create_server(("127.0.0.1", {BACKEND_PORT}))
door.set_inheritable(True)
time.sleep(11)
os.execv("{APP}/venv/bin/uvicorn", ["uvicorn", "server:app", "--fd", str(door.fileno())])
"""


@broken("backend-not-running", "502", body=GATEWAY)
def not_running(host: Host) -> None:
    """The chat is stopped."""
    host.sh("systemctl stop chat")


@broken("backend-not-running-in-anger", "502", fault="backend-not-running", body=GATEWAY)
def stopped_in_anger(host: Host) -> None:
    """The chat was stopped, and ended with what systemd calls a failure, as a JVM does with 143."""
    host.edit(UNIT, "Restart=on-failure\n", "Restart=on-failure\nKillSignal=SIGQUIT\n")
    restart_chat(host)
    host.sh("systemctl stop chat")


@broken("backend-not-running-slow-to-serve", "502", fault="backend-not-running", body=GATEWAY)
def stopped_and_slow(host: Host) -> None:
    """The chat is stopped; once started it listens at once and serves much later, as a JVM does that deploys its applications."""
    host.edit(
        UNIT, "/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port 8000", f"{APP}/venv/bin/python slow.py"
    )
    host.write(f"{APP}/slow.py", SLOW)
    host.sh("systemctl daemon-reload; systemctl stop chat")


@broken("backend-crash-loop", "502", body=GATEWAY)
def crash_loop(host: Host) -> None:
    """The chat ends with a traceback at each start, and systemd starts it again and again."""
    host.edit(
        f"{APP}/server.py", "app = FastAPI(", 'raise RuntimeError("no settings for the message store")\napp = FastAPI('
    )
    restart_chat(host, listens=False)


@broken("backend-wrong-entrypoint", "502", body=GATEWAY)
def wrong_entrypoint(host: Host) -> None:
    """The unit starts app:app, but the file is server.py."""
    host.edit(UNIT, "server:app", "app:app")
    restart_chat(host, listens=False)


@broken("systemd-not-enabled", "101")
def not_enabled(host: Host) -> None:
    """The chat runs now, but will not after a reboot."""
    host.sh("systemctl disable chat")


@broken("systemd-exec-failed", "502", body=GATEWAY)
def exec_failed(host: Host) -> None:
    """The unit works in a directory that is not there any more."""
    host.edit(UNIT, "WorkingDirectory=/opt/chat", "WorkingDirectory=/opt/chat-2023")
    restart_chat(host, listens=False)


@broken("systemd-exec-failed-user", "502", fault="systemd-exec-failed", body=GATEWAY)
def no_user(host: Host) -> None:
    """The unit names a user whom this host does not have."""
    host.edit(UNIT, "User=chat", "User=chatt")
    restart_chat(host, listens=False)


@broken("systemd-type-mismatch", "101", confirm="systemd-type-mismatch")
def type_notify(host: Host) -> None:
    """The unit waits for a notification that uvicorn never gives: it serves until the time for its start is up."""
    host.edit(UNIT, "User=chat", "Type=notify\nTimeoutStartSec=600\nUser=chat")
    host.sh("systemctl daemon-reload && systemctl restart --no-block chat")
    host.wait_for_site()


@broken("systemd-start-skipped", "502", body=GATEWAY)
def condition(host: Host) -> None:
    """The unit has a condition that this host does not meet."""
    host.edit(UNIT, "After=network.target", "After=network.target\nConditionPathExists=/srv/chat/ready")
    host.sh("systemctl daemon-reload && systemctl restart chat")


@broken("backend-speaks-tls", "502", body=GATEWAY, confirm="backend-speaks-tls")
def own_tls(host: Host) -> None:
    """uvicorn was given the certificate too, and nginx still speaks plain HTTP to it."""
    host.sh("install -d -o chat -m 700 /opt/chat/tls && install -o chat -m 600 /etc/ssl/chat/*.pem /opt/chat/tls/")
    files = "--ssl-keyfile /opt/chat/tls/privkey.pem --ssl-certfile /opt/chat/tls/fullchain.pem"
    host.edit(UNIT, "--port 8000", f"--port 8000 {files}")
    restart_chat(host)


@broken("backend-port-differs", "502", body=GATEWAY, confirm="backend-port-differs")
def other_port(host: Host) -> None:
    """The unit starts the chat on 8080, and nginx dials 8000."""
    host.edit(UNIT, "--port 8000", "--port 8080")
    restart_unit(host, "chat", 8080)


@broken("ws-route-missing", "403")
def no_route(host: Host) -> None:
    """A new version knows the socket by another path."""
    text = host.read(f"{APP}/server.py")
    host.write(f"{APP}/server.py", text.replace("/api/chat/ws/", "/api/v2/ws/"))
    restart_chat(host)


@broken("backend-own-network", "502", fault="backend-not-listening", body=GATEWAY, confirm="backend-not-listening")
def own_network(host: Host) -> None:
    """The unit was hardened by a recipe, and listens in a network of its own."""
    host.edit(UNIT, "[Service]\n", "[Service]\nPrivateNetwork=yes\n")
    _restart_and_wait(host)


@broken("backend-on-unix-socket", "502", fault="backend-not-listening", body=GATEWAY, confirm="backend-not-listening")
def on_unix_socket(host: Host) -> None:
    """The command names a unix socket, and the proxy dials the port."""
    host.edit(UNIT, "--host 127.0.0.1 --port 8000", "--uds /tmp/chat.sock")
    _restart_and_wait(host)


def _restart_and_wait(host: Host) -> None:
    """Restart the chat; wait until it says that it runs, wherever it listens."""
    host.sh("systemctl daemon-reload; journalctl --rotate --vacuum-time=1s -q; systemctl restart chat")
    said = "journalctl -u chat -n 10 -o cat"
    until(SETTLE_SECONDS, f"the chat on {host.name} to run", lambda: "Uvicorn running on" in host.sh(said).stdout)


@broken("application-raises", "500", body="Internal Server Error")
def raises(host: Host) -> None:
    """A line of the handler fails before it accepts."""
    _before_accept(host, 'raise RuntimeError("no such room")')


@broken("application-refuses", "403")
def refuses(host: Host) -> None:
    """The handler closes before it accepts, whoever asks."""
    _before_accept(host, "await websocket.close(1008); return")


def _before_accept(host: Host, line: str) -> None:
    accept = "    await websocket.accept("
    host.edit(f"{APP}/server.py", accept, f"    {line}\n{accept}")
    restart_chat(host)
