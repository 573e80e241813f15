"""Each verb on a configuration as people write them; see golden.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.drivers import golden, real_haproxy
from tests.drivers.certificate import pair
from tests.drivers.golden import Ask, edited, essence, touched
from tests.drivers.real_haproxy import needs_haproxy
from wsfix.drivers.haproxy.syntax import read

DONE = golden.done("haproxy")
done = pytest.mark.parametrize("case", DONE, ids=golden.named)

REPLACED = {
    "forward_upgrade": {"http-request", "http-response", "server"},
    "retarget": {"server"},
    "add_websocket_location": {"use_backend"},
    "set_upstream_uri": {"http-request"},
    "align_slash": {"http-request"},
    "add_server_name": {"acl", "use_backend"},
    "set_certificate": {"bind"},
    "set_tunnel": {"timeout"},
    "plain_check": {"option", "server"},
    "keep_host": {"http-request"},
    "speak_plainly": {"server"},
    "without_proxy_lines": {"server"},
    "set_aside": {"server"},
}
"""The directives whose lines a verb may replace or take away; all else it may only add."""


@done
def test_no_other_line_is_touched(case: Path) -> None:
    config, after = edited(case)
    for path, (was, now) in after.changed(config).items():
        assert touched(was, now, read(was, path).walk()) <= REPLACED[Ask.of(case).verb]
        if b"\r\n" in was:
            assert now.count(b"\r\n") == now.count(b"\n")


@done
def test_the_result_reads_and_other_ways_stay(case: Path) -> None:
    config, after = edited(case)
    ask = Ask.of(case)
    assert after.problems == ()
    concerned = {ask.route(config).match, ask.route(after).match}
    for host in ("chat.test", "shop.test", "nobody.test"):
        for path in ("/", "/elsewhere/x", "/api", "/rest/1"):
            one, other = config.route(host, 443, True, path), after.route(host, 443, True, path)
            if one.match not in concerned and other.match not in concerned and ask.verb != "add_server_name":
                same = {"forward_upgrade", "retarget", "set_tunnel", "keep_host", "set_upstream_uri"}
                assert essence(one) == essence(other) or ask.verb in same


@needs_haproxy
@done
def test_haproxy_takes_it(case: Path, tmp_path: Path) -> None:
    _, after = edited(case)
    (data,) = after.files.values()
    for name in re.findall(rb"/etc/ssl/(\S+)", data):
        (tmp_path / name.decode()).write_bytes(pair())
    main = tmp_path / "haproxy.cfg"
    main.write_bytes(data.replace(b"/etc/ssl/", bytes(tmp_path) + b"/"))
    told = real_haproxy.tested(main)
    assert told.returncode == 0, told.stderr
