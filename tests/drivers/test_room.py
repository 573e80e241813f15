"""How many sockets a proxy takes by its configuration, and the change of that."""

from __future__ import annotations

import pytest

from wsfix.drivers import apache, nginx
from wsfix.drivers.nginx.room import seconds
from wsfix.errors import CannotEdit

MAIN = "/etc/nginx/nginx.conf"
DEBIAN = """user www-data;
worker_processes auto;
pid /run/nginx.pid;
include /etc/nginx/modules-enabled/*.conf;

events {
\tworker_connections 768;
\t# multi_accept on;
}

http {
}
"""


def read(text: str, **more: str) -> nginx.Config:
    return nginx.Config.read({MAIN: text.encode(), **{path: held.encode() for path, held in more.items()}}, {})


def test_the_defaults_of_debian_are_read():
    room = read(DEBIAN).room
    assert (room.connections, room.workers, room.files, room.shutdown_seconds) == (768, None, None, None)
    assert str(room.position) == f"{MAIN}:7"


def test_what_is_not_set_is_nginx_own_default():
    room = read("events {}\nhttp {}\n").room
    assert (room.connections, room.workers) == (512, 1)


def test_more_connections_bring_files_enough_and_touch_nothing_else():
    text = read(DEBIAN).allow_connections(4096).files[MAIN].decode()
    assert text == DEBIAN.replace("768", "4096").replace("events {", "worker_rlimit_nofile 8192;\n\nevents {")


def test_files_that_suffice_stay():
    held = f"worker_rlimit_nofile 100000;\n{DEBIAN}"
    assert read(held).allow_connections(4096).files[MAIN].decode() == held.replace("768", "4096")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("events {}\nhttp {}\n", "worker_rlimit_nofile 8192;\n\nevents { worker_connections 4096; }\nhttp {}\n"),
        ("events { }\nhttp {}\n", "worker_rlimit_nofile 8192;\n\nevents { worker_connections 4096; }\nhttp {}\n"),
    ],
)
def test_an_empty_block_gets_the_directive(before: str, after: str):
    changed = read(before).allow_connections(4096)
    assert changed.files[MAIN].decode() == after
    assert changed.allow_connections(4096).files == changed.files


def test_without_events_nothing_is_guessed():
    with pytest.raises(CannotEdit, match="events"):
        read("http {}\n").allow_connections(4096)


@pytest.mark.parametrize(
    ("text", "found"), [("90", 90), ("90s", 90), ("1h30m", 5400), ("1d", 86400), ("500ms", 0.5), ("soon", None)]
)
def test_times_are_read_as_nginx_reads_them(text: str, found: float | None):
    assert seconds(text) == found


def of_apache(text: str, *modules: str) -> apache.Config:
    return apache.Config.read({"/etc/apache2/apache2.conf": text.encode()}, {}, modules=modules)


def test_apache_event_has_as_many_workers_as_threads():
    text = "<IfModule mpm_event_module>\nThreadsPerChild 25\nMaxRequestWorkers 150\n</IfModule>\n"
    config = of_apache(text, "mpm_event")
    assert config.room is not None
    assert (config.room.mpm, config.room.requests, config.room.most) == ("event", 150, 400)
    assert config.allow_requests(400).files["/etc/apache2/apache2.conf"].decode() == text.replace("150", "400")


def test_apache_prefork_has_one_request_for_each_process():
    room = of_apache("ServerLimit 64\nMaxRequestWorkers 200\n", "mpm_prefork").room
    assert room is not None
    assert (room.requests, room.most) == (64, 64)


def test_an_unknown_mpm_says_nothing():
    assert of_apache("MaxRequestWorkers 150\n", "so").room is None
