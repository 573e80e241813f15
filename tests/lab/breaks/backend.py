"""Breaks of the backend: the chat does not run, or runs where it should not."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host
from tests.lab.site import APP, UNIT

GATEWAY = "502 Bad Gateway"


@broken("backend-not-running", "502", body=GATEWAY)
def not_running(host: Host) -> None:
    """The chat is stopped."""
    host.sh("systemctl stop chat")


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
