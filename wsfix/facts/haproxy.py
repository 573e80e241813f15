"""HAProxy's program on the host: version, configuration test, master and workers, the health of its servers.

Sources: management guide sections 3 (command line), 4 (reload: the master forks a new worker, the old one finishes), 9.3
(`show stat`, `show info` on the stats socket).
"""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Iterator

from wsfix.facts.fragment import Fact, records
from wsfix.model.inside import Process, ProxyState, ServerHealth
from wsfix.redact import mask_text, printable

_FRAGMENT = r"""
main=@MAIN@; tree=${main%/*}
haproxy=$(command -v haproxy || echo /usr/sbin/haproxy)
limit=$(command -v timeout >/dev/null && echo timeout 20)
if [ -x "$haproxy" ]; then
  echo "haproxy $haproxy"
  echo "version $("$haproxy" -v 2>/dev/null | head -n 1)"
  CONFIG=$main; EXTRAOPTS=
  # as its unit does (EnvironmentFile=)
  [ -r /etc/default/haproxy ] && . /etc/default/haproxy >/dev/null 2>&1
  words="-f $CONFIG $EXTRAOPTS"
  for f in /proc/[0-9]*/comm; do
    { read -r c <"$f"; } 2>/dev/null || continue
    [ "$c" = haproxy ] || continue
    d=${f%/comm}
    { read -r s <"$d/stat"; } 2>/dev/null || continue
    s=${s##*) }; s=${s#* }
    echo "process ${d#/proc/} ${s%% *}"
    [ "${s%% *}" = 1 ] && words=$(tr '\0' ' ' 2>/dev/null <"$d/cmdline")
  done
  set -f; given=; last=
  for w in $words; do
    [ "$last" = -f ] && given="$given -f $w" && echo "file $w"
    last=$w
  done
  # without root HAProxy may not read its keys, and refuses what is right
  if [ "$(id -u)" = 0 ]; then
    out=$($limit "$haproxy" -c -q $given 2>&1); code=$?; echo "test $code"
    [ $code = 0 ] || printf '%s\n' "$out" | grep -v NOTICE | head -n 20 | cut -c1-400 | sed 's/^/says /'
    socket=$(cat "$main" 2>/dev/null | awk '$1 == "stats" && $2 == "socket" && $3 ~ /^(unix@)?\// { sub(/^unix@/, "", $3); print $3; exit }')
    if [ -S "$socket" ] && command -v perl >/dev/null; then
      for q in info stat; do
        $limit perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1; $s->send("show $ARGV[1]\n"); print while <$s>' "$socket" $q 2>/dev/null |
          grep -E '^(#|[^,]*,[^,]*,|Maxconn:|CurrConns:)' | head -n 300 | cut -c1-1200 | sed "s/^/$q /"
      done
    fi
    # what it said last of each server's health
    { journalctl -u haproxy.service -n 400 -o cat --no-pager; tail -n 400 /var/log/haproxy.log; } 2>/dev/null </dev/null |
      grep -oE 'Server [^ ]+/[^ ]+ is (UP|DOWN)[^"]*' | tail -n 20 | cut -c1-300 | sed 's/^/health /'
  fi
fi
"""

_ANSWERS = frozenset({"0", "1"})
"""Every other status is of a test that could not be made: 2 where nothing listens, 124 where it hung, 126 without rights."""
_VERSION = re.compile(r"version ([0-9.]+)")
_HEALTH = re.compile(r"Server ([^ /]+)/([^ ]+) is (UP|DOWN)(?:, reason: ([^,]*)(?:, code: (\d+))?)?")


class HaproxyProgram(Fact):
    """What HAProxy is installed, whether it accepts its configuration, what of it runs, and which servers it takes for down."""

    def command(self, main: str = "/etc/haproxy/haproxy.cfg") -> str:
        """Word the fragment."""
        return fragment(main)

    @classmethod
    def read(cls, lines: list[str]) -> ProxyState | None:
        """Read it without the processes' own facts; None where HAProxy is not installed."""
        return read_program(lines, {}, "/etc/haproxy/haproxy.cfg")


def fragment(main: str) -> str:
    """Word the shell that asks HAProxy."""
    return _FRAGMENT.replace("@MAIN@", shlex.quote(main))


def read_program(lines: list[str], processes: dict[int, Process], main: str) -> ProxyState | None:
    """Join HAProxy's answers with the processes; None where it is not installed."""
    found = records(lines, "haproxy")
    if not found:
        return None
    record = found[0]
    version = _VERSION.search(record.get("version", ""))
    passed = record.get("test", "")
    parents = _parents(record.get("process", "").splitlines())
    master = min((pid for pid, parent in parents.items() if parent not in parents), default=0)
    workers = [pid for pid, parent in parents.items() if parent == master] or ([master] if master else [])
    started = [processes[pid].started for pid in workers if pid in processes]
    files = tuple(dict.fromkeys(record.get("file", "").splitlines()))
    told = mask_text(record.get("says", "").strip())
    return ProxyState(
        kind="haproxy",
        version=version[1].rstrip(".") if version else "",
        config_path=files[0] if files else main,
        test_passed=passed == "0" if passed in _ANSWERS else None,
        test_output="\n".join(printable(line, 400) for line in told.split("\n")),
        master=processes.get(master),
        newest_worker=max(started, default=None),
        old_workers=max(0, len(workers) - 1),
        more=files[1:],
        servers=_servers(record),
        capacity=_capacity(record.get("info", "")),
    )


def _parents(lines: list[str]) -> dict[int, int]:
    pairs = (line.split() for line in lines)
    return {int(p[0]): int(p[1]) for p in pairs if len(p) == 2 and p[0].isdigit() and p[1].isdigit()}  # noqa: PLR2004


def _servers(record: dict[str, str]) -> tuple[ServerHealth, ...] | None:
    """The health of the servers by the stats socket, else by what the log said last; None where neither was seen."""
    rows = record.get("stat", "").splitlines()
    if rows and rows[0].startswith("#"):
        return tuple(_of_stat(rows))
    lines = [match for line in record.get("health", "").splitlines() if (match := _HEALTH.search(line))]
    if not lines:
        return None
    last = {(match[1], match[2]): match for match in lines}
    return tuple(
        ServerHealth(match[1], match[2], match[3], match[4] or "", match[5] or "", "the log") for match in last.values()
    )


def _of_stat(rows: list[str]) -> Iterator[ServerHealth]:
    """Read the CSV; a check that is under way has `* ` before the status of the last one."""
    head = [name.strip() for name in rows[0].lstrip("# ").split(",")]
    for row in csv.reader(rows[1:]):
        cells = dict(zip(head, row, strict=False))
        if cells.get("svname") in {None, "FRONTEND", "BACKEND"} or cells.get("type") != "2":
            continue
        said = f"{cells.get('check_status', '').removeprefix('* ')} {cells.get('check_desc', '')}".strip()
        yield ServerHealth(
            cells.get("pxname", ""),
            cells.get("svname", ""),
            cells.get("status", ""),
            printable(mask_text(said), 120),
            cells.get("check_code", ""),
            "show stat",
        )


def _capacity(text: str) -> tuple[int, int] | None:
    found = dict(re.findall(r"(Maxconn|CurrConns): (\d+)", text))
    if len(found) < 2:  # noqa: PLR2004
        return None
    return int(found["CurrConns"]), int(found["Maxconn"])
