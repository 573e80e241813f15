"""`openssl s_client` and nc: what ends below HTTP."""

from __future__ import annotations

from wsfix.drivers.client.address import endpoint
from wsfix.drivers.client.words import Line, options
from wsfix.errors import UnreadableCommand
from wsfix.model.command import Checks, Command, Reach

_PORT = 443
_NC = {each: each for each in "wpsiqXxITVOPMmb"}
_NC_VALUELESS = {"z": "z", "v": "v", "n": "n", "u": "u", "4": "4", "6": "6", "l": "l", "k": "k"}


def openssl(line: Line) -> Command:
    """Read openssl-s_client(1): one dash before each name, and a certificate that fails stops nothing by default."""
    words = list(line.words)
    if "s_client" not in words:
        raise UnreadableCommand("of openssl, wsfix reads only s_client")
    asked: dict[str, str] = {}
    flags = {"verify_return_error", "quiet", "showcerts", "brief", "noservername", "crlf", "ign_eof", "status", "debug"}
    rest = words[words.index("s_client") + 1 :]
    while rest:
        word = rest.pop(0)
        name = word.lstrip("-")
        if not word.startswith("-"):
            asked.setdefault("connect", word)
        elif name in flags or not rest or rest[0].startswith("-"):
            asked[name] = ""
        else:
            asked[name] = rest.pop(0)
    if "connect" not in asked:
        raise UnreadableCommand("the command gives openssl s_client no -connect")
    dialled, port = endpoint(asked["connect"], _PORT)
    name = asked.get("servername") or asked.get("verify_hostname") or dialled
    strict = "verify_return_error" in asked and "verify_hostname" in asked
    checks = Checks.STRICT if strict else Checks.TOLD
    return Command(
        "openssl",
        Reach.TLS,
        True,
        name,
        port,
        checks=checks,
        dials=dialled if name != dialled else "",
    )


def netcat(line: Line) -> Command:
    """Read nc(1): host and port."""
    given = options(line.words, _NC, _NC_VALUELESS)
    if given.has("l"):
        raise UnreadableCommand("the command makes nc listen; it asks nobody")
    if len(given.words) < 2 or not given.words[1].isdecimal():  # noqa: PLR2004
        raise UnreadableCommand("the command gives nc no host and port")
    return Command(line.program, Reach.TCP, tls=False, host=given.words[0], port=int(given.words[1]))
