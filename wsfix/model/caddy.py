"""The shell by which Caddy's program is asked: by its own user, with its own variables."""

from __future__ import annotations

from wsfix.model.processes import OF_THIS_HOST

AS_ITS_USER = (
    OF_THIS_HOST
    + r"""
caddy=$(command -v caddy || echo /usr/bin/caddy)
pid=$(systemctl show -p MainPID --value caddy.service 2>/dev/null)
if [ "${pid:-0}" = 0 ]; then
  pid=
  for f in /proc/[0-9]*/comm; do
    { read -r c <"$f"; } 2>/dev/null || continue
    [ "$c" = caddy ] || continue
    f=${f%/comm}; of_this_host "${f#/proc/}" || continue
    pid=${f#/proc/}; break
  done
fi
user=$( [ -n "$pid" ] && stat -c %U "/proc/$pid" || systemctl show -p User --value caddy.service) 2>/dev/null
# a test as root would make log files that Caddy itself may not write, and read keys that it may not read
as_its_user() {
  if [ -n "$pid" ]; then
    $within runuser -u "${user:-root}" -- xargs -0 sh -c 'exec env -i "$@" '"$1" sh <"/proc/$pid/environ"
  else
    home=$(getent passwd "${user:-root}" 2>/dev/null | cut -d: -f6)
    $within runuser -u "${user:-root}" -- env -i PATH="$PATH" HOME="${home:-/}" sh -c "exec $1"
  fi
}
"""
)
"""Shell that knows Caddy's process, and runs a command as its user and with its variables: a Caddyfile may name them.

xargs(1) tells every failure as 123; `$within` may hold a command that limits the time."""
