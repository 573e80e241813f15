"""Env files of backends: keys and salted digests; values only of what the inventory writes out, and of lists of hosts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from wsfix.facts.fragment import Fact, words
from wsfix.model.inside import EnvFile, EnvLine

_FRAGMENT = r"""
goes_on() { # whether the value that is open is so still behind this piece of it (systemd.exec(5), EnvironmentFile=)
  case $till in
    pem) case $1 in *-----END*) return 1 ;; esac ;;
    \") case $(printf '%s' "$1" | sed 's/\\.//g') in *\"*) return 1 ;; esac ;;
    \') case $1 in *\'*) return 1 ;; esac ;;
    *) case $1 in *\\) ;; *) return 1 ;; esac ;;
  esac
}
ends() { # whether the open quote is closed further down; a stray one opens nothing
  tail -n "+$((n + 1))" "$f" | grep -q -- "$till"
}
for f in @FILES@; do
  printf 'file %s\n' "$f"
  [ -e "$f" ] || { echo 'absent'; continue; }
  [ -f "$f" ] && [ -r "$f" ] || { echo 'unreadable'; continue; }
  echo "digest $(sha256sum <"$f" | cut -c1-64) $(stat -Lc '%a %U %G %Y' "$f")"
  n=0 till=
  while IFS= read -r line || [ -n "$line" ]; do
    n=$((n + 1))
    # a line that goes on with the value above it may look like a variable, and is a part of a secret
    if [ -n "$till" ]; then
      goes_on "$line" || till=
      echo "line $n"; continue
    fi
    t=$(printf '%s' "$line" | sed 's/\r$//; s/^[[:space:]]*//; s/[[:space:]]*$//; s/^export[[:space:]]*//
      s/^\([A-Za-z_][A-Za-z0-9_]*\)[[:space:]]*=[[:space:]]*/\1=/')
    case $t in ''|'#'*|';'*) echo "line $n"; continue ;; *=*) ;; *) echo "line $n"; continue ;; esac
    k=${t%%=*}; v=${t#*=}
    case $k in ''|[0-9]*|*[!A-Za-z0-9_]*) echo "line $n"; continue ;; esac
    case $v in
      *-----BEGIN*) till=pem; goes_on "$v" || till= ;;
      \"*) till=\"; goes_on "${v#?}" && ends || till= ;;
      \'*) till=\'; goes_on "${v#?}" && ends || till= ;;
      *\\) till=\\ ;;
    esac
    case $v in \"*\") v=${v#\"}; v=${v%\"} ;; \'*\') v=${v#\'}; v=${v%\'} ;; esac
    shown=
    for p in @PUBLIC@; do [ "$p" = "$k" ] && shown=" $v"; done
    # lists of hosts and origins are no secrets; a user and a password before an @ would be
    case $k in *ALLOWED_HOSTS|*TRUSTED_HOSTS|*ALLOWED_ORIGINS|*TRUSTED_ORIGINS|*CORS_ORIGINS)
      case $v in *@*) ;; *) shown=" $v" ;; esac ;; esac
    echo "line $n $k $(printf '%s%s' @SALT@ "$v" | sha256sum | cut -c1-64)$shown"
  done <"$f"
done
"""

_KEYED = 4


class EnvFiles(Fact):
    """The env files by name; `public` names the variables whose values may be printed."""

    def command(self, files: str, public: str = "", salt: str = "") -> str:
        """Word the fragment for files and variables separated by blanks."""
        return fragment(files.split(), public.split(), salt or secrets.token_hex(8))

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, EnvFile]:
        """Return path → file."""
        return read_files(lines)


def fragment(files: Iterable[str], public: Iterable[str], salt: str) -> str:
    """Word the shell that prints each line as number, key and digest."""
    return _FRAGMENT.replace("@FILES@", words(files)).replace("@PUBLIC@", words(public)).replace("@SALT@", f"'{salt}'")


def read_files(lines: list[str]) -> dict[str, EnvFile]:
    """Read the records of all files."""
    found: dict[str, EnvFile] = {}
    path = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "file":
            path = rest
            found[path] = EnvFile(path, exists=True)
        elif word == "absent":
            found[path] = EnvFile(path, exists=False)
        elif word == "unreadable":
            del found[path]
        elif word == "digest" and path in found:
            digest, mode, owner, group, modified = rest.split()
            found[path] = EnvFile(path, True, (), digest, int(mode, 8), owner, group, float(modified))
        elif word == "line" and path in found:
            held = found[path]
            found[path] = EnvFile(
                path, True, (*held.lines, _line(rest)), held.sha256, held.mode, held.owner, held.group, held.modified
            )
    return found


def _line(rest: str) -> EnvLine:
    parts = rest.split(" ", 3)
    if len(parts) == 1:
        return EnvLine(int(parts[0]), None, None, None)
    value = parts[3] if len(parts) == _KEYED else None
    return EnvLine(int(parts[0]), parts[1], parts[2], value)
