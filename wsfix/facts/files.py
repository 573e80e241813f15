"""The proxy's configuration as it lies on the disk, with owner, mode, links and times, and no private key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import shlex
import tarfile

from wsfix.facts.fragment import Fact, words
from wsfix.model.inside import FileSeen, LinkSeen

MAX_FILE_BYTES = 524288

_FRAGMENT = r"""
main=@MAIN@; tree=${main%/*}
everything() {
  find "$tree/" -xdev \( -type l -o -type f -size -@BLOCKS@ \
    ! -name '*.key' ! -name '*.pem' ! -name '*htpasswd*' ! -name '*.swp' \) 2>/dev/null
  for f in @EXTRA@; do [ -e "$f" ] && printf '%s\n' "$f"; done
  find "$tree/" -xdev -type f -size -@BLOCKS@ -exec grep -hsiE '^[[:space:]]*(include|includeoptional|import|tls|ssl_certificate|sslcertificatefile|sslcertificatechainfile)[[:space:]]' {} + 2>/dev/null |
    sed 's/#.*//' | awk '{ gsub(/[;"'"'"']/, "", $2); print tolower($1), $2 }' | sort -u | while read -r kind name; do
    case $name in ''|*'$'*) continue ;; /*) ;; *) name=$tree/$name ;; esac
    case $kind in
      include*|import) for f in $name; do case $f in "$tree"/*) continue ;; esac
        [ -f "$f" ] && printf '%s\n' "$f"
        # Apache reads every file of a folder that it includes
        [ -d "$f" ] && find "$f/" -xdev -type f -size -@BLOCKS@ 2>/dev/null; done ;;
      ssl*|tls)
        [ -f "$name" ] && printf '%s\n' "$name"
        # beside it a chain or a renewed one may lie; the system's own store of authorities is no such place
        case ${name%/*} in /etc/ssl/certs|/etc/pki/*) ;; *)
          for f in "${name%/*}"/*.pem "${name%/*}"/*.crt; do [ -f "$f" ] && printf '%s\n' "$f"; done ;; esac ;;
    esac
  done
}
IFS='
'
set -f
set -- $(set +f; unset IFS; everything)
set -- $( { printf '%s\n' "$@"; realpath "$@" 2>/dev/null; } | sort -u)
[ $# -gt 0 ] || exit 0
set -- $( { find "$@" -prune -type l
  # what a link or a line names may be a folder, a pipe or a log of many gigabytes
  find "$@" -prune -type f -size -@BLOCKS@ ! -name '*.key' ! -name '*htpasswd*' ! -name '*.swp' -exec grep -Ls -e '-----BEGIN .*PRIVATE KEY' {} +; } 2>/dev/null | sort -u)
[ $# -gt 0 ] || exit 0
tar -c $(tar --version 2>/dev/null | grep -q GNU && echo --format=posix) -f - "$@" 2>/dev/null | gzip -1 | base64
"""


class ConfigFiles(Fact):
    """Every file below the proxy's configuration folder, what it includes from elsewhere, and its certificates."""

    def command(self, main: str = "/etc/nginx/nginx.conf", extra: str = "") -> str:
        """Word the fragment; `extra` names further files, separated by blanks."""
        return fragment(main, tuple(extra.split()))

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, FileSeen | LinkSeen]:
        """Return path → file or symbolic link."""
        return read_archive("".join(lines))


def fragment(main: str, extra: tuple[str, ...]) -> str:
    """Word the shell that prints the files as one compressed archive in base64."""
    return (
        _FRAGMENT.replace("@MAIN@", shlex.quote(main))
        .replace("@EXTRA@", words(extra))
        .replace("@BLOCKS@", str(MAX_FILE_BYTES // 512))
        .replace("for f in ; do", "for f in /dev/null/none; do")
    )


def read_archive(text: str) -> dict[str, FileSeen | LinkSeen]:
    """Unpack the archive in memory; nothing of it is written anywhere."""
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            return {f"/{member.name.lstrip('/')}": _entry(archive, member) for member in archive if _wanted(member)}
    except (binascii.Error, tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"the archive of the configuration could not be read: {error}") from error


def _wanted(member: tarfile.TarInfo) -> bool:
    return member.issym() or member.islnk() or (member.isfile() and member.size <= MAX_FILE_BYTES)


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> FileSeen | LinkSeen:
    if member.issym():
        return LinkSeen(member.linkname, float(member.mtime))
    reader = archive.extractfile(member)
    content = reader.read() if reader else b""
    return FileSeen(
        path=f"/{member.name.lstrip('/')}",
        content=content,
        mode=member.mode,
        owner=member.uname or str(member.uid),
        group=member.gname or str(member.gid),
        modified=float(member.mtime),
        sha256=hashlib.sha256(content).hexdigest(),
        links=2 if member.islnk() else 1,
    )
