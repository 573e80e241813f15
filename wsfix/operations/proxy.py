"""What a transaction must know of a proxy: where its configuration lies, how it is tested, reloaded and seen to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# $1 is the moment of the reload in ticks since the boot; proc(5), stat: field 4 is the parent, field 22 the start.
# After a reload the master forks new workers and lets the old ones end, as nginx.org/en/docs/control.html and the page
# "Stopping and Restarting" of Apache's manual say. A master that could not bind or open a file forks none.
_YOUNG_CHILD: Final = """\
since=$1
read -r master < {pid_file} || exit 1
for each in /proc/[0-9]*/stat; do
    read -r words 2>/dev/null < "$each" || continue
    set -- ${{words##*) }}
    [ "$2" = "$master" ] && [ "${{20}}" -ge "$since" ] && exit 0
done
exit 1
"""


@dataclass(frozen=True, slots=True)
class ProxyCommands:
    """The commands of one proxy, each a text for a POSIX shell."""

    kind: str
    tree: str
    """The directory that holds its configuration; the staged copy is tested in its place."""
    test: str
    reload: str
    """Graceful: open sockets stay with the old workers."""
    settled: str
    """Succeeds once workers run that are younger than the moment in `$1`."""


def settled(pid_file: str) -> str:
    """Word the question whether the master in `pid_file` has forked a worker since a moment."""
    return _YOUNG_CHILD.format(pid_file=pid_file)


NGINX: Final = ProxyCommands(
    kind="nginx",
    tree="/etc/nginx",
    test="exec nginx -t",
    reload="if systemctl is-active --quiet nginx.service; then exec systemctl reload nginx.service; fi\n"
    "exec nginx -s reload",
    settled=settled("/run/nginx.pid"),
)
APACHE: Final = ProxyCommands(
    kind="apache",
    tree="/etc/apache2",
    test="exec apache2ctl configtest",
    reload="if systemctl is-active --quiet apache2.service; then exec systemctl reload apache2.service; fi\n"
    "exec apache2ctl graceful",
    settled=settled("/run/apache2/apache2.pid"),
)
PROXIES: Final[Mapping[str, ProxyCommands]] = {proxy.kind: proxy for proxy in (NGINX, APACHE)}
