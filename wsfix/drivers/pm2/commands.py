"""PM2's commands, worded for a POSIX shell of root: as the daemon's user, with its PM2_HOME and nothing of the caller.

Measured with PM2 7: `restart NAME` keeps the environment that PM2 holds; `restart NAME --update-env` lays that of the calling
shell over it and reads no file; `restart FILE` takes environment, script and arguments from the file, whatever the shell says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import dirname
from shlex import quote

_CLEAN = r"""for v in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do unset "$v"; done"""
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CARRY = r"""
while IFS= read -r t; do
    case $t in @KEYS@) ;; *) continue ;; esac
    k=${t%%=*} v=${t#*=}
    case $v in
    \"*\") v=${v#\"} v=$(printf '%s' "${v%\"}" | sed 's/\\\(["\\`$]\)/\1/g') ;;
    \'*\') v=${v#\'} v=${v%\'} ;;
    esac
    export "$k=$v"
done <<VALUES
$(sed 's/\r$//; s/^[[:space:]]*//; s/[[:space:]]*$//; s/^export[[:space:]]*//
  s/^\([A-Za-z_][A-Za-z0-9_]*\)[[:space:]]*=[[:space:]]*/\1=/' @FILE@)
VALUES
"""


@dataclass(frozen=True, slots=True)
class Cli:
    """The pm2 of one daemon's user."""

    user: str
    home: str
    """PM2_HOME."""
    program: str

    @property
    def dump(self) -> str:
        """The list that is started again at boot."""
        return f"{self.home}/dump.pm2"

    def start(self, name: str) -> str:
        """Start what PM2 knows by name, as PM2 keeps it."""
        return self._within(self._call("start", name))

    def start_file(self, path: str, name: str) -> str:
        """Start one application of an ecosystem file; PM2 starts its daemon where none runs."""
        return self._within(self._call("start", path, "--only", name), directory=dirname(path))

    def restart(self, name: str) -> str:
        """Start anew, with the environment that PM2 keeps."""
        return self._within(self._call("restart", name))

    def restart_file(self, path: str, name: str) -> str:
        """Start anew, with environment, script and arguments as the file says."""
        return self._within(self._call("restart", path, "--only", name), directory=dirname(path))

    def restart_with(self, name: str, file: str, keys: Iterable[str]) -> str:
        """Start anew with these variables as an env file has them; the values pass through no command line.

        `--update-env` takes all of the calling shell, its PATH too: the application's own is handed back to it.
        """
        carried = _CARRY.replace("@KEYS@", "|".join(f"{key}=*" for key in keys)).replace("@FILE@", quote(file))
        pids = quote(f"{self.home}/pids/{re.sub(r'[^a-zA-Z0-9.-]', '-', name)}")
        own = f"for p in {pids}-*.pid; do own=$(tr '\\0' '\\n' <\"/proc/$(cat \"$p\")/environ\" | sed -n 's/^PATH=//p'); done 2>/dev/null"
        words = " ".join(quote(word) for word in ("-u", self.user, "--", self.program, "restart", name, "--update-env"))
        return (
            f"(cd / && run=$(command -v runuser) && own= && {own}\n{_CLEAN}; PATH={quote(self.path)}{carried}"
            f"PM2_HOME={quote(self.home)} PATH=${{own:-$PATH}}\n"
            f"command -v node >/dev/null || PATH=$PATH:{quote(self.path)}\nexport PATH PM2_HOME\n"
            f'"$run" {words} >/dev/null)'
        )

    def scale(self, name: str, processes: int) -> str:
        """Keep that many processes of an application in cluster mode; pm2 fails where there are as many already."""
        said = f"said=$({self._words('scale', name, str(processes))} 2>&1)"
        return self._within(
            f"{said} || case $said in *'Nothing to do'*) ;; *) printf '%s\\n' \"$said\" >&2; exit 1 ;; esac"
        )

    def stop(self, name: str) -> str:
        """Stop what runs by this name; nothing is done where the daemon or the application is gone."""
        return self._taking_back(name, "stop")

    def delete(self, name: str) -> str:
        """Stop and forget an application; nothing is done where the daemon or the application is gone."""
        return self._taking_back(name, "delete")

    def kill(self) -> str:
        """End the daemon with all that it keeps; nothing is done where it does not run."""
        return self._within(f"{self._lives} || exit 0", self._call("kill"))

    def save(self) -> str:
        """Write the list of what is kept now; with `--force` also an empty one."""
        return self._within(f"{self._lives} || exit 1", self._call("save", "--force"))

    def resurrect(self) -> str:
        """Start what is saved and not kept."""
        return self._within(self._call("resurrect"))

    @property
    def path(self) -> str:
        """The PATH on which its node and pm2 are found."""
        own = dirname(self.program)
        return _SYSTEM_PATH if own in _SYSTEM_PATH.split(":") else f"{own}:{_SYSTEM_PATH}"

    @property
    def _lives(self) -> str:
        """Word the question whether the daemon runs: a pm2 that is called without one starts it."""
        return f"grep -qs '^PM2 v' \"/proc/$(cat {quote(self.home)}/pm2.pid 2>/dev/null)/comm\""

    def _taking_back(self, name: str, word: str) -> str:
        found = f"{self._call('describe', name)} 2>&1 || exit 0"
        return self._within(f"{self._lives} || exit 0", found, self._call(word, name))

    def _within(self, *commands: str, directory: str = "/") -> str:
        """Run commands in a clean environment: what PM2 starts inherits that of its caller."""
        lines = "\n".join(commands)
        return (
            f"(cd {quote(directory)} && {_CLEAN}; PATH={quote(self.path)} PM2_HOME={quote(self.home)} PWD=$(pwd)\n"
            f"HOME=$(getent passwd {quote(self.user)} | cut -d: -f6); export PATH PM2_HOME PWD HOME\n{lines})"
        )

    def _words(self, *words: str) -> str:
        return " ".join(quote(word) for word in ("runuser", "-u", self.user, "--", self.program, *words))

    def _call(self, *words: str) -> str:
        return f"{self._words(*words)} >/dev/null"
