"""What provisioning asks of a host: packages, users, releases, and the whole files that wsfix makes there."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from wsfix.facts.fragment import Fact, words
from wsfix.model.ground import Application, Asked, Ground, HeldFile, User

MARK = "made by wsfix provision"
"""Stands in the first line of every file that provisioning makes."""

_FRAGMENT = r"""
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin
say() { printf '%s' "$1"; shift; for w; do printf '\t%s' "$w"; done; echo; }
. /etc/os-release 2>/dev/null
say host "$(id -u)" "${ID-}" "${VERSION_ID-}" "$([ -d /run/systemd/system ] && echo systemd)"
# the port of this connection: sudo drops the variable, and a process above it has it still
p=$$
while [ "${p:-1}" -gt 1 ]; do
  c=$(tr '\0' '\n' 2>/dev/null <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p')
  [ -n "$c" ] && { say ssh "${c##* }"; break; }
  p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
done
for n in @PACKAGES@; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$n" 2>/dev/null)" = installed ] || command -v "$n" >/dev/null || say absent "$n"
done
for n in @USERS@; do
  h=$(getent passwd "$n") && { h=${h%:*}; say user "$n" "$(id -gn "$n")" "${h##*:}"; }
done
for f in @PATHS@; do [ -e "$f" ] && say there "$f"; done
for f in @FILES@; do
  if [ -f "$f" ]; then
    d=$(sha256sum <"$f" | cut -c1-64)
    case $(head -n 1 "$f") in *'@MARK@'*) say file "$f" "$d" "$(base64 <"$f" | tr -d '\n')" ;; *) say file "$f" "$d" ;; esac
  elif [ -e "$f" ] || [ -L "$f" ]; then say file "$f" none; fi
done
for f in @LINKS@; do
  if [ -L "$f" ]; then say link "$f" "$(readlink "$f")"; elif [ -e "$f" ]; then say link "$f" ''; fi
done
for d in @FOLDERS@; do for f in "$d"/*; do { [ -e "$f" ] || [ -L "$f" ]; } && say entry "$d" "${f##*/}"; done; done
for d in @RELEASES@; do
  [ -d "$d" ] && [ -f "$d.sha256" ] || continue
  bad=$(cd "$d" && sha256sum -c --quiet "$d.sha256" 2>/dev/null | head -n 1)
  if [ -z "$bad" ]; then say there "$d"; else say edited "$d" "${bad%: *}"; fi
done
for d in @ENVIRONMENTS@; do
  [ -f "$d/.complete" ] || continue
  [ ! -e "$d/bin" ] || "$d/bin/python" -c '' 2>/dev/null || continue
  say there "$d"
done
for u in @UNITS@; do
  systemctl is-active --quiet "$u" 2>/dev/null && say active "$u"
  systemctl is-enabled --quiet "$u" 2>/dev/null && say enabled "$u"
done
pm2() { # user, name, PM2_HOME
  h=$(getent passwd "$1") || return 0
  h=${h%:*}; h=${h##*:}/.pm2; h=${3:-$h}
  runs= saved= daemon=
  pid=$(cat "$h/pm2.pid" 2>/dev/null) && [ -d "/proc/$pid" ] && daemon=yes
  for f in "$h/pids/$2"-*.pid "$h/pids/$2.pid"; do
    pid=$(cat "$f" 2>/dev/null) && [ -n "$pid" ] && [ -d "/proc/$pid" ] && runs=yes
  done
  grep -Eq "^ *\"name\": *\"$2\"" "$h/dump.pm2" 2>/dev/null && saved=yes
  say pm2 "$1" "$2" "$runs" "$saved" "$daemon"
}
@APPLICATIONS@
echo whole
"""


class Groundwork(Fact):
    """What is there: `pyinfra HOST fact wsfix.facts.ground.Groundwork packages="nginx ufw" users=chat`."""

    def command(self, packages: str = "", users: str = "", units: str = "") -> str:
        """Word the fragment for packages, users and units separated by blanks."""
        return fragment(Asked(packages=_split(packages), users=_split(users), units=_split(units)))

    @classmethod
    def read(cls, lines: list[str]) -> Ground:
        """Return what was seen."""
        return read_ground(lines)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def fragment(asked: Asked) -> str:
    """Word the shell that prints one record a line, its words between tabs."""
    found = _FRAGMENT.replace("@MARK@", MARK)
    for name in ("packages", "users", "paths", "files", "links", "folders", "releases", "environments", "units"):
        held: Iterable[str] = getattr(asked, name)
        found = found.replace(f"@{name.upper()}@", words(held) or "''")
    calls = "\n".join(f"pm2 {words(each)}" for each in asked.applications)
    return found.replace("@APPLICATIONS@", calls)


def read_ground(lines: list[str]) -> Ground:
    """Read the records; raises ValueError where the answer was cut off."""
    if "whole" not in lines:
        raise ValueError("the answer was cut off")
    rows = [line.split("\t") for line in lines]

    def of(word: str) -> list[list[str]]:
        return [row[1:] for row in rows if row[0] == word]

    about = of("host")[0]
    folders: dict[str, tuple[str, ...]] = {}
    for folder, name in of("entry"):
        folders[folder] = (*folders.get(folder, ()), name)
    return Ground(
        root=about[0] == "0",
        distribution=about[1],
        version=about[2],
        systemd=about[3] == "systemd",
        ssh_port=next((int(row[0]) for row in of("ssh") if row[0].isdecimal()), None),
        absent=frozenset(row[0] for row in of("absent")),
        users={row[0]: User(*row) for row in of("user")},
        present=frozenset(row[0] for row in of("there")),
        edited={row[0]: row[1] for row in of("edited")},
        files={row[0]: _file(row) for row in of("file")},
        links={row[0]: row[1] for row in of("link")},
        folders=folders,
        active=frozenset(row[0] for row in of("active")),
        enabled=frozenset(row[0] for row in of("enabled")),
        applications={(row[0], row[1]): Application(*(word == "yes" for word in row[2:5])) for row in of("pm2")},
    )


def _file(row: list[str]) -> HeldFile:
    path, digest, *content = row
    held: Any = base64.b64decode(content[0]) if content else None
    return HeldFile(path, digest, held)
