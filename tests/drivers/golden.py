"""Cases of verbs: a configuration as people write it, what is asked, and the diff. WSFIX_ACCEPT=1 re-blesses.

ask.json: `url` (host, port, tls, path), `verb`, `on` (route, server, place, shadowed, order or config), `args`, `options`, `links`,
and, where they matter, `version` and `modules`.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsfix.drivers import apache, caddy, haproxy, nginx
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

CONFIGS: dict[str, Any] = {
    "nginx": nginx.Config,
    "apache": apache.Config,
    "caddy": caddy.Config,
    "haproxy": haproxy.Config,
}
MAINS = {
    "nginx": "/etc/nginx/nginx.conf",
    "apache": "/etc/apache2/apache2.conf",
    "caddy": "/etc/caddy/Caddyfile",
    "haproxy": "/etc/haproxy/haproxy.cfg",
}
FOLDER = Path(__file__).parent


def cases(driver: str) -> list[Path]:
    """The cases of one driver."""
    return sorted(path.parent for path in (FOLDER / driver).glob("*/ask.json"))


def blessed(case: Path) -> str:
    """The text of a case; empty for a new one, which WSFIX_ACCEPT=1 will write."""
    path = case / "after.diff"
    return path.read_text() if path.exists() else ""


def done(driver: str) -> list[Path]:
    """The cases of one driver whose verb is not refused."""
    return [case for case in cases(driver) if not blessed(case).startswith("refused: ")]


def named(case: Path) -> str:
    """The name of a case, for pytest."""
    return case.name


@dataclass(frozen=True)
class Ask:
    url: tuple[str, int, bool, str]
    verb: str
    on: str
    args: list[object]
    options: dict[str, object]
    links: dict[str, str]
    installed: dict[str, object] = field(default_factory=dict)

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
            {name: told[name] for name in ("version", "modules") if name in told},
        )

    def route(self, config: Any) -> Route:
        return config.route(*self.url)

    def done(self, config: Any) -> Any:
        """The configuration after the verb."""
        route = self.route(config)
        options = {key: route if value == "ROUTE" else value for key, value in self.options.items()}
        verb = getattr(config, self.verb)
        if self.on == "shadowed":
            shadowed = config.shadowed_prefix(route, self.url[3])
            return verb(shadowed.position, *self.args, **options) if shadowed else config
        if self.on == "order":
            shadow = config.shadowing(route, self.url[3])
            return verb(shadow.moved, shadow.before) if shadow else config
        on = {"route": [route], "server": [route.server], "place": [route.position], "config": []}[self.on]
        return verb(*on, *self.args, **options)


def before(case: Path) -> dict[str, bytes]:
    single = case / "before.conf"
    if single.exists():
        return {MAINS[case.parent.name]: single.read_bytes()}
    root = case / "before"
    return {f"/{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def read(case: Path) -> Any:
    """The configuration of a case before its verb."""
    ask = Ask.of(case)
    return CONFIGS[case.parent.name].read(before(case), ask.links, **ask.installed)


def difference(old: Any, new: Any) -> str:
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


def outcome(case: Path) -> tuple[Any, Any | None, str]:
    config = read(case)
    try:
        after = Ask.of(case).done(config)
    except CannotEdit as error:
        return config, None, f"refused: {error}\n"
    return config, after, difference(config, after)


def edited(case: Path) -> tuple[Any, Any]:
    config, after, _ = outcome(case)
    assert after is not None, "blessed as done, and refused"
    return config, after


def accepted(case: Path) -> str:
    """What a case gives; written down first if WSFIX_ACCEPT is set."""
    text = outcome(case)[2]
    if os.environ.get("WSFIX_ACCEPT"):
        (case / "after.diff").write_text(text)
    return text


def touched(was: bytes, now: bytes, directives: Any) -> set[str]:
    """The names of the directives whose lines a change replaces or takes away; empty lines and comments are ''."""
    named: dict[int, str] = {}
    for directive in directives:
        end = directive.opens or directive.end
        last = directive.line + was.count(b"\n", directive.start, end)
        named |= dict.fromkeys(range(directive.line, last + 1), directive.name)
    matcher = difflib.SequenceMatcher(None, was.split(b"\n"), now.split(b"\n"), autojunk=False)
    changes = [(first, last) for tag, first, last, _, _ in matcher.get_opcodes() if tag in {"replace", "delete"}]
    return {named.get(line + 1, "") for first, last in changes for line in range(first, last)}


def essence(route: Route) -> tuple[object, ...]:
    """What a route does, without where it is written."""
    headers = tuple((header.name, header.value) for header in route.headers)
    upstream = (route.upstream.address, route.upstream.uri) if route.upstream else None
    return route.kind, route.match, upstream, route.backend_path, headers, route.status, route.idle_seconds
