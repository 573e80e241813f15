"""nginx's program on the host: version, configuration test, master and workers (nginx(8))."""

from __future__ import annotations

import re
import shlex

from wsfix.facts.fragment import Fact, records
from wsfix.model.inside import Process, ProxyState
from wsfix.redact import mask_text, printable

_FRAGMENT = r"""
nginx=$(command -v nginx || echo /usr/sbin/nginx)
if [ -x "$nginx" ]; then
  echo "nginx $nginx"
  echo "version $("$nginx" -v 2>&1)"
  # without root nginx may not read its keys, and refuses what is right
  if [ "$(id -u)" = 0 ]; then
  out=$($(command -v timeout >/dev/null && echo timeout 20) "$nginx" -t -q -c @MAIN@ 2>&1); echo "test $?"
  printf '%s\n' "$out" | head -n 20 | cut -c1-400 | sed 's/^/says /'
  fi
fi
for f in /proc/[0-9]*/comm; do
  { read -r c <"$f"; } 2>/dev/null || continue
  [ "$c" = nginx ] || continue
  d=${f%/comm}
  echo "process ${d#/proc/} $(tr '\0' ' ' 2>/dev/null <"$d/cmdline")"
done
"""

_ANSWERS = frozenset({"0", "1"})
"""Every other status is of a test that could not be made: 124 where it hung, 126 where nginx may not be run."""
_VERSION = re.compile(r"nginx/([0-9.]+)")


class NginxProgram(Fact):
    """What nginx is installed, whether it accepts its configuration, and which of its processes run."""

    def command(self, main: str = "/etc/nginx/nginx.conf") -> str:
        """Word the fragment."""
        return fragment(main)

    @classmethod
    def read(cls, lines: list[str]) -> ProxyState | None:
        """Read it without process times; None where nginx is not installed."""
        return read_program(lines, {}, "/etc/nginx/nginx.conf")


def fragment(main: str) -> str:
    """Word the shell that asks nginx."""
    return _FRAGMENT.replace("@MAIN@", shlex.quote(main))


def read_program(lines: list[str], processes: dict[int, Process], main: str) -> ProxyState | None:
    """Join nginx's answers with the processes' times; None where nginx is not installed."""
    found = records(lines, "nginx")
    if not found:
        return None
    record = found[0]
    running = _running(record.get("process", "").splitlines())
    workers = [
        processes[pid].started
        for pid, title in running
        if "worker process" in title and _serves(title) and pid in processes
    ]
    masters = [processes[pid] for pid, title in running if "master process" in title and pid in processes]
    version = _VERSION.search(record.get("version", ""))
    passed = record.get("test", "")
    return ProxyState(
        kind="nginx",
        version=version[1] if version else "",
        config_path=main,
        test_passed=passed == "0" if passed in _ANSWERS else None,
        test_output="\n".join(printable(line, 400) for line in mask_text(record.get("says", "").strip()).split("\n")),
        master=min(masters, key=lambda process: process.started) if masters else None,
        newest_worker=max(workers) if workers else None,
        old_workers=sum(1 for _, title in running if "worker process is shutting down" in title),
    )


def _serves(title: str) -> bool:
    return "shutting down" not in title


def _running(lines: list[str]) -> list[tuple[int, str]]:
    pairs = (line.partition(" ") for line in lines)
    return [(int(pid), title) for pid, _, title in pairs if pid.isdigit()]
