"""PM2's daemons, what they keep and what they have saved; nothing is started, and no value of an environment is sent.

A `pm2` that finds no daemon starts one. So the daemon is looked for first, by the title of its process, and `pm2 jlist` is
asked only as its user, with its PM2_HOME, while it lives. Without node on the host only the names of the saved list are read.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources

from wsfix.facts.fragment import HIDE, OWN_VARIABLES, Fact, number, records, seconds
from wsfix.model.pm2 import Application, Daemon, Pm2, Saved, Wanted
from wsfix.model.processes import OF_THIS_HOST
from wsfix.redact import mask_text, printable

LINE_WIDTH = 400
MOST_LINES = 2000
_DIGEST_HERE = re.compile(r"('digest:[0-9a-f]{64}')")
_DIGEST = re.compile(r"[0-9a-f]{64}")

_FRAGMENT = (
    OF_THIS_HOST
    + r"""
unset IFS
descend() { for c in $(cat "/proc/$1"/task/*/children 2>/dev/null); do printf ' %s' "$c"; descend "$c"; done; }
of_environ() { tr '\0' '\n' <"/proc/$1/environ" 2>/dev/null | sed -n "s/^$2=//p" | tail -n 1; }
home_of() { getent passwd "$1" | cut -d: -f6; }
as() { u=$1; shift; if [ "$u" = "$(id -un)" ]; then "$@"; else runuser -u "$u" -- "$@"; fi; }
find_program() { # user, folders: sets $program and $path
  program= path=
  home=$(home_of "$1"); shift
  for d in "$@" /usr/local/bin /usr/bin "$home"/.nvm/versions/node/*/bin "$home"/.local/bin "$home"/n/bin; do
    [ -n "$d" ] && [ -x "$d/node" ] && path=${path:-$d}
    [ -n "$d" ] && [ -x "$d/pm2" ] && program=${program:-$d/pm2}
  done
  path=${path:+$path:}/usr/local/bin:/usr/bin:/bin
}
ask() { # user, PM2_HOME, daemon or nothing
  files=$(printf '%s\n' "$wanted" | while IFS='|' read -r u h e; do [ "$u" = "$1" ] && printf '%s\n' "$e"; done)
  as "$1" env -i HOME="$(home_of "$1")" PATH="$path" PM2_HOME="$2" LC_ALL=C sh -c '
    cd /; command -v node >/dev/null || exit 127
    { [ -z "$1" ] || timeout 20 "$2" jlist </dev/null; } 2>/dev/null | timeout 20 node -e "$3" "$PM2_HOME" "$4" "$5" "$6" "$7"
  ' sh "$3" "$program" "$js" @SALT@ @KEYS@ @SPARED@ "$files" && return
  [ -e "$2/dump.pm2" ] || { printf 'record saved\nhome %s\nexists no\n' "$2"; return; }
  printf 'record saved\nhome %s\nexists yes\n' "$2"
  sed -n 's/^    "name": "\(.*\)",$/saved \1/p' "$2/dump.pm2" | sort -u
}
js=$(cat <<'@END@'
@JS@
@END@
)
wanted=@WANTED@
asked=' '
for f in /proc/[0-9]*/comm; do
  read -r c <"$f" || continue
  case $c in 'PM2 v'*) f=${f%/comm}; p=${f#/proc/} ;; *) continue ;; esac
  title=$(tr '\0' ' ' <"$f/cmdline")
  case $title in *'God Daemon'*) ;; *) continue ;; esac
  of_this_host "$p" || continue
  home=$(of_environ "$p" PM2_HOME); [ -n "$home" ] || { home=${title#*(}; home=${home%)*}; }
  user=$(stat -c %U "$f"); daemon_home=$home
  unit=; while IFS=: read -r id kind at; do
    case $kind in ''|name=systemd|*,name=systemd) unit=${at##*/}; [ -n "$unit" ] && break ;; esac
  done <"$f/cgroup"
  [ "$unit" != .. ] || unit= # of another namespace
  exe=$(readlink "$f/exe")
  find_program "$user" "${exe%/*}" $(of_environ "$p" PATH | tr ':' ' ')
  v=${title#PM2 v}
  printf 'record daemon\npid %s\nuser %s\nhome %s\nversion %s\nunit %s\nprogram %s\ndescendants%s\n' \
    "$p" "$user" "$daemon_home" "${v%%:*}" "$unit" "$program" "$(descend "$p")"
  [ -n "$wanted" ] && [ -n "$program" ] || continue
  asked="$asked$user|$daemon_home "
  ask "$user" "$daemon_home" "$p"
done
[ -z "$wanted" ] || printf '%s\n' "$wanted" | while IFS='|' read -r user home ecosystem; do
  own=$(home_of "$user"); [ -n "$own" ] || continue
  pm2_home=${home:-$own/.pm2}
  find_program "$user"
  printf 'record wanted\nuser %s\nhome %s\nprogram %s\n' "$user" "$pm2_home" "$program"
  case $asked in *" $user|$pm2_home "*) ;; *) ask "$user" "$pm2_home" ''; asked="$asked$user|$pm2_home " ;; esac
done
"""
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A daemon that a site counts on."""

    user: str
    home: str = ""
    """Empty for `.pm2` in the user's home directory."""
    ecosystem: str = ""


class Daemons(Fact):
    """The daemons of a host and, for the users named, what they keep: `pyinfra HOST fact wsfix.facts.pm2.Daemons users=root`."""

    def command(self, users: str = "", ecosystem: str = "", keys: str = "", salt: str = "") -> str:
        """Word the fragment for users and variables separated by blanks."""
        kept = [Kept(user, "", ecosystem) for user in users.split()]
        return f"{HIDE}hidden=\n{fragment(kept, keys.split(), (), salt or secrets.token_hex(8))}"

    @classmethod
    def read(cls, lines: list[str]) -> Pm2:
        """Return what was seen."""
        return read(lines)


def fragment(kept: Iterable[Kept], keys: Iterable[str], public: Iterable[str], salt: str) -> str:
    """Word the shell that prints daemons, applications and saved lists; needs `hide` and $hidden."""
    script = resources.files("wsfix.facts").joinpath("pm2.js").read_text(encoding="utf-8").strip()
    lines = "\n".join(dict.fromkeys(f"{one.user}|{one.home}|{one.ecosystem}" for one in kept))
    filled = {
        "@WANTED@": shlex.quote(lines),
        "@SALT@": shlex.quote(salt),
        "@KEYS@": shlex.quote(" ".join(keys)),
        "@SPARED@": shlex.quote("|".join([OWN_VARIABLES, *public])),
        "@END@": "end of the program",
        "@JS@": script,
    }
    text = _FRAGMENT
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return f"{{ exec 2>/dev/null\n{text}}} | hide 'args|log|line|script'\n"


def read(lines: list[str]) -> Pm2:
    """Read the records of daemons, applications, saved lists and ecosystem files."""
    held = records(lines, "record")
    told: dict[str, list[Application]] = {one["home"]: [] for one in held if one["record"] == "listed"}
    for one in held:
        if one["record"] == "application" and one["home"] in told:
            told[one["home"]].append(_application(one))
    daemons = tuple(_daemon(one) for one in held if one["record"] == "daemon")
    ecosystems = {one["path"]: _text(one) for one in held if one["record"] == "ecosystem"}
    return Pm2(
        daemons=tuple(replace(one, applications=tuple(told[one.home])) if one.home in told else one for one in daemons),
        saved={one["home"]: _saved(one) for one in held if one["record"] == "saved"},
        wanted=tuple(
            Wanted(one.get("user", ""), one.get("home", ""), one.get("program", ""))
            for one in held
            if one["record"] == "wanted"
        ),
        ecosystems=ecosystems,
    )


def _daemon(record: dict[str, str]) -> Daemon:
    return Daemon(
        pid=number(record, "pid"),
        user=record.get("user", ""),
        home=record.get("home", ""),
        version=record.get("version", ""),
        unit=record.get("unit", ""),
        program=record.get("program", ""),
        descendants=frozenset(int(pid) for pid in record.get("descendants", "").split() if pid.isdigit()),
    )


def _application(record: dict[str, str]) -> Application:
    pairs = (line.split(" ", 1) for line in record.get("env", "").splitlines() if " " in line)
    log = record["log"].split("\n") if "log" in record else []
    return Application(
        name=record.get("name", ""),
        id=number(record, "id"),
        pid=number(record, "pid"),
        status=record.get("status", ""),
        restarts=number(record, "restarts"),
        unstable=number(record, "unstable"),
        mode=record.get("mode", ""),
        interpreter=record.get("interpreter", ""),
        script=printable(mask_text(record.get("script", "")), LINE_WIDTH),
        args=printable(mask_text(record.get("args", "")), LINE_WIDTH),
        cwd=record.get("cwd", ""),
        started=seconds(record.get("started", "")),
        ordered=seconds(record.get("ordered", "")),
        watch=record.get("watch") == "yes",
        env_digests={key: value for key, value in pairs if _DIGEST.fullmatch(value)},
        error_log=record.get("errors", ""),
        log=tuple(printable(mask_text(line), LINE_WIDTH) for line in log),
    )


def _saved(record: dict[str, str]) -> Saved:
    differs = (line.split("\t", 1) for line in record.get("differs", "").splitlines() if "\t" in line)
    return Saved(
        home=record.get("home", ""),
        exists=record.get("exists") == "yes",
        names=tuple(record["saved"].splitlines()) if "saved" in record else (),
        differs=dict(differs),
    )


def _text(record: dict[str, str]) -> str:
    return "\n".join(_masked(line) for line in record.get("line", "").split("\n")[:MOST_LINES])


def _masked(line: str) -> str:
    """Mask a line, but leave the digests in it: they stand where the secrets stood."""
    parts = _DIGEST_HERE.split(line)
    return "".join(part if _DIGEST_HERE.fullmatch(part) else mask_text(part) for part in parts)
