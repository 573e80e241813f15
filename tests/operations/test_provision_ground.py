"""What is there, asked by the real shell of this very machine."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.facts.shells import write
from wsfix.facts.ground import MARK, fragment, read_ground
from wsfix.model.ground import Application, Asked, Ground


def ask(shell: str = "sh", env: dict[str, str] | None = None, **asked: tuple[str, ...]) -> Ground:
    words = [shell] if shell != "busybox" else ["busybox", "sh"]
    done = subprocess.run(
        words,
        input=fragment(Asked(**asked)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=env,  # type: ignore[arg-type]
    )
    assert done.stderr == ""
    return read_ground(done.stdout.split("\n"))


def test_the_host_says_what_it_is():
    ground = ask()
    assert ground.root is (os.geteuid() == 0)
    assert ground.distribution
    assert ground.systemd is Path("/run/systemd/system").is_dir()


def test_the_port_of_the_connection_is_found_above_a_sudo_that_drops_it():
    held = {"PATH": os.environ["PATH"], "SSH_CONNECTION": "203.0.113.5 50000 203.0.113.9 2222"}
    inner = ["env", "-i", f"PATH={held['PATH']}", "sh"]
    outer = ["sh", "-c", '"$@"; exit $?', "sh", *inner]
    done = subprocess.run(
        outer, input=fragment(Asked()), env=held, capture_output=True, text=True, timeout=60, check=True
    )
    assert read_ground(done.stdout.split("\n")).ssh_port == 2222


def test_a_package_is_absent_unless_it_or_its_program_is_there():
    ground = ask(packages=("sh", "no-such-package"))
    assert ground.absent == {"no-such-package"}


def test_a_user_has_a_home_and_a_group():
    ground = ask(users=("root", "nobody-like-this"))
    assert set(ground.users) == {"root"}
    assert (ground.users["root"].home, ground.users["root"].group) == ("/root", "root")


def test_only_a_file_that_wsfix_made_is_read(tmp_path: Path):
    own, other = tmp_path / "own file", tmp_path / "other"
    text = f"# {MARK}, 0; more\n\xe9\n".encode("latin-1")
    write(own, text)
    write(other, "password=canary\n")
    ground = ask(files=(str(own), str(other), str(tmp_path / "none")))
    assert ground.files[str(own)].content == text
    assert ground.files[str(own)].sha256 == sha256(text).hexdigest()
    assert (ground.files[str(other)].content, ground.files[str(other)].sha256) == (
        None,
        sha256(b"password=canary\n").hexdigest(),
    )
    assert str(tmp_path / "none") not in ground.files


def test_links_folders_and_paths(tmp_path: Path):
    (tmp_path / "link").symlink_to("releases/1")
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder/a b", "")
    (tmp_path / "folder/dangling").symlink_to("nowhere")
    ground = ask(
        links=(f"{tmp_path}/link", f"{tmp_path}/folder", f"{tmp_path}/none"),
        folders=(f"{tmp_path}/folder", f"{tmp_path}/none"),
        paths=(f"{tmp_path}/folder", f"{tmp_path}/none"),
    )
    assert ground.links == {f"{tmp_path}/link": "releases/1", f"{tmp_path}/folder": ""}
    assert ground.folders == {f"{tmp_path}/folder": ("a b", "dangling")}
    assert ground.present == {f"{tmp_path}/folder"}


def test_a_release_is_there_only_as_it_was_laid(tmp_path: Path):
    release = tmp_path / "r1"
    write(release / "server.py", "app = 1\n")
    write(tmp_path / "r1.sha256", f"{sha256(b'app = 1' + chr(10).encode()).hexdigest()}  ./server.py\n")
    assert ask(releases=(str(release),)).present == {str(release)}
    write(release / "server.py", "app = 2\n")
    ground = ask(releases=(str(release), f"{tmp_path}/none"))
    assert (ground.present, ground.edited) == (frozenset(), {str(release): "./server.py"})


def test_an_environment_counts_only_finished_and_with_a_python_that_runs(tmp_path: Path):
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(sys.executable)
    assert ask(environments=(str(venv),)).present == frozenset()
    write(venv / ".complete", "")
    assert ask(environments=(str(venv),)).present == {str(venv)}
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to("/usr/bin/python-of-the-last-release")
    assert ask(environments=(str(venv),)).present == frozenset()


def test_pm2_is_known_by_its_files_and_never_started(tmp_path: Path):
    asked = (("root", "chat", str(tmp_path)), ("root", "gone", str(tmp_path)))
    assert ask(applications=asked).applications[("root", "chat")] == Application()  # type: ignore[arg-type]
    write(tmp_path / "pm2.pid", str(os.getpid()))
    write(tmp_path / "pids/chat-0.pid", str(os.getpid()))
    write(tmp_path / "pids/gone-1.pid", "999999999")
    write(tmp_path / "dump.pm2", '[\n  {\n    "name": "chat",\n  }\n]\n')
    held = ask(applications=asked).applications  # type: ignore[arg-type]
    assert held[("root", "chat")] == Application(runs=True, saved=True, daemon=True)
    assert held[("root", "gone")] == Application(daemon=True)


def test_an_answer_that_was_cut_off_is_none():
    with pytest.raises(ValueError, match="cut off"):
        read_ground(["host\t0\tdebian\t13\tsystemd"])
