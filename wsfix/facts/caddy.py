"""Caddy's program on the host: version, configuration test, and when it last loaded its configuration (caddy(8)).

A load replaces the configuration of the one process at once. Caddy keeps what it loaded last in autosave.json of its
configuration folder ("Conventions" of its documentation), so the age of that file is the age of what runs.
"""

from __future__ import annotations

import re
import shlex

from wsfix.facts.fragment import Fact, records, seconds
from wsfix.model.caddy import AS_ITS_USER
from wsfix.model.inside import Process, ProxyState
from wsfix.redact import mask_text, printable

_FRAGMENT = r"""
@AS_ITS_USER@
if [ -x "$caddy" ]; then
  echo "caddy $caddy"
  echo "version $("$caddy" version 2>/dev/null | head -n 1)"
  if [ -n "$pid" ]; then
    echo "process $pid"
    folder=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^XDG_CONFIG_HOME=//p')
    [ -n "$folder" ] || folder=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^HOME=//p')/.config
    [ -f "$folder/caddy/autosave.json" ] && echo "loaded $(stat -c %.Y "$folder/caddy/autosave.json")"
  fi
  if [ "$(id -u)" = 0 ] && command -v runuser >/dev/null; then
    within=$(command -v timeout >/dev/null && echo timeout 20)
    out=$(as_its_user "$caddy validate --adapter caddyfile --config "@QUOTED@ 2>&1); echo "test $?"
    printf '%s\n' "$out" | grep -v '^{"level":"\(info\|warn\)"' | tail -n 20 | cut -c1-400 | sed 's/^/says /'
  fi
fi
"""
_ANSWERS = frozenset({"0", "1", "123"})
"""Every other status is of a test that could not be made: 124 where it hung, 126 where Caddy may not be run."""
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")


class CaddyProgram(Fact):
    """What Caddy is installed, whether it accepts its configuration, and since when it runs with what."""

    def command(self, main: str = "/etc/caddy/Caddyfile") -> str:
        """Word the fragment."""
        return fragment(main)

    @classmethod
    def read(cls, lines: list[str]) -> ProxyState | None:
        """Read it without the process's own facts; None where Caddy is not installed."""
        return read_program(lines, {}, "/etc/caddy/Caddyfile")


def fragment(main: str) -> str:
    """Word the shell that asks Caddy."""
    return _FRAGMENT.replace("@AS_ITS_USER@", AS_ITS_USER).replace("@QUOTED@", shlex.quote(shlex.quote(main)))


def read_program(lines: list[str], processes: dict[int, Process], main: str) -> ProxyState | None:
    """Join Caddy's answers with its process; None where Caddy is not installed."""
    found = records(lines, "caddy")
    if not found:
        return None
    record = found[0]
    pid, passed = record.get("process", ""), record.get("test", "")
    version = _VERSION.search(record.get("version", ""))
    loaded = seconds(record.get("loaded", "").strip())
    master = processes.get(int(pid)) if pid.isdigit() else None
    said = mask_text(record.get("says", "").strip()).split("\n")
    return ProxyState(
        kind="caddy",
        version=version[1] if version else "",
        config_path=main,
        test_passed=passed == "0" if passed in _ANSWERS else None,
        test_output="\n".join(printable(line, 400) for line in said),
        master=master,
        newest_worker=loaded or None,
    )
