"""Unix sockets that a configuration names, asked of this very machine as a host is asked."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from tests.facts.shells import HostShell
from wsfix.facts import unix
from wsfix.model.inside import UnixSocket


def named(
    shell: HostShell, place: Path, program: str = "no-such-program", paths: tuple[str, ...] = ()
) -> dict[str, UnixSocket]:
    asked = unix.fragment(f"{place}/etc/nginx.conf", program, paths)
    found = unix.read_paths(shell.lines(f"exec 2>/dev/null\n{asked}"))
    assert found is not None
    return found


def conf(place: Path, *paths: Path) -> None:
    lines = [f"server unix:{path} weight=2;" for path in paths[:-1]]
    lines += [f"proxy_pass http://unix:{path}:/ws/;" for path in paths[-1:]]
    (place / "etc" / "sites").mkdir(parents=True)
    (place / "etc" / "sites" / "chat.conf").write_text("\n".join(lines), encoding="utf-8")


def test_a_listener_a_left_over_and_nothing_are_told_apart(shell: HostShell, place: Path):
    heard, left, gone, plain = (place / name for name in ("heard.sock", "left.sock", "gone.sock", "plain"))
    plain.write_text("", encoding="utf-8")
    conf(place, heard, left, plain, gone)
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as closed:
        listening.bind(str(heard))
        listening.listen()
        closed.bind(str(left))
        found = named(shell, place)
    assert {path: (seen.kind, seen.listening) for path, seen in found.items()} == {
        str(heard): ("socket", True),
        str(left): ("socket", False),
        str(plain): ("other", False),
        str(gone): ("absent", False),
    }
    assert {seen.opens for seen in found.values()} == {None}, "no worker runs whose rights could be tried"


def test_caddys_way_to_write_one_is_read_too(shell: HostShell, place: Path):
    (place / "etc").mkdir()
    lines = f"reverse_proxy unix/{place}/a.sock unix+h2c/{place}/b.sock {{\n\tto unix/{place}/c.sock\n}}\n"
    (place / "etc" / "Caddyfile").write_text(lines, encoding="utf-8")
    assert sorted(named(shell, place)) == [f"{place}/{name}.sock" for name in "abc"]


def test_where_no_socket_is_named_nothing_is_asked(shell: HostShell, place: Path):
    (place / "etc").mkdir()
    (place / "etc" / "nginx.conf").write_text("proxy_pass http://127.0.0.1:8000;\n", encoding="utf-8")
    assert named(shell, place) == {}


def test_one_that_the_inventory_names_is_looked_at_and_so_is_who_listens(shell: HostShell, place: Path):
    (place / "etc").mkdir()
    (place / "etc" / "nginx.conf").write_text("proxy_pass http://127.0.0.1:8000;\n", encoding="utf-8")
    path = str(place / "own.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        found = named(shell, place, paths=(path,))
    assert list(found) == [path]
    assert found[path].listening
    if shutil.which("ss"):
        assert found[path].pids == (os.getpid(),)


def test_a_host_that_was_not_asked_is_not_seen():
    assert unix.read_paths([]) is None
