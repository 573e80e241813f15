"""What the host has room for: open files, ports, tracked connections, memory, disk, and what the kernel said of them."""

from __future__ import annotations

import re

from wsfix.facts.fragment import HIDE, Fact
from wsfix.model.capacity import Capacity, Disk, Handles, KernelLine
from wsfix.redact import mask_text, printable

MOST_PROCESSES = 64
KERNEL_LINES = 20

FRAGMENT = r"""
exec 2>/dev/null # processes end while they are asked, and not every kernel tells all of this
read -r up _ </proc/uptime && echo "uptime $up"
echo "processors $(getconf _NPROCESSORS_ONLN || grep -c '^processor' /proc/cpuinfo)"
# a sysctl answers one read only, and a shell reads byte by byte
ports=$(cat /proc/sys/net/ipv4/ip_local_port_range) && echo "ports "$ports
tracked=$(cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max) && echo "tracked "$tracked
while read -r key value _; do
  case $key in MemTotal:) all=$value ;; MemAvailable:) echo "memory $all $value"; break ;; esac
done </proc/meminfo
df -Pk / /var /tmp | awk 'NR > 1 && $2 ~ /^[0-9]+$/ && !seen[$0]++ { mount = $6; for (i = 7; i <= NF; i++) mount = mount " " $i
  print "disk " $2 " " $4 " " mount }'
for p in $( { ss -H -ltnp | grep -o 'pid=[0-9]*' | sed 's/pid=//'
    for f in /proc/[0-9]*/comm; do
      { read -r c <"$f"; } || continue
      case $c in nginx|apache2|caddy|haproxy) f=${f%/comm}; echo "${f#/proc/}" ;; esac
    done; } | sort -un | head -n @MOST@); do
  { read -r name <"/proc/$p/comm"; } || continue
  soft=; while read -r a b c soft _; do case "$a $b $c" in 'Max open files') break ;; esac; soft=; done <"/proc/$p/limits"
  set -- "/proc/$p/fd/"*
  [ -L "$1" ] && open=$# || open=-
  echo "handles $p ${soft:--} $open $name"
done
ss -Htan | awk '$1 != "LISTEN" { port = $5; sub(/.*:/, "", port); count[port]++ }
  END { for (p in count) if (count[p] >= 16) print "peer " p " " count[p] }'
ip -o addr show | awk '{ sub(/\/.*/, "", $4); print "address " $4 }'
kernel=$(dmesg | tail -n 3000)
[ -n "$kernel" ] || kernel=$(journalctl -k -q -n 3000 -o short-monotonic --no-pager)
if [ -n "$kernel" ]; then
  echo kernel-seen
  printf '%s\n' "$kernel" | grep -E 'Out of memory|oom-kill|[Kk]illed process|table full, dropping|TCP: out of memory|too many orphaned sockets|file-max limit' |
    tail -n @LINES@ | cut -c1-400 | sed 's/^/kernel /' | hide kernel
fi
""".replace("@MOST@", str(MOST_PROCESSES)).replace("@LINES@", str(KERNEL_LINES))

_STAMP = re.compile(r"^\[\s*(\d+\.\d+)\]\s+(?:\S+ kernel: )?(.*)$")


class Limits(Fact):
    """The limits of the host and of the processes that listen: `pyinfra HOST fact wsfix.facts.capacity.Limits`."""

    def command(self) -> str:
        """Word the fragment."""
        return f"{HIDE}hidden=\n{FRAGMENT}"

    @classmethod
    def read(cls, lines: list[str]) -> Capacity:
        """Return what was seen."""
        return read_capacity(lines)


def read_capacity(lines: list[str]) -> Capacity:
    """Read the records; raises ValueError where not even the uptime came."""
    rows: dict[str, list[list[str]]] = {}
    for line in lines:
        word, _, rest = line.partition(" ")
        rows.setdefault(word, []).append(rest.split())
    if "uptime" not in rows:
        raise ValueError("no uptime in the list of limits")
    up = float(rows["uptime"][0][0])
    kernel = None
    if "kernel-seen" in rows:
        kernel = tuple(_said(line.partition(" ")[2], up) for line in lines if line.startswith("kernel "))
    return Capacity(
        handles={held.pid: held for held in map(_handles, rows.get("handles", []))},
        processors=next((int(row[0]) for row in rows.get("processors", []) if row and row[0].isdigit()), None),
        ports=_pair(rows.get("ports")),
        tracked=_pair(rows.get("tracked")),
        memory=_pair(rows.get("memory")),
        disks=tuple(Disk(" ".join(row[2:]), int(row[0]), int(row[1])) for row in rows.get("disk", [])),
        peers={int(row[0]): int(row[1]) for row in rows.get("peer", []) if row[0].isdigit()},
        addresses=tuple(row[0] for row in rows.get("address", []) if row),
        kernel=kernel,
    )


def _handles(row: list[str]) -> Handles:
    pid, soft, opened, *name = row
    return Handles(int(pid), " ".join(name), _number(soft), _number(opened))


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else None


def _pair(rows: list[list[str]] | None) -> tuple[int, int] | None:
    if not rows or len(rows[0]) < 2:  # noqa: PLR2004
        return None
    return int(rows[0][0]), int(rows[0][1])


def _said(line: str, up: float) -> KernelLine:
    found = _STAMP.match(line)
    text = printable(mask_text(found[2] if found else line), 300)
    return KernelLine(text, max(0.0, up - float(found[1])) if found else None)
