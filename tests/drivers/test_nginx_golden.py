"""Each verb on a configuration as people write them: `before`, what is asked, and the diff. WSFIX_ACCEPT=1 re-blesses.

ask.json: `url` (host, port, tls, path), `verb`, `on` (route, server, place, shadowed or config), `args`, `options`, `links`.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drivers.certificate import pair
from tests.drivers.real_nginx import NGINX, needs_nginx, temporary
from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.syntax import read
from wsfix.errors import CannotEdit
from wsfix.model.route import Route


def _blessed(case: Path) -> str:
    """The text of a case; empty for a new one, which WSFIX_ACCEPT=1 will write."""
    path = case / "after.diff"
    return path.read_text() if path.exists() else ""


CASES = sorted(path.parent for path in (Path(__file__).parent / "nginx").glob("*/ask.json"))
cases = pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
DONE = [case for case in CASES if not _blessed(case).startswith("refused: ")]
done = pytest.mark.parametrize("case", DONE, ids=lambda path: path.name)
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
    "set_directive": {"proxy_read_timeout", "proxy_http_version"},
}
"""The directives whose lines a verb may replace; all else it may only add."""


@dataclass(frozen=True)
class Ask:
    url: tuple[str, int, bool, str]
    verb: str
    on: str
    args: list[object]
    options: dict[str, object]
    links: dict[str, str]

    @classmethod
    def of(cls, case: Path) -> Ask:
        told = json.loads((case / "ask.json").read_text())
        host, port, tls, path = told["url"]
        return cls(
            (host, port, tls, path),
            told["verb"],
            told.get("on", "route"),
            told.get("args", []),
            told.get("options", {}),
            told.get("links", {}),
        )

    def route(self, config: Config) -> Route:
        return config.route(*self.url)

    def done(self, config: Config) -> Config:
        """The configuration after the verb."""
        route = self.route(config)
        options = {key: route if value == "ROUTE" else value for key, value in self.options.items()}
        verb = getattr(config, self.verb)
        if self.on == "shadowed":
            shadowed = config.shadowed_prefix(route, self.url[3])
            return verb(shadowed.position, *self.args, **options) if shadowed else config
        on = {"route": [route], "server": [route.server], "place": [route.position], "config": []}[self.on]
        return verb(*on, *self.args, **options)


def before(case: Path) -> dict[str, bytes]:
    single = case / "before.conf"
    if single.exists():
        return {"/etc/nginx/nginx.conf": single.read_bytes()}
    root = case / "before"
    return {f"/{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def difference(old: Config, new: Config) -> str:
    """A unified diff of all files, white space at the ends of lines made visible."""
    text = ""
    for path, (was, now) in new.changed(old).items():
        name = path if was is not None else "/dev/null"
        text += "".join(difflib.unified_diff(_lines(was), _lines(now), name, path, n=2))
    return text


def _lines(data: bytes | None) -> list[str]:
    lines = (data or b"").decode("utf-8", "replace").replace("\r", "␍").split("\n")
    last = [lines[-1] + "\n\\ No newline at end of file\n"] if lines[-1] else []
    return [line + "\n" for line in lines[:-1]] + last


def outcome(case: Path) -> tuple[Config, Config | None, str]:
    ask = Ask.of(case)
    config = Config.read(before(case), ask.links)
    try:
        after = ask.done(config)
    except CannotEdit as error:
        return config, None, f"refused: {error}\n"
    return config, after, difference(config, after)


def edited(case: Path) -> tuple[Config, Config]:
    config, after, _ = outcome(case)
    assert after is not None, "blessed as done, and refused"
    return config, after


@cases
def test_the_diff_is_as_blessed(case: Path) -> None:
    text = outcome(case)[2]
    if os.environ.get("WSFIX_ACCEPT"):
        (case / "after.diff").write_text(text)
    assert text == _blessed(case)


@done
def test_twice_is_once(case: Path) -> None:
    _, after = edited(case)
    assert Ask.of(case).done(after).changed(after) == {}


@done
def test_no_other_line_is_touched(case: Path) -> None:
    config, after = edited(case)
    allowed = REPLACED.get(Ask.of(case).verb, set())
    for path, (was, now) in after.changed(config).items():
        if was is None or b"\n" not in was.strip(b"\n").partition(b"\n")[2]:
            continue
        named = {}
        for directive in read(was, path).walk():
            end = directive.opens or directive.end
            named |= dict.fromkeys(
                range(directive.line, directive.line + 1 + was.count(b"\n", directive.start, end)), directive.name
            )
        matcher = difflib.SequenceMatcher(None, was.split(b"\n"), (now or b"").split(b"\n"), autojunk=False)
        for tag, first, last, _, _ in matcher.get_opcodes():
            if tag in {"replace", "delete"}:
                assert {named.get(line + 1, "") for line in range(first, last)} <= allowed


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
            assert _essence(one) == _essence(other)


@pytest.mark.parametrize("case", PROMISING, ids=lambda path: path.name)
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
    kept_here = rb"\g<0> " + temporary(tmp_path).replace("\n", " ").encode()
    main.write_bytes(re.sub(rb"\bhttp\s*\{", kept_here, main.read_bytes(), count=1))
    extra = f"pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
    told = subprocess.run(
        [NGINX, "-t", "-p", str(tmp_path), "-c", str(main), "-g", extra], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def _essence(route: Route) -> tuple[object, ...]:
    headers = tuple((header.name, header.value) for header in route.headers)
    upstream = (route.upstream.address, route.upstream.uri) if route.upstream else None
    return route.kind, route.match, upstream, route.backend_path, headers, route.status, route.idle_seconds
