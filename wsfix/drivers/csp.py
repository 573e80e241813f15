"""Content-Security-Policy: whether a page's policy lets it open a socket (CSP level 3, sections 6.1.2 and 6.7.2)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def directive(policy: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the directive that counts for sockets and its sources; None where the policy says nothing about them."""
    said: dict[str, tuple[str, ...]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            said.setdefault(words[0].lower(), tuple(words[1:]))
    name = next((name for name in ("connect-src", "default-src") if name in said), None)
    return None if name is None else (name, said[name])


def forbids(policy: str, page: str, url: str) -> bool:
    """Whether a page of that origin may not open the socket; False where the text does not decide it."""
    found = directive(policy)
    if found is None or "$" in " ".join(found[1]) or "%{" in policy:
        return False
    return not any(_allows(source, page, url) for source in found[1])


def _allows(source: str, page: str, url: str) -> bool:
    wanted, own = urlsplit(url), urlsplit(page)
    lower = source.lower().strip("'")
    if lower == "*":
        return True
    if lower in {"ws:", "wss:"}:
        return lower == "ws:" or wanted.scheme == "wss"
    if lower == "self":
        # also with the scheme of a socket, where host and port are the page's
        return wanted.hostname == own.hostname and _port(url) == _port(page)
    match = re.fullmatch(
        r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>[^/:]+|\[[^]]*\])(?::(?P<port>\d+|\*))?(?:/.*)?", lower
    )
    if match is None or lower in {"none", "unsafe-inline", "unsafe-eval", "report-sample"}:
        return False
    if match["scheme"] not in {None, "ws", wanted.scheme}:
        return False  # https://host is no leave for wss://host
    host = wanted.hostname or ""
    named = host == match["host"] or (match["host"].startswith("*.") and host.endswith(match["host"][1:]))
    return named and match["port"] in {None, "*", str(_port(url))}


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or (443 if parts.scheme in {"https", "wss"} else 80)
