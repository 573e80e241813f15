"""The cookies of a log-in, kept and sent as a browser does it (RFC 6265), as far as one host needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wsfix.model.walk import Reply
from wsfix.probes.masking import printable

_MOST = 50
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie; whether a script may read it (HttpOnly) is nothing to a client that is none."""

    name: str
    value: str = field(repr=False)
    path: str = "/"
    secure: bool = False

    def goes_to(self, path: str, *, tls: bool) -> bool:
        """Whether it is sent with a request for that path (section 5.4)."""
        return (tls or not self.secure) and _covers(self.path, path)


def cookies_of(reply: Reply, path: str, host: str) -> tuple[Cookie, ...]:
    """Return the cookies that an answer to `path` sets; those for another host and those it takes back are left out."""
    lines = [value for name, value in reply.headers if name.lower() == "set-cookie"]
    found = (_cookie(line, path, host) for line in lines[:_MOST] if len(line) <= _LONGEST)
    return tuple(cookie for cookie in found if cookie is not None)


def policies(reply: Reply) -> tuple[str, ...]:
    """Return `name; SameSite=Lax` of each cookie that an answer sets, without its value."""
    found = []
    for line in [value for name, value in reply.headers if name.lower() == "set-cookie"][:_MOST]:
        pair, *attributes = line.split(";")
        said = [part.strip() for part in attributes if part.strip().lower().startswith("samesite")]
        found.append(
            f"{printable(pair.partition('=')[0].strip())[:40]}; {printable(said[0])[:20] if said else 'no SameSite'}"
        )
    return tuple(found)


def joined(held: Iterable[Cookie], more: Iterable[Cookie]) -> tuple[Cookie, ...]:
    """Return both; a cookie of the same name and path takes the place of the earlier one."""
    return tuple({(cookie.name, cookie.path): cookie for cookie in (*held, *more)}.values())


def cookie_header(cookies: Iterable[Cookie], path: str, *, tls: bool) -> str:
    """Return the value of the Cookie header; empty where none goes there."""
    going = sorted((each for each in cookies if each.goes_to(path, tls=tls)), key=lambda each: -len(each.path))
    return "; ".join(f"{each.name}={each.value}" for each in going)


def _cookie(line: str, path: str, host: str) -> Cookie | None:
    """Parse one Set-Cookie line (section 5.2)."""
    pair, *attributes = line.split(";")
    name, sign, value = (part.strip() for part in pair.partition("="))
    said = {key.strip().lower(): given.strip() for key, _, given in (each.partition("=") for each in attributes)}
    domain = said.get("domain", "").lstrip(".").lower()
    if not sign or not name or (domain and host != domain and not host.endswith(f".{domain}")):
        return None
    if said.get("max-age", "1").lstrip("-") in {"", "0"} or said.get("max-age", "").startswith("-"):
        return None
    scope = said.get("path", "")
    return Cookie(name, value, scope if scope.startswith("/") else _default(path), "secure" in said)


def _default(path: str) -> str:
    """Return the folder of the path that was asked for (section 5.1.4)."""
    return path.rpartition("/")[0] or "/"


def _covers(scope: str, path: str) -> bool:
    return path == scope or path.startswith(scope if scope.endswith("/") else f"{scope}/")
