"""What a transaction must know of a proxy: where its configuration lies, how it is tested, reloaded and seen to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wsfix.model.caddy import AS_ITS_USER

# $1 is the moment of the reload in ticks since the boot; proc(5), stat: field 4 is the parent, field 22 the start.
# After a reload the master forks new workers and lets the old ones end, as nginx.org/en/docs/control.html and the page
# "Stopping and Restarting" of Apache's manual say. A master of nginx that could not bind or open a file forks none and
# goes on; Apache's ends where its new configuration passes the test and does not start up (AH00020).
_YOUNG_CHILD: Final = """\
since=$1
read -r master 2>/dev/null < {pid_file} || master=0
for each in /proc/[0-9]*/stat; do
    read -r words 2>/dev/null < "$each" || continue
    set -- ${{words##*) }}
    [ "$2" = "$master" ] && [ "${{20}}" -ge "$since" ] && exit 0
done
if [ "$master" != 0 ] && kill -0 "$master"; then
    echo 'the proxy still runs the old configuration'
else
    echo 'the proxy has ended'
fi 2>/dev/null
{complaints}
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


def settled(pid_file: str, complaints: str = ":") -> str:
    """Word the question whether the master in `pid_file` has forked a worker since a moment, and why it has not."""
    return _YOUNG_CHILD.format(pid_file=pid_file, complaints=complaints)


NGINX: Final = ProxyCommands(
    kind="nginx",
    tree="/etc/nginx",
    test="exec nginx -t",
    reload="if systemctl is-active --quiet nginx.service; then exec systemctl reload nginx.service; fi\n"
    "exec nginx -s reload",
    settled=settled("/run/nginx.pid"),
)
# What the test does not find stands in the error log alone: systemd tells only that the server ended.
_LAST_WORDS: Final = (
    "tail -qn 20 $(ls -t /var/log/apache2/*error*log 2>/dev/null | head -n 2) 2>/dev/null < /dev/null |\n"
    "grep -E ':(emerg|alert)\\]' | tail -n 3 | cut -c1-400"
)
APACHE: Final = ProxyCommands(
    kind="apache",
    tree="/etc/apache2",
    test="exec apache2ctl configtest",
    # where a load ended the master, what was put back must start it again, and by its unit
    reload="if systemctl is-active --quiet apache2.service; then\n"
    f"systemctl reload apache2.service && exit 0\n{_LAST_WORDS}\nexit 1\nfi\n"
    "read -r master 2>/dev/null < /run/apache2/apache2.pid || master=\n"
    '[ -z "$master" ] || ! kill -0 "$master" 2>/dev/null || exec apache2ctl graceful\n'
    "exec apache2ctl start",
    settled=settled("/run/apache2/apache2.pid", _LAST_WORDS),
)
CADDY: Final = ProxyCommands(
    kind="caddy",
    tree="/etc/caddy",
    test=f'{AS_ITS_USER}as_its_user "$caddy validate --adapter caddyfile --config /etc/caddy/Caddyfile"',
    # one process replaces its configuration at once, or keeps the one that it has and the reload fails
    reload="if systemctl is-active --quiet caddy.service; then exec systemctl reload caddy.service; fi\n"
    "exec caddy reload --adapter caddyfile --config /etc/caddy/Caddyfile",
    settled=f"{AS_ITS_USER}"
    'if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then exit 0; fi\n'
    "echo 'the proxy has ended'\n"
    "journalctl -q -u caddy.service -n 3 -o cat --no-pager 2>/dev/null | cut -c1-400\nexit 1\n",
)
# The files of the command line are those that its unit gives it: CONFIG and EXTRAOPTS of /etc/default/haproxy, else what the
# master runs with (`haproxy -Ws -f … -f …`).
_HAPROXY_TEST: Final = """\
CONFIG=/etc/haproxy/haproxy.cfg EXTRAOPTS=
[ ! -r /etc/default/haproxy ] || . /etc/default/haproxy
words="-f $CONFIG $EXTRAOPTS" given='' last=''
read -r master 2>/dev/null < /run/haproxy.pid || master=none
[ ! -r "/proc/$master/cmdline" ] || words=$(tr '\\0' ' ' < "/proc/$master/cmdline")
set -f
for word in $words; do
    [ "$last" != -f ] || given="$given -f $word"
    last=$word
done
exec haproxy -c -q $given"""
_HAPROXY_ALERTS: Final = "journalctl -u haproxy.service -n 30 -o cat --no-pager 2>/dev/null < /dev/null | grep ALERT | tail -n 3 | cut -c1-400"
HAPROXY: Final = ProxyCommands(
    kind="haproxy",
    tree="/etc/haproxy",
    test=_HAPROXY_TEST,
    reload="if systemctl is-active --quiet haproxy.service; then exec systemctl reload haproxy.service; fi\n"
    "exec systemctl start haproxy.service",
    settled=settled("/run/haproxy.pid", _HAPROXY_ALERTS),
)
PROXIES: Final[Mapping[str, ProxyCommands]] = {proxy.kind: proxy for proxy in (NGINX, APACHE, CADDY, HAPROXY)}
