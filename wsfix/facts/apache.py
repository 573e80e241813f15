"""Apache's program on the host: version, modules, configuration test, master and generations (httpd(8), apache2(8))."""

from __future__ import annotations

import re
import shlex

from wsfix.facts.fragment import Fact, records, seconds
from wsfix.model.inside import Process, ProxyState
from wsfix.redact import mask_text, printable

_FRAGMENT = r"""
main=@MAIN@; tree=${main%/*}
apache=$(command -v apache2 || echo /usr/sbin/apache2)
if [ -x "$apache" ]; then
  echo "apache $apache"
  echo "version $("$apache" -v 2>/dev/null | head -n 1)"
  # apache2ctl would make folders; a name for the server spares it a question to the DNS
  [ -r "$tree/envvars" ] && . "$tree/envvars" >/dev/null 2>&1
  unset LANG; LC_ALL=C; export LC_ALL
  # made at its first start only, and asked for by the test
  [ -d "${APACHE_RUN_DIR:-/run/apache2}" ] || APACHE_RUN_DIR=/run
  export APACHE_RUN_DIR
  ask() { $(command -v timeout >/dev/null && echo timeout 20) "$apache" -d "$tree" -f "$main" -C 'ServerName localhost' "$@" 2>&1; }
  # without root Apache may not read its keys, and refuses what is right
  if [ "$(id -u)" = 0 ]; then
    out=$(ask -t); code=$?; echo "test $code"
    printf '%s\n' "$out" | grep -vE '^Syntax OK$|AH00558' | head -n 20 | cut -c1-400 | sed 's/^/says /'
    [ $code != 0 ] || ask -D DUMP_MODULES | sed -n 's/^ \([A-Za-z0-9_]*\)_module (.*/module \1/p'
  fi
  # written anew at every load of the configuration, graceful ones included
  pid=${APACHE_PID_FILE:-/run/apache2/apache2.pid}
  [ -r "$pid" ] && echo "loaded $(stat -c %.3Y "$pid" 2>/dev/null || stat -c %Y "$pid")" && echo "master $(head -n 1 "$pid")"
  # a generation that only finishes holds the listening sockets no more
  command -v ss >/dev/null && echo "listening $(ss -H -ltnp | grep -o '"apache2",pid=[0-9]*' | sed 's/.*=//' | sort -un | tr '\n' ' ')"
fi
for f in /proc/[0-9]*/comm; do
  { read -r c <"$f"; } 2>/dev/null || continue
  [ "$c" = apache2 ] || continue
  d=${f%/comm}
  { read -r s <"$d/stat"; } 2>/dev/null || continue
  s=${s##*) }; s=${s#* }
  echo "process ${d#/proc/} ${s%% *}"
done
"""

_ANSWERS = frozenset({"0", "1"})
"""Every other status is of a test that could not be made: 124 where it hung, 126 where Apache may not be run."""
_VERSION = re.compile(r"Apache/([0-9.]+)")


class ApacheProgram(Fact):
    """What Apache is installed, which modules it loads, whether it accepts its configuration, and what of it runs."""

    def command(self, main: str = "/etc/apache2/apache2.conf") -> str:
        """Word the fragment."""
        return fragment(main)

    @classmethod
    def read(cls, lines: list[str]) -> ProxyState | None:
        """Read it without the processes' own facts; None where Apache is not installed."""
        return read_program(lines, {}, "/etc/apache2/apache2.conf")


def fragment(main: str) -> str:
    """Word the shell that asks Apache."""
    return _FRAGMENT.replace("@MAIN@", shlex.quote(main))


def read_program(lines: list[str], processes: dict[int, Process], main: str) -> ProxyState | None:
    """Join Apache's answers with the processes; None where Apache is not installed."""
    found = records(lines, "apache")
    if not found:
        return None
    record = found[0]
    version = _VERSION.search(record.get("version", ""))
    passed = record.get("test", "")
    parents = _parents(record.get("process", "").splitlines())
    master = _master(record.get("master", ""), parents)
    loaded = seconds(record.get("loaded", ""))
    modules = record.get("module", "").split()
    return ProxyState(
        kind="apache",
        version=version[1] if version else "",
        config_path=main,
        test_passed=passed == "0" if passed in _ANSWERS else None,
        test_output="\n".join(printable(line, 400) for line in mask_text(record.get("says", "").strip()).split("\n")),
        master=processes.get(master) if master else None,
        newest_worker=loaded if master and loaded else None,
        old_workers=_finishing(master, parents, record.get("listening", "").split()),
        modules=tuple(dict.fromkeys(modules)),
    )


def _parents(lines: list[str]) -> dict[int, int]:
    pairs = (line.split() for line in lines)
    return {int(p[0]): int(p[1]) for p in pairs if len(p) == 2 and p[0].isdigit() and p[1].isdigit()}  # noqa: PLR2004


def _master(said: str, parents: dict[int, int]) -> int:
    """Return the process that forks the others, 0 for none: that of the pid file; without one, whose parent is no Apache.

    A container's Apache is seen among the host's processes, too.
    """
    if said.isdigit():
        return int(said) if int(said) in parents else 0
    return min((pid for pid, parent in parents.items() if parent not in parents), default=0)


def _finishing(master: int, parents: dict[int, int], listening: list[str]) -> int:
    """Count the workers that take no connection any more; none where it was not seen who listens."""
    accepting = {int(pid) for pid in listening if pid.isdigit()}
    if not accepting:
        return 0
    return sum(1 for pid, parent in parents.items() if parent == master and pid not in accepting)
