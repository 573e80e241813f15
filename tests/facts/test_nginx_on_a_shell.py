"""The real nginx tests configurations that are right, wrong and out of reach."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, debian, write
from wsfix.facts import nginx
from wsfix.model.inside import ProxyState

needs_nginx = pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin") is None, reason="no nginx here")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: nginx is tested with its keys")


def asked(shell: HostShell, place: Path, text: str) -> ProxyState:
    main = write(place / "etc/nginx/nginx.conf", f"pid {place}/nginx.pid;\nerror_log stderr;\nevents {{}}\n{text}")
    seen = nginx.read_program(shell.lines(nginx.fragment(str(main))), {}, str(main))
    assert seen is not None
    return seen


@needs_nginx
@needs_root
def test_a_configuration_that_is_right_passes(shell: HostShell, place: Path):
    seen = asked(shell, place, "http { access_log off; }\n")
    assert (seen.test_passed, seen.test_output) == (True, "")
    assert seen.version.count(".") >= 2


@needs_nginx
@needs_root
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http { proxy_pass_ x; }\n", 'unknown directive "proxy_pass_"'),
        ("http {\n", "unexpected end of file"),
        (
            "http { access_log off; server { listen 127.0.0.1:65001; set $x $nowhere; } }\n",
            'unknown "nowhere" variable',
        ),
    ],
)
def test_a_configuration_that_is_wrong_is_refused_with_its_line(
    shell: HostShell, place: Path, text: str, complaint: str
):
    seen = asked(shell, place, text)
    assert seen.test_passed is False
    assert complaint in seen.test_output


@needs_nginx
def test_without_root_the_test_is_not_made(shell: HostShell, place: Path):
    unprivileged = shell.unprivileged()
    seen = asked(unprivileged, place, "http { proxy_pass_ x; }\n")
    assert (seen.test_passed, seen.test_output) == (None, "")


@needs_root
def test_a_test_that_hangs_is_no_refusal(place: Path):
    hanging = debian().with_programs(place / "programs", {"nginx": '[ "$1" = -v ] || sleep 60', "timeout": "exit 124"})
    assert asked(hanging, place, "").test_passed is None


def test_a_host_without_nginx_has_none(shell: HostShell, place: Path):
    script = nginx.fragment("/etc/nginx/nginx.conf").replace("/usr/sbin/nginx", "/no/nginx")
    lines = HostShell(shell.words, str(place / "nothing")).lines(script)
    assert nginx.read_program(lines, {}, "/etc/nginx/nginx.conf") is None


@needs_root
def test_the_name_of_the_file_is_quoted(shell: HostShell, place: Path):
    stub = shell.with_programs(place / "programs", {"nginx": 'for last in "$@"; do :; done; echo "$last"; exit 1'})
    main = str(place / "a b'$(id).conf")
    seen = nginx.read_program(stub.lines(nginx.fragment(main)), {}, main)
    assert seen is not None
    assert main in seen.test_output
