"""What a proxy's access log writes of a request, as its configuration words it: nginx's log_format, Apache's LogFormat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_NGINX_FORMAT = re.compile(r"^\s*log_format\s+(?P<name>\S+)\s+(?:escape=\S+\s+)?(?P<text>[^;]*);", re.MULTILINE)
_NGINX_LOG = re.compile(r"^\s*access_log\s+(?P<path>[^;\s]+)(?:\s+(?P<format>[^;\s=]+))?(?:\s[^;]*)?;", re.MULTILINE)
_NGINX_QUERY = re.compile(r"\$(?:request(?![a-z_])|request_uri|args|query_string|is_args|arg_\w+)")
_APACHE_FORMAT = re.compile(
    r'^\s*LogFormat\s+"(?P<text>(?:[^"\\]|\\.)*)"\s+(?P<name>\S+)', re.MULTILINE | re.IGNORECASE
)
_APACHE_LOG = re.compile(
    r'^\s*CustomLog\s+(?:"[^"]*"|\S+)\s+(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<name>\S+))', re.MULTILINE | re.IGNORECASE
)
_APACHE_QUERY = re.compile(r"%[<>!0-9,]*[rq]")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Logged:
    """An access log that writes the query of requests."""

    path: str
    line: int
    format: str


def of_nginx(files: Mapping[str, str], of_site: str) -> tuple[Logged, ...] | None:
    """Return the logs that write the query; those of the site's own file count before all others.

    None where no access_log stands anywhere: nginx then writes `combined`, which holds `$request`.
    """
    plain = {path: _COMMENT.sub("", text) for path, text in files.items()}
    formats = {m["name"]: m["text"] for text in plain.values() for m in _NGINX_FORMAT.finditer(text)}
    own = list(_logs(plain, _NGINX_LOG, [of_site]))
    logs = own or list(
        _logs(plain, _NGINX_LOG, [path for path in plain if path != of_site and path.endswith("nginx.conf")])
    )
    if not logs:
        return None
    written = [(path, line, match["format"] or "combined") for path, line, match in logs if match["path"] != "off"]
    return tuple(
        Logged(path, line, name)
        for path, line, name in written
        if name == "combined" or _NGINX_QUERY.search(formats.get(name, ""))
    )


def of_apache(files: Mapping[str, str], of_site: str) -> tuple[Logged, ...]:
    """Return the CustomLog lines of the site's file, or else of the others, whose format holds %r or %q."""
    plain = {path: _COMMENT.sub("", text) for path, text in files.items()}
    formats = {m["name"]: m["text"] for text in plain.values() for m in _APACHE_FORMAT.finditer(text)}
    logs = list(_logs(plain, _APACHE_LOG, [of_site])) or list(_logs(plain, _APACHE_LOG, list(plain)))
    found = []
    for path, line, match in logs:
        text = match["text"] if match["text"] is not None else formats.get(match["name"], "")
        if _APACHE_QUERY.search(text):
            found.append(Logged(path, line, match["name"] or text))
    return tuple(found)


def _logs(
    plain: Mapping[str, str], pattern: re.Pattern[str], paths: list[str]
) -> Iterator[tuple[str, int, re.Match[str]]]:
    for path in paths:
        text = plain.get(path, "")
        for match in pattern.finditer(text):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            yield path, text.count("\n", 0, start) + 1, match
