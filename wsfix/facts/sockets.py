"""Who listens on this host, and how many connections each port holds (ss(8), proc(5))."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from wsfix.facts.fragment import HIDE, Fact, hidden_values, number, records, seconds, words
from wsfix.model.inside import Listener, Process
from wsfix.redact import mask_text, printable

LISTENERS = "ss -H -ltnp"

ESTABLISHED = r"""command -v ss >/dev/null || exit 127; ss -H -tn state established | awk '{ n = $3; sub(/.*:/, "", n); count[n]++ } END { for (p in count) print p, count[p] }'"""

_PROCESSES = r"""
exec 2>/dev/null # processes end while they are asked
tick=$(getconf CLK_TCK 2>/dev/null || echo 100)
read -r up _ </proc/uptime
echo "clock $(date +%s.%N) up $up tick $tick"
pids=$( { { ss -H -ltnp; for s in @SOCKETS@; do ss -Hlxp | grep -F " ${s#/var} "; done; } | grep -o 'pid=[0-9]*' | sed 's/pid=//'; for f in /proc/[0-9]*/comm; do read -r c <"$f" 2>/dev/null || continue
  case $c in nginx|apache2|caddy|haproxy) f=${f%/comm}; echo "${f#/proc/}" ;; esac; done
  for u in @UNITS@; do systemctl show -p MainPID --value "$u" 2>/dev/null; done; } | grep -v '^0*$' | sort -un)
for p in $pids; do
  { read -r stat <"/proc/$p/stat"; } 2>/dev/null || continue
  comm=${stat#*\(}; comm=${comm%\)*}
  set -- ${stat##*\) }
  parent=$2
  shift 19
  printf 'pid %s\nname %s\nticks %s\n' "$p" "$comm" "$1"
  # of the proxy's workers only the age is asked, and there may be many
  case $comm in nginx|apache2|caddy|haproxy) [ "$parent" = 1 ] || continue ;; esac
  echo "exe $(readlink "/proc/$p/exe" 2>/dev/null)"
  echo "cwd $(readlink "/proc/$p/cwd" 2>/dev/null)"
  echo "user $(stat -c %U "/proc/$p" 2>/dev/null)"
  unit=; while IFS=: read -r id kind path; do
    case $kind in ''|name=systemd|*,name=systemd) unit=${path##*/}; [ -n "$unit" ] && break ;; esac
  done <"/proc/$p/cgroup"
  echo "unit $unit"
  echo "command $(tr '\0\n' '  ' <"/proc/$p/cmdline" 2>/dev/null)"
  # the interpreter of a virtual environment is a link to the system's: only the first word of the command tells it
  first=$(tr '\0' '\n' <"/proc/$p/cmdline" 2>/dev/null | head -n 1); venv=${first%/bin/*}
  if [ "$venv" != "$first" ] && grep -qsi '^include-system-site-packages *= *false' "$venv/pyvenv.cfg"; then
    echo "venv $(for l in @LIBRARIES@; do for d in "$venv"/lib/python3*/site-packages/"$l"; do [ -e "$d" ] && printf '%s ' "$l"; done; done)"
  fi
  for k in @KEYS@; do
    v=$(tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null | grep "^$k=" | tail -n 1) || continue
    [ -n "$v" ] && echo "env $k $(printf '%s%s' @SALT@ "${v#*=}" | sha256sum | cut -c1-64)"
  done
done | hide command
"""

COMMAND_WIDTH = 400
LIBRARIES = (
    "websockets", "wsproto", "daphne", "channels", "channels_redis", "uvicorn", "uvicorn_worker", "gunicorn",
    "simple_websocket", "geventwebsocket", "eventlet",
)  # fmt: skip
"""Python packages by which a server takes sockets, or does not."""
_USERS = re.compile(r"pid=(\d+)")


class Listeners(Fact):
    """The TCP sockets in LISTEN with the processes that hold them."""

    requires_command = staticmethod(lambda: "ss")

    def command(self) -> str:
        """Word the fragment."""
        return LISTENERS

    @classmethod
    def read(cls, lines: list[str]) -> tuple[Listener, ...]:
        """Read ss's columns: state, two queues, local address, peer, users."""
        return tuple(found for line in lines if (found := _listener(line)) is not None)


class Processes(Fact):
    """The processes that listen or run the proxy, their command lines with secrets hidden on the host."""

    def command(self, units: str = "", keys: str = "", salt: str = "") -> str:
        """Word the fragment for units and variables separated by blanks."""
        return (
            HIDE
            + hidden_values(units.split(), (), ())
            + processes(units.split(), keys.split(), salt or secrets.token_hex(8))
        )

    @classmethod
    def read(cls, lines: list[str]) -> dict[int, Process]:
        """Return pid → process; times are computed from the host's own clock."""
        return read_processes(lines)


class EstablishedConnections(Fact):
    """How many established connections each local port holds."""

    def command(self) -> str:
        """Word the fragment."""
        return ESTABLISHED

    @classmethod
    def read(cls, lines: list[str]) -> dict[int, int]:
        """Return local port → number of connections."""
        pairs = (line.split() for line in lines)
        return {int(p[0]): int(p[1]) for p in pairs if len(p) == 2 and p[0].isdigit() and p[1].isdigit()}  # noqa: PLR2004


def processes(units: Iterable[str], keys: Iterable[str], salt: str, unix: Iterable[str] = ()) -> str:
    """Word the shell that prints each process, those that listen on the unix sockets too; needs `hide` and $hidden."""
    asked = _PROCESSES.replace("@UNITS@", words(units)).replace("@KEYS@", words(keys)).replace("@SALT@", f"'{salt}'")
    return asked.replace("@LIBRARIES@", words(LIBRARIES)).replace("@SOCKETS@", words(unix))


def _listener(line: str) -> Listener | None:
    columns = line.split()
    if len(columns) < 4:  # noqa: PLR2004
        return None
    address, _, port = columns[3].rpartition(":")
    if not port.isdigit():
        return None
    # a socket for both families that is bound to an address of the old one: [::ffff:127.0.0.1]
    address = address.split("%")[0].strip("[]").removeprefix("::ffff:")
    pids = tuple(dict.fromkeys(int(pid) for pid in _USERS.findall(" ".join(columns[5:]))))
    return Listener(address, int(port), pids)


def read_processes(lines: list[str]) -> dict[int, Process]:
    """Read the records; `started` = now - (uptime - start ticks) by proc(5)."""
    if not lines or not lines[0].startswith("clock "):
        raise ValueError("no clock in the list of processes")
    _, clock, _, up, _, tick = lines[0].split()
    booted = seconds(clock) - float(up)
    found = {}
    for record in records(lines[1:], "pid"):
        pid = number(record, "pid")
        digests = dict(pair.split(" ", 1) for pair in record.get("env", "").splitlines() if " " in pair)
        found[pid] = Process(
            pid=pid,
            name=record.get("name", ""),
            command=printable(mask_text(record.get("command", "").strip()), COMMAND_WIDTH),
            cwd=record.get("cwd", ""),
            exe=record.get("exe", ""),
            user=record.get("user", ""),
            unit=record.get("unit") or None,
            started=booted + number(record, "ticks") / float(tick),
            env_digests=digests,
            libraries=frozenset(record["venv"].split()) if "venv" in record else None,
        )
    return found
