"""An nginx that dials itself: the part of the way that is broken is named and repaired, the other is left as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.lab import course
from tests.lab.breaks.registry import Break
from tests.lab.breaks.steps import reload_nginx
from tests.lab.client import WS_PATH
from tests.lab.course import Course
from tests.lab.host import Host
from tests.lab.site import NGINX_SITE

INNER: Final = "/etc/nginx/sites-enabled/inner.conf"
SERVER: Final = """server {
    listen 127.0.0.1:8080;
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Host $host;
        proxy_read_timeout 3600s;
    }
}
"""
UPGRADE: Final = (
    "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"
)


def between(host: Host) -> None:
    """Let a second server of the same nginx stand between the first and the chat."""
    host.write(INNER, SERVER)
    host.write(NGINX_SITE, host.read(NGINX_SITE).replace("http://127.0.0.1:8000", "http://127.0.0.1:8080"))
    reload_nginx(host)
    host.wait_for_site()


def test_a_healthy_one_gives_no_finding(healthy_host: Callable[..., Host]) -> None:
    host = healthy_host(release=13)
    between(host)
    course.finds_nothing(host)


def test_what_the_second_server_lacks_is_added_there(healthy_host: Callable[..., Host]) -> None:
    host = healthy_host(release=12)
    between(host)
    host.edit(INNER, UPGRADE, "")
    reload_nginx(host)
    chosen = Break("second-server", "nginx-upgrade-headers-missing", between, "404", "", WS_PATH)
    course.run(host, chosen, Course(chosen.fault), golden="second-server")
