"""Each verb on a configuration as people write them; see golden.py."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.drivers import golden
from tests.drivers.certificate import pair
from tests.drivers.golden import Ask, edited, essence, touched
from tests.drivers.real_nginx import NGINX, needs_nginx, temporary
from wsfix.drivers.nginx.syntax import read

DONE = golden.done("nginx")
done = pytest.mark.parametrize("case", DONE, ids=golden.named)
PROMISING = [case for case in DONE if re.search("forward_upgrade|websocket_location", (case / "ask.json").read_text())]

REPLACED = {
    "forward_upgrade": {"proxy_set_header", "proxy_http_version"},
    "set_header": {"proxy_set_header"},
    "prefer_prefix": {"location"},
    "retarget": {"proxy_pass", "server"},
    "set_upstream_uri": {"proxy_pass"},
    "align_slash": {"proxy_pass", "location"},
    "add_server_name": {"server_name"},
    "set_certificate": {"ssl_certificate", "ssl_certificate_key"},
    "limit_upgrade": {"proxy_set_header"},
    "single_header": {"proxy_set_header"},
    "set_upstream_scheme": {"proxy_pass"},
    "listen_with_tls": {"listen"},
    "set_directive": {"proxy_read_timeout", "proxy_http_version"},
}
"""The directives whose lines a verb may replace; all else it may only add."""


@done
def test_no_other_line_is_touched(case: Path) -> None:
    config, after = edited(case)
    allowed = REPLACED.get(Ask.of(case).verb, set())
    for path, (was, now) in after.changed(config).items():
        if was is not None and b"\n" in was.strip(b"\n").partition(b"\n")[2]:
            assert touched(was, now or b"", read(was, path).walk()) <= allowed


@done
def test_the_result_reads_and_other_ways_stay(case: Path) -> None:
    config, after = edited(case)
    ask = Ask.of(case)
    for path, (_, data) in after.changed(config).items():
        assert data is not None
        assert read(data, path).data == data
    assert set(after.problems) <= set(config.problems)
    concerned = {ask.route(config).match, ask.route(after).match}
    for path in ("/", "/elsewhere/x", "/ws2", "/static/x.js"):
        one, other = config.route(*ask.url[:3], path), after.route(*ask.url[:3], path)
        if one.match not in concerned and other.match not in concerned:
            assert essence(one) == essence(other)


@pytest.mark.parametrize("case", PROMISING, ids=golden.named)
def test_forwarding_forwards(case: Path) -> None:
    route = Ask.of(case).route(edited(case)[1])
    assert route.forwards_upgrade, route.why_not
    assert route.http_version == "1.1"


@needs_nginx
@done
def test_nginx_takes_it(case: Path, tmp_path: Path) -> None:
    _, after = edited(case)
    assert NGINX
    for path, data in after.files.items():
        there = tmp_path / path.removeprefix("/etc/nginx/").lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(data)
        for name in re.findall(rb"ssl_certificate(?:_key)?\s+([^;]+);", data):
            (tmp_path / name.decode()).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name.decode()).write_bytes(pair())
    for path, target in Ask.of(case).links.items():
        link = tmp_path / path.removeprefix("/etc/nginx/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target.replace("/etc/nginx", str(tmp_path)))
    main = tmp_path / "nginx.conf"
    kept_here = rb"\g<0> access_log off; " + temporary(tmp_path).replace("\n", " ").encode()
    main.write_bytes(re.sub(rb"\bhttp\s*\{", kept_here, main.read_bytes(), count=1))
    extra = f"pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
    told = subprocess.run(
        [NGINX, "-t", "-p", str(tmp_path), "-c", str(main), "-g", extra], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
