"""The ends of the proxy's logs: what its error log says of room and of rights, and who asked for the sites' paths.

The files are those that the configuration names, and the usual ones of Debian; of each only the end is read.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from wsfix.facts.fragment import HIDE, Fact, words
from wsfix.model.logs import LogLine, ProxyLogs, Request
from wsfix.redact import mask_text, printable

MOST_FILES = 12
MOST_BYTES = 262144
ERROR_LINES = 30
REQUEST_LINES = 400

_FRAGMENT = r"""
tree=@TREE@
[ -r "$tree/envvars" ] && . "$tree/envvars" >/dev/null 2>&1
named() { # the first words of the directives $1 in the files of the configuration
  grep -rhisE "^[[:space:]]*($1)[[:space:]]" "$tree" | sed -E 's/^[[:space:]]*[A-Za-z_]+[[:space:]]+//; s/^"([^"]*)".*/\1/; s/[[:space:];].*//' |
    sed "s#\${APACHE_LOG_DIR}#${APACHE_LOG_DIR:-/var/log/apache2}#" | grep '^/'
}
there() { awk '!seen[$0]++' | while IFS= read -r f; do [ -f "$f" ] && [ -r "$f" ] && printf '%s\n' "$f"; done | head -n @FILES@; }
echo "zone $(date +%z)"
{ named 'error_?log'; echo @ERRORS@; } | there | while IFS= read -r f; do
  echo "read $f"
  tail -c @BYTES@ "$f" | grep -aE 'worker_connections are not enough|Too many open files|No space left on device|Cannot assign requested address|Permission denied|limiting (requests|connections)|reached MaxRequestWorkers|scoreboard is full|no live upstreams|no resolver defined|could not be resolved' |
    tail -n @LINES@ | sed "s/?[^ \"]*//g; s/^/error /"
done | hide error | cut -c1-500
{ named 'access_log|customlog|transferlog'; echo @ACCESS@; } | there | while IFS= read -r f; do
  echo "read $f"
  tail -c @BYTES@ "$f" | grep -av '"wsfix/' | awk -v prefixes=@PREFIXES@ '
    BEGIN { n = split(prefixes, prefix, " ") }
    match($0, /"[A-Z]+ [^ "]+ HTTP\/[0-9.]+" [0-9][0-9][0-9]/) {
      split(substr($0, RSTART + 1, RLENGTH - 1), part, " "); path = part[2]; sub(/[?].*/, "", path)
      for (i = 1; i <= n; i++) if (index(path, prefix[i]) == 1) break
      if (i > n || !match($0, /\[[^]]*\]/)) next
      stamp = substr($0, RSTART + 1, RLENGTH - 2); sub(/ /, "", stamp)
      client = $1; if (client ~ /:[0-9]+$/ && $2 != "-") client = $2
      print "request " stamp " " part[4] " " client " " path
    }' | tail -n @REQUESTS@
done | hide request | cut -c1-300
"""

_DEFAULTS = {
    "nginx": ("/var/log/nginx/error.log", "/var/log/nginx/access.log"),
    "apache": ("/var/log/apache2/error.log", "/var/log/apache2/access.log"),
}
_OF_NGINX = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) ")
_OF_APACHE = re.compile(r"^\[\w{3} (\w{3} \d\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4})\]")
_REQUEST_WORDS = 4


class ProxyLogFiles(Fact):
    """The ends of the logs: `pyinfra HOST fact wsfix.facts.logs.ProxyLogFiles prefixes=/ws/ kind=nginx`."""

    def command(self, prefixes: str = "/", kind: str = "nginx", tree: str = "/etc/nginx") -> str:
        """Word the fragment for paths separated by blanks, and for `nginx` or `apache`."""
        return f"{HIDE}hidden=\n{fragment(prefixes.split(), kind, tree)}"

    @classmethod
    def read(cls, lines: list[str]) -> ProxyLogs | None:
        """Return what the logs say."""
        return read_logs(lines)


def fragment(prefixes: Iterable[str], kind: str, tree: str) -> str:
    """Word the shell that prints the lines of kinds that matter; needs `hide` and $hidden."""
    error, access = _DEFAULTS.get(kind, ("", ""))
    return (
        _FRAGMENT.replace("@TREE@", shlex.quote(tree))
        .replace("@FILES@", str(MOST_FILES))
        .replace("@BYTES@", str(MOST_BYTES))
        .replace("@LINES@", str(ERROR_LINES))
        .replace("@REQUESTS@", str(REQUEST_LINES))
        .replace("@ERRORS@", words([error]))
        .replace("@ACCESS@", words([access]))
        .replace("@PREFIXES@", shlex.quote(" ".join(prefixes)))
    )


def read_logs(lines: list[str]) -> ProxyLogs | None:
    """Read the records; None where no log could be read."""
    zone, path = UTC, ""
    errors: list[LogLine] = []
    requests: list[Request] = []
    read: list[str] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "zone":
            zone = _zone(rest)
        elif word == "read":
            path = rest
            read.append(path)
        elif word == "error" and path:
            errors.append(LogLine(path, printable(mask_text(rest), 400), _when(rest, zone)))
        elif word == "request" and path:
            found = _request(rest.split(" "), path)
            requests += [found] if found else []
    return ProxyLogs(tuple(errors), tuple(requests), tuple(read)) if read else None


def _zone(text: str) -> timezone:
    digits = text.strip()[1:]
    if len(digits) != 4 or not digits.isdigit():  # noqa: PLR2004
        return UTC
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text.startswith("-") else away)


def _when(line: str, zone: timezone) -> float | None:
    """Read the time that a line begins with; error logs are written in the host's own time."""
    of_nginx, of_apache = _OF_NGINX.match(line), _OF_APACHE.match(line)
    try:
        if of_nginx:
            return datetime.strptime(of_nginx[1], "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone).timestamp()
        if of_apache:
            said = f"{of_apache[1]} {of_apache[2]}"
            return datetime.strptime(said, "%b %d %H:%M:%S %Y").replace(tzinfo=zone).timestamp()
    except ValueError:
        return None
    return None


def _request(row: list[str], path: str) -> Request | None:
    if len(row) < _REQUEST_WORDS or not row[1].isdigit():
        return None
    try:
        when = datetime.strptime(row[0], "%d/%b/%Y:%H:%M:%S%z").timestamp()
    except ValueError:
        return None
    return Request(when, printable(row[2], 64), printable(mask_text(" ".join(row[3:])), 200), int(row[1]), path)
