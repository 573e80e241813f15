"""Each verb on a configuration as people write them; see golden.py."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.drivers import golden
from tests.drivers.certificate import pair
from tests.drivers.golden import Ask, edited, essence, touched
from tests.drivers.real_apache import APACHE, folder_of_modules, load, needs_apache
from wsfix.drivers.apache.syntax import read
from wsfix.model.route import RouteKind

DONE = golden.done("apache")
done = pytest.mark.parametrize("case", DONE, ids=golden.named)
PROMISING = [case for case in DONE if re.search("forward_upgrade|websocket_location", (case / "ask.json").read_text())]

REPLACED = {
    "forward_upgrade": {"proxypass", "proxypassmatch", "rewriterule", "balancermember", "requestheader"},
    "move_before": {"proxypass", "location", ""},
    "proxy_rewrite": {"rewriterule"},
    "set_rewrite_flags": {"rewriterule"},
    "unanchor_connection": {"rewritecond"},
    "retarget": {"proxypass", "rewriterule", "balancermember"},
    "set_upstream_uri": {"proxypass"},
    "align_slash": {"proxypass"},
    "set_timeout": {"proxypass"},
    "add_server_name": {"serveralias"},
    "set_certificate": {"sslcertificatefile", "sslcertificatekeyfile"},
    "set_directive": {"proxypreservehost"},
}
"""The directives whose lines a verb may replace; all else it may only add."""


@done
def test_no_other_line_is_touched(case: Path) -> None:
    config, after = edited(case)
    allowed = REPLACED.get(Ask.of(case).verb, set())
    for path, (was, now) in after.changed(config).items():
        assert touched(was, now, read(was, path).walk()) <= allowed
        if b"\r\n" in was:
            assert now.count(b"\r\n") == now.count(b"\n")


@done
def test_the_result_reads_and_other_ways_stay(case: Path) -> None:
    config, after = edited(case)
    ask = Ask.of(case)
    for path, (_, data) in after.changed(config).items():
        assert read(data, path).data == data
    assert set(after.problems) <= set(config.problems)
    concerned = {ask.route(config).match, ask.route(after).match}
    for host, port, tls in (ask.url[:3], ("chat.test", 80, False)):
        for path in ("/", "/elsewhere/x", "/wsx", "/static/x.js", "/status/1", "/files/1"):
            one, other = config.route(host, port, tls, path), after.route(host, port, tls, path)
            if one.match not in concerned and other.match not in concerned:
                assert essence(one) == essence(other)


@pytest.mark.parametrize("case", PROMISING, ids=golden.named)
def test_forwarding_forwards(case: Path) -> None:
    ask, (_, after) = Ask.of(case), edited(case)
    url = ask.url if not ask.options.get("exact") else (*ask.url[:3], "/api/ws")
    route = after.route(*url)
    assert route.kind is RouteKind.PROXY
    assert route.forwards_upgrade, route.why_not


@needs_apache
@done
def test_apache_takes_it(case: Path, tmp_path: Path) -> None:
    _, after = edited(case)
    assert APACHE
    for path, data in after.files.items():
        there = tmp_path / path.removeprefix("/etc/apache2/").lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        text = data.replace(b"/etc/apache2", bytes(tmp_path)).replace(b"/var/www/chat", bytes(tmp_path))
        there.write_bytes(text.replace(b"/etc/ssl/", bytes(tmp_path / "ssl") + b"/"))
        for name in re.findall(rb"/etc/ssl/(\S+)", data):
            (tmp_path / "ssl").mkdir(exist_ok=True)
            (tmp_path / "ssl" / name.decode()).write_bytes(pair())
    for path, target in Ask.of(case).links.items():
        link = tmp_path / path.removeprefix("/etc/apache2/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target.replace("/etc/apache2", str(tmp_path)))
    wanted = [name for name in Ask.of(case).installed["modules"] if (folder_of_modules() / f"mod_{name}.so").exists()]
    main = tmp_path / "whole.conf"
    main.write_text(
        f"ServerRoot {tmp_path}\nDefaultRuntimeDir {tmp_path}\nPidFile {tmp_path}/pid\nErrorLog {tmp_path}/error.log\n"
        f"ServerName main.test\nUser #65534\nGroup #65534\n{load(wanted)}Include {tmp_path}/apache2.conf\n"
    )
    told = subprocess.run([APACHE, "-t", "-f", main], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
