"""Files of the application and of its page: what words a socket, an origin or a channel layer, secrets masked on the host."""

from __future__ import annotations

from collections.abc import Iterable

from wsfix.facts.fragment import HIDE, Fact, words
from wsfix.model.application import Source

MOST_FILES = 60
MOST_BYTES = 1048576
MOST_LINE = 2000
_SMALL_BLOCKS = 128
_BUILT_BLOCKS = 16384

_FRAGMENT = r"""
backend='websocket|WebSocket|ProtocolTypeRouter|get_asgi_application|INSTALLED_APPS|CHANNEL_LAYERS|ALLOWED_HOSTS|include_router|APIRouter|add_middleware|socketio|SocketIO|OriginValidator'
page='localhost|127\.0\.0\.1|wss?:|WebSocket|WEBSOCKET|socket\.io|createProxyMiddleware|Content-Security-Policy|/@vite/client|webpack-dev-server'
address='.{0,80}(wss?://|https?://(localhost|127\.0\.0\.1|0\.0\.0\.0)).{0,100}|/@vite/client|webpack-dev-server/client|webpack/hot/dev-server'
secret='[A-Za-z0-9_]*(SECRET|PASSW|PASSWD|TOKEN|API_?KEY|PRIVATE|CREDENTIAL|ACCESS_?KEY|SIGNING|_KEY|DSN)[A-Za-z0-9_]*'
below() { # $1 a folder, $2 what its files must hold, $3 the most blocks, then the names
  folder=$1 holds=$2 blocks=$3; shift 3
  names=; for n in "$@"; do names="$names -o -name *.$n"; done
  set -f; set -- ${names# -o}; set +f
  find "$folder/" -mindepth 1 -xdev -maxdepth 7 \( -name node_modules -o -name '.?*' -o -name __pycache__ -o -name site-packages \
    -o -name migrations -o -name test -o -name tests -o -name __tests__ -o -type d -exec test -e '{}/pyvenv.cfg' \; \) -prune -o \
    -type f -size "-$blocks" ! -name '*.min.map' \( "$@" \) -exec grep -lsE "$holds" {} + 2>/dev/null | awk -F/ '{ print NF, $0 }' |
    sort -k1,1n -k2 | cut -d' ' -f2- | head -n @MOST@
}
asked() {
  for d in @DIRECTORIES@; do [ -d "$d" ] && below "$d" "$backend" @SMALL@ py js mjs cjs ts; done
  for u in @UNITS@; do
    d=$(systemctl show -p WorkingDirectory --value "$u" 2>/dev/null); d=${d#!}
    # a home or the root is no application's own folder
    case $d in /home/*/*|/[!h]*/*) set -- "$d"/*.py "$d"/package.json
      for f; do [ -f "$f" ] && below "$d" "$backend" @SMALL@ py js mjs cjs ts && break; done ;; esac
  done
  for f in @PAGES@; do
    case ${f##*/} in .env*|*.key|*.pem|*.map) continue ;; esac
    if [ -d "$f" ]; then below "$f" "$page" @BUILT@ js mjs cjs jsx ts tsx vue svelte html
    elif [ -f "$f" ]; then printf '%s\n' "$f"; fi
  done
}
left=@BYTES@
asked | awk '!seen[$0]++' | head -n $((@MOST@ * 2)) | while IFS= read -r f; do
  [ -r "$f" ] && ! grep -qs -e '-----BEGIN .*PRIVATE KEY' "$f" || continue
  size=$(wc -c <"$f"); [ "$size" -lt $((@BUILT@ * 512)) ] || continue
  printf 'file %s\nmodified %s\n' "$f" "$(stat -Lc %Y "$f")"
  if [ "$size" -lt $((@SMALL@ * 512)) ] && [ "$size" -le "$left" ] && awk 'length > @LINE@ { exit 1 }' "$f"; then
    left=$((left - size)); echo whole
    awk '{ sub(/\r$/, ""); print "line " NR " " $0 }' "$f"
  else
    grep -noE "$address" "$f" | head -n 40 | cut -c1-400 | sed 's/^\([0-9]*\):/line \1 /'
  fi
done | hide line | sed -E '/^line /{
  s#(://[^][:space:]/:@"'"'"']*:)[^][:space:]/@"'"'"']+@#\1***@#g
  s/('"$secret"'["'"'"']?\]?[[:space:]]*(:[[:space:]]*[A-Za-z]+[[:space:]]*)?[:=][[:space:]]*[A-Za-z]{0,2})("[^"]*"|'"'[^']*'"'|`[^`]*`)/\1"***"/Ig
  s/(\([[:space:]]*["'"'"']'"$secret"'["'"'"'][[:space:]]*,[[:space:]]*)("[^"]*"|'"'[^']*'"')/\1"***"/Ig
  s/eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]+/***/g
  s#("|'"'"')[A-Za-z0-9+/_=-]{32,}("|'"'"')#\1***\2#g
}'
"""


class ApplicationFiles(Fact):
    """The texts that word a socket: of a backend's directory, and of the page's files and directories.

    Where the inventory names no directory, it is the one in which the unit runs the backend.
    """

    def command(self, directories: str = "", pages: str = "") -> str:
        """Word the fragment for directories and files separated by blanks."""
        return f"{HIDE}hidden=\n{fragment(directories.split(), pages.split())}"

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, Source]:
        """Return path → text."""
        return read_sources(lines)


def fragment(directories: Iterable[str], pages: Iterable[str], units: Iterable[str] = ()) -> str:
    """Word the shell that prints small texts whole, and of built ones the pieces that word an address; needs `hide`."""
    return (
        _FRAGMENT.replace("@DIRECTORIES@", words(directories))
        .replace("@UNITS@", words(units))
        .replace("@PAGES@", words(pages))
        .replace("@MOST@", str(MOST_FILES))
        .replace("@BYTES@", str(MOST_BYTES))
        .replace("@SMALL@", str(_SMALL_BLOCKS))
        .replace("@BUILT@", str(_BUILT_BLOCKS))
        .replace("@LINE@", str(MOST_LINE))
    )


def read_sources(lines: list[str]) -> dict[str, Source]:
    """Read the records of all files."""
    found: dict[str, Source] = {}
    held: list[tuple[int, str]] = []
    path, modified, whole = "", 0.0, False
    for record in (*lines, "file "):
        word, _, rest = record.partition(" ")
        if word == "file":
            if path:
                found[path] = Source(path, tuple(held), whole, modified)
            path, modified, whole, held = rest, 0.0, False, []
        elif word == "modified":
            modified = float(rest)
        elif word == "whole":
            whole = True
        elif word == "line":
            number, _, text = rest.partition(" ")
            held.append((int(number), text))
    return found
