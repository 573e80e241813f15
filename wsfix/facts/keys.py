"""Which private key belongs to which certificate: the host prints a digest of the public half, never the key."""

from __future__ import annotations

import shlex

from wsfix.facts.fragment import Fact

_FRAGMENT = r"""
main=@MAIN@; tree=${main%/*}
command -v openssl >/dev/null || exit 0
find "$tree/" -xdev -type f -size -1024 -exec grep -hsiE '^[[:space:]]*(ssl_certificate(_key)?|SSLCertificate(Key)?File|tls)[[:space:]]' {} + 2>/dev/null | sed 's/#.*//' |
  awk '{ gsub(/[;"'"'"']/, ""); print $2; if ($1 == "tls" && $3 != "") print $3 }' | sort -u | while read -r name; do
    case $name in ''|*'$'*) continue ;; /*) ;; *) name=$tree/$name ;; esac; printf '%s\n' "${name%/*}"
  done | sort -u | while IFS= read -r dir; do
    case $dir in /etc/ssl/certs|/etc/pki/*) continue ;; esac
    for f in "$dir"/*.key "$dir"/*.pem; do
      [ -r "$f" ] && grep -qs -- 'PRIVATE KEY' "$f" || continue
      d=$(openssl pkey -in "$f" -passin pass: -pubout -outform DER 2>/dev/null | sha256sum | cut -c1-64)
      # the digest of nothing: a key that is locked or broken
      case $d in e3b0c44298fc*) ;; *) echo "$d $f" ;; esac
    done
  done
"""


class PrivateKeys(Fact):
    """Key file → SHA-256 of its public key, for every folder that holds a certificate of the proxy."""

    def command(self, main: str = "/etc/nginx/nginx.conf") -> str:
        """Word the fragment."""
        return fragment(main)

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, str]:
        """Return path → digest."""
        return {path: digest for digest, _, path in (line.partition(" ") for line in lines) if path}


def fragment(main: str) -> str:
    """Word the shell that prints the digests."""
    return _FRAGMENT.replace("@MAIN@", shlex.quote(main))
