"""The unix sockets that the proxy's configuration or the inventory names: whether they are there, and whether its workers may open them (unix(7)).

connect(2) wants write permission on the socket and search permission on the way to it; it is tried by the workers' own user.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable

from wsfix.facts.fragment import Fact, words
from wsfix.model.inside import UnixSocket
from wsfix.model.processes import OF_THIS_HOST

_FRAGMENT = (
    OF_THIS_HOST
    + r"""
paths=$(find -L @FOLDER@ -type f -size -512k ! -name '*.so' -exec grep -hoE "unix([+]h2c)?[:/]/[^][:space:]:;|\"'}{]+" {} + | sed 's/^unix[+h2c]*[:/]//' | sort -u | head -n 50)
paths=$(printf '%s\n' "$paths" @PATHS@ | sed '/^$/d' | sort -u)
echo "asked"
if [ -n "$paths" ]; then
  user=; for f in /proc/[0-9]*/comm; do
    { read -r c <"$f"; } 2>/dev/null || continue
    [ "$c" = @PROGRAM@ ] || continue
    f=${f%/comm}; of_this_host "${f#/proc/}" || continue
    u=$(stat -c %U "$f") && [ "$u" != root ] && user=$u && break
  done
  echo "user $user"
  holders=$(ss -Hlxp 2>/dev/null)
  printf '%s\n' "$paths" | while IFS= read -r p; do
    kind=absent; [ -e "$p" ] && kind=other; [ -S "$p" ] && kind=socket
    heard=no; while read -r _ _ _ flags _ _ _ at; do
      [ "$flags" = 00010000 ] && [ "${at#/var}" = "${p#/var}" ] && heard=yes && break; done </proc/net/unix
    pids=$(printf '%s\n' "$holders" | grep -F " ${p#/var} " | grep -o 'pid=[0-9]*' | sed 's/pid=//' | sort -u | tr '\n' ' ')
    [ -z "$pids" ] || echo "holds $p $pids"
    opens=unknown
    if [ -n "$user" ] && [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
      setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups test -w "$p" && opens=yes || opens=no
    fi
    echo "path $kind $heard $opens $(stat -L -c '%a %U %G' "$p" || echo '0 - -') $p"
  done
fi
"""
)


class NamedSockets(Fact):
    """The unix sockets that nginx, Apache or Caddy (`unix//run/x.sock`) is told to open."""

    def command(self, main: str = "/etc/nginx/nginx.conf", program: str = "nginx", paths: str = "") -> str:
        """Word the fragment, for those and for paths separated by blanks."""
        return fragment(main, program, paths.split())

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, UnixSocket] | None:
        """Read the paths."""
        return read_paths(lines)


def fragment(main: str, program: str, paths: Iterable[str] = ()) -> str:
    """Word the shell that looks at each path in the folder of the main file, and at those that are given."""
    asked = _FRAGMENT.replace("@FOLDER@", shlex.quote(posixpath.dirname(main)))
    return asked.replace("@PROGRAM@", shlex.quote(program)).replace("@PATHS@", words(paths))


def read_paths(lines: list[str]) -> dict[str, UnixSocket] | None:
    """Read the paths; None where the host was not asked."""
    if "asked" not in lines:
        return None
    user = next((line.partition(" ")[2] for line in lines if line.startswith("user ")), "")
    held = (line.split() for line in lines if line.startswith("holds "))
    holders = {path: tuple(int(pid) for pid in pids) for _, path, *pids in held}
    found = (line.split(" ", 7) for line in lines if line.startswith("path "))
    return {
        path: UnixSocket(
            path=path,
            kind=kind,
            mode=int(mode, 8),
            owner=owner,
            group=group,
            listening=heard == "yes",
            pids=holders.get(path, ()),
            opener=user,
            opens={"yes": True, "no": False}.get(opens),
        )
        for _, kind, heard, opens, mode, owner, group, path in found
    }
