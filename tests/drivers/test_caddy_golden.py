"""Each verb on a Caddyfile as people write them; see golden.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drivers import golden
from tests.drivers.certificate import pair
from tests.drivers.golden import Ask, edited, essence, touched
from tests.drivers.real_caddy import adapted, needs_caddy, version
from wsfix.drivers.caddy.syntax import read

DONE = golden.done("caddy")
done = pytest.mark.parametrize("case", DONE, ids=golden.named)
REPLACED = {
    "forward_upgrade": {"header_up"},
    "keep_host": {"header_up"},
    "retarget": {"reverse_proxy"},
    "set_upstream_uri": {"handle", "handle_path", "rewrite", "reverse_proxy", "header_up"},
    "add_server_name": {"chat.test,", "https://chat.test:443"},
    "set_certificate": {"tls"},
    "stream_close_delay": {"reverse_proxy"},
    "without_health_checks": {"health_uri", "health_headers", "health_interval", "Host", ""},
}
"""The directives whose lines a verb may replace; all else it may only add."""


@done
def test_no_other_line_is_touched(case: Path) -> None:
    config, after = edited(case)
    allowed = REPLACED.get(Ask.of(case).verb, set())
    for path, (was, now) in after.changed(config).items():
        assert touched(was, now, read(was, path).walk()) <= allowed


@done
def test_the_result_reads_and_other_ways_stay(case: Path) -> None:
    config, after = edited(case)
    ask = Ask.of(case)
    concerned = {ask.route(config).match, ask.route(after).match}
    assert after.problems == ()
    for host in ("chat.test", "www.chat.test", "old.test"):
        for path in ("/", "/elsewhere/x", "/api/x", "/be/x", "/live/x"):
            one, other = config.route(host, 443, True, path), after.route(host, 443, True, path)
            if one.match not in concerned and other.match not in concerned:
                assert essence(one) == essence(other)


@needs_caddy
@done
def test_caddy_takes_it(case: Path, tmp_path: Path) -> None:
    _, after = edited(case)
    ((_, data),) = after.files.items()
    if b"stream_close_delay" in data and tuple(map(int, version().split("."))) < (2, 7):
        pytest.skip("this Caddy does not know stream_close_delay")
    (tmp_path / "a.pem").write_bytes(pair())
    text = data.replace(b"\tservers {\n\t\ttrusted_proxies static private_ranges\n\t}\n", b"")
    path = tmp_path / "Caddyfile"
    path.write_bytes(text)
    told = adapted(path)
    assert told.returncode == 0, told.stderr
