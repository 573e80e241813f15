"""What every fact is made of: a fragment of POSIX shell, and the reading of what it prints."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pyinfra.api.facts import FactBase

from wsfix.redact import mask_text

OWN_VARIABLES = "PATH|HOME|LANG|LANGUAGE|LC_[A-Z]*|USER|LOGNAME|SHELL|PWD|HOST|PORT|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|MEMORY_PRESSURE_[A-Z]*|TERM|(RUNTIME|STATE|CACHE|LOGS|CONFIGURATION|CREDENTIALS)_DIRECTORY|NOTIFY_SOCKET|MAINPID|LISTEN_(PID|FDS|FDNAMES)|WATCHDOG_(PID|USEC)"
"""Variables whose values are never secrets and would blind the log if they were masked."""


def words(values: Iterable[str]) -> str:
    """Return the values as one quoted word list for the shell."""
    return " ".join(shlex.quote(value) for value in values)


class Fact(FactBase[Any]):
    """A pyinfra fact of wsfix: runs alone as `pyinfra HOST fact wsfix.facts.…`, and joined in the one look."""

    abstract = True

    @staticmethod
    def default() -> Any:
        """Nothing was seen."""
        return None

    def process(self, output: Iterable[str]) -> Any:
        """Read the fragment's lines into plain data, which pyinfra can print."""
        return plain(self.read(list(output)))

    @classmethod
    def read(cls, lines: list[str]) -> Any:
        """Turn the printed lines into a value of the model; raises ValueError where they make no sense."""
        raise NotImplementedError


def plain(value: Any) -> Any:
    """Return a value of the model as dicts, lists and words; a file's content as its masked text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(held) for held in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, bytes):
        return mask_text(value.decode("utf-8", "replace"))
    return value


def records(lines: Iterable[str], start: str) -> list[dict[str, str]]:
    """Read blocks of `key value` lines, a new block at every `start` key; a repeated key keeps all its lines."""
    found: list[dict[str, str]] = []
    for line in lines:
        key, _, value = line.partition(" ")
        if key == start:
            found.append({})
        if found and key:
            held = found[-1]
            held[key] = f"{held[key]}\n{value}" if key in held else value
    return found


def number(record: Mapping[str, str], key: str, default: int = 0) -> int:
    """Return a whole number of a record, or the default where it is absent or no number."""
    text = record.get(key, "").strip()
    return int(text) if text.lstrip("-").isdigit() else default


def seconds(clock: str) -> float:
    """Read what `date +%s.%N` prints; a small `date` knows no %N."""
    whole, _, part = clock.partition(".")
    return float(f"{whole}.{part if part.isdigit() else 0}") if whole.isdigit() else 0.0


HIDE = r"""
hide() { # replace on standard input every value that stands in $hidden, one a line; $1 limits it to lines of these keys
  { printf '%s\n' "$hidden"; printf '\001\n'; cat; } | awk -v only="$1" '
    !body && $0 == "\001" { body = 1; next }
    # the longest first: a value may begin with another one
    !body { if (length($0) >= 8) { for (i = n++; i > 0 && length(secret[i]) < length($0); i--) secret[i + 1] = secret[i]
              secret[i + 1] = $0 }
            next }
    only != "" && $0 !~ "^(" only ") " { print; next }
    { for (i = 1; i <= n; i++) { out = ""
        while ((at = index($0, secret[i])) > 0) { out = out substr($0, 1, at - 1) "***"; $0 = substr($0, at + length(secret[i])) }
        $0 = out $0 }
      print }'
}
"""
"""A shell function that hides the values of env files, units and environments on the host itself."""


def hidden_values(units: Iterable[str], env_files: Iterable[str], public: Iterable[str]) -> str:
    """Word the shell that fills $hidden: the values of the env files and environments of these units.

    `public` names variables whose value the inventory itself writes out; they stay readable.
    """
    spared = "|".join([OWN_VARIABLES, *public])
    return f"""
lines_of() {{ # an env file; what is neither a variable nor a comment goes on with the value of the line above; so may
  # what ends like base64
  sed -E '/^[[:space:]]*([#;]|(export[[:space:]]+)?[A-Za-z_][A-Za-z0-9_]*[[:space:]]*=)/!s/^[[:space:]]*/_=/
    /^[[:space:]]*[A-Za-z0-9_]+==?[[:space:]]*$/{{ p; s/^[[:space:]]*/_=/; }}' "$1" 2>/dev/null; echo
}}
hidden_units={shlex.quote(" ".join(units))}
hidden=$( {{
  for u in $hidden_units; do
    # A=b "C=d e" F=g: what holds a blank stands in quotes
    systemctl show -p Environment --value "$u" 2>/dev/null | sed 's/ "/\\n"/g; s/" /"\\n/g' | sed '/^"/!s/ /\\n/g'
    systemctl show -p EnvironmentFiles --value "$u" 2>/dev/null | sed 's/ (ignore_errors=[a-z]*)$//' | while IFS= read -r f; do
      [ -n "$f" ] && lines_of "$f"; done
    p=$(systemctl show -p MainPID --value "$u" 2>/dev/null)
    [ "${{p:-0}}" != 0 ] && tr '\\0' '\\n' 2>/dev/null <"/proc/$p/environ"; echo
  done
  for f in {words(env_files)}; do lines_of "$f"; done
  # what PM2 starts inherits all that its daemon knows of it, in small letters; capitals are the application's own
  for f in /proc/[0-9]*/comm; do read -r c 2>/dev/null <"$f" || continue; case $c in 'PM2 v'*)
    for p in $(cat "${{f%/comm}}"/task/*/children 2>/dev/null); do
      tr '\\0' '\\n' 2>/dev/null <"/proc/$p/environ" | grep -aE '^[A-Z][A-Z0-9_]*=' |
        grep -avE '^(PM2_|OLDPWD|NODE_|NVM_|XDG_)'; echo
    done ;; esac; done
}} | sed -n '
  s/\\r$//; s/^[[:space:]]*//; s/[[:space:]]*$//
  # a value that is commented out was one; prose is none
  /^[#;]/{{ s/^[#;][#;[:space:]]*//; s/^export[[:space:]]*//; /^[A-Za-z_][A-Za-z0-9_]*[[:space:]]*=/!d; }}
  s/^"\\([A-Za-z_][A-Za-z0-9_]*=.*\\)"$/\\1/; s/^export[[:space:]]*//; s/^\\([A-Za-z_][A-Za-z0-9_]*\\)[[:space:]]*=[[:space:]]*/\\1=/
  /^[A-Za-z_][A-Za-z0-9_]*=/p' | grep -vE '^({spared})=' | sed '
  s/^[A-Za-z_][A-Za-z0-9_]*=//; s/^"\\(.*\\)"$/\\1/; s/^'"'"'\\(.*\\)'"'"'$/\\1/; s/^["'"'"']//; s/["'"'"']$//' | sort -u )
"""
