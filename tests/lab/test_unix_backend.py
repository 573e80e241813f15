"""A backend that listens on a unix socket, as the inventory says: named, repaired and put back like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.lab import course
from tests.lab.breaks.registry import Break
from tests.lab.breaks.steps import reload_nginx
from tests.lab.client import WS_PATH
from tests.lab.course import Course
from tests.lab.host import Host
from tests.lab.site import NGINX_SITE

UNIT: Final = "/etc/systemd/system/chat.service"
SOCKET: Final = "/run/chat/chat.sock"
BY_PORT, BY_SOCKET = "http://127.0.0.1:8000", f"http://unix:{SOCKET}"
SITE: Final[dict[str, Any]] = {"backend": {"port": None, "socket": SOCKET}}
UPGRADE: Final = (
    "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"
)


def by_socket(host: Host) -> None:
    """Let the chat listen on a socket that nginx's group may open, and nginx dial it everywhere."""
    host.edit(UNIT, "--host 127.0.0.1 --port 8000", f"--uds {SOCKET}")
    host.edit(UNIT, "User=chat\nGroup=chat\n", "User=chat\nGroup=www-data\nUMask=0007\nRuntimeDirectory=chat\n")
    host.sh("systemctl daemon-reload && systemctl restart chat")
    host.write(NGINX_SITE, host.read(NGINX_SITE).replace(BY_PORT, BY_SOCKET))
    reload_nginx(host)
    host.wait_for_site()


def headers_missing(host: Host) -> None:
    """nginx hands no upgrade on to the socket."""
    host.edit(NGINX_SITE, UPGRADE, "")
    reload_nginx(host)


def stopped(host: Host) -> None:
    """The backend is stopped, and its socket is gone."""
    host.sh("systemctl stop chat")


def dials_a_port(host: Host) -> None:
    """nginx dials the port of before."""
    host.write(NGINX_SITE, host.read(NGINX_SITE).replace(BY_SOCKET, BY_PORT))
    reload_nginx(host)


def another_path(host: Host) -> None:
    """nginx dials another socket."""
    host.write(NGINX_SITE, host.read(NGINX_SITE).replace(SOCKET, "/run/chat/app.sock"))
    reload_nginx(host)


CASES = [
    (headers_missing, "404", Course("nginx-upgrade-headers-missing", site=SITE)),
    (stopped, "502", Course("backend-not-running", site=SITE)),
    (dials_a_port, "502", Course("nginx-upstream-wrong-port", site=SITE)),
    (another_path, "502", Course("nginx-upstream-unix-socket", site=SITE)),
]


@pytest.mark.parametrize(("apply", "shows", "expected"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_it_is_named_shown_repaired_and_put_back(
    healthy_host: Callable[..., Host], apply: Callable[[Host], None], shows: str, expected: Course
) -> None:
    host = healthy_host(release=12)
    by_socket(host)
    apply(host)
    chosen = Break(apply.__name__, expected.fault, apply, shows, "", WS_PATH)
    course.run(host, chosen, expected, golden=f"unix/{apply.__name__}")
