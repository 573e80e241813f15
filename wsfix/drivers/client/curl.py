"""curl(1): a page, or a socket where the headers ask for one or the URL is ws:// (since 7.86, by default since 8.11)."""

from __future__ import annotations

from wsfix.drivers.client.address import address_of, endpoint
from wsfix.drivers.client.words import Line, Options, options
from wsfix.errors import UnreadableCommand
from wsfix.model.command import Checks, Command, Reach, Version
from wsfix.model.walk import Headers

_VALUED = {
    "H": "header", "X": "request", "d": "data", "o": "output", "u": "user", "b": "cookie", "c": "cookie-jar",
    "A": "user-agent", "e": "referer", "m": "max-time", "w": "write-out", "x": "proxy", "F": "form", "T": "upload-file",
    "D": "dump-header", "E": "cert", "K": "config", "r": "range", "t": "telnet-option", "y": "speed-time",
    "Y": "speed-limit", "z": "time-cond", "C": "continue-at", "P": "ftp-port", "Q": "quote", "U": "proxy-user", "h": "help",
    **{
        name: name
        for name in (
            *("header", "request", "data", "data-raw", "data-binary", "data-urlencode", "json", "output", "user", "cookie"),
            *("cookie-jar", "user-agent", "referer", "max-time", "write-out", "proxy", "form", "form-string", "upload-file"),
            *("dump-header", "cert", "key", "cacert", "capath", "resolve", "connect-to", "connect-timeout", "url", "ciphers"),
            *("interface", "retry", "retry-delay", "retry-max-time", "limit-rate", "tls-max", "config", "range", "noproxy"),
            *("proxy-user", "unix-socket", "abstract-unix-socket", "oauth2-bearer", "trace", "trace-ascii", "stderr", "pass"),
            *("dns-servers", "local-port", "keepalive-time", "happy-eyeballs-timeout-ms", "proto", "proto-redir", "max-redirs"),
            *("max-filesize", "speed-time", "speed-limit", "pinnedpubkey", "cert-type", "key-type", "doh-url", "alt-svc", "hsts"),
            *("socks5", "socks5-hostname", "socks4", "preproxy", "proxy-header", "url-query", "output-dir", "aws-sigv4"),
        )
    },
}  # fmt: skip
_ALIASES = {"I": "head", "k": "insecure", "G": "get", "0": "http1.0", "4": "ipv4", "6": "ipv6", "N": "no-buffer"}
_BODY = ("data", "data-raw", "data-binary", "data-urlencode", "json", "form", "form-string")
_VERSIONS = {
    "http1.0": Version.HTTP10,
    "http1.1": Version.HTTP11,
    "http2": Version.NEGOTIATED,
    "http2-prior-knowledge": Version.HTTP2,
    "http3": Version.HTTP3,
    "http3-only": Version.HTTP3,
}


def read(line: Line) -> Command:
    """Return what curl would do with the last of its URLs."""
    given = options(line.words, _VALUED, _ALIASES)
    urls = [*given.all("url"), *given.words]
    if not urls:
        raise UnreadableCommand("the command gives curl no URL")
    to = address_of(urls[-1])
    socket = to.scheme in {"ws", "wss"}
    headers = _headers(given)
    asks = any(name.lower() == "upgrade" and "websocket" in value.lower() for name, value in headers)
    return Command(
        program="curl",
        reach=Reach.SOCKET if socket or asks else Reach.PAGE,
        tls=to.tls,
        host=to.host,
        port=to.port,
        path=to.path,
        query=to.query,
        method=_method(given),
        headers=headers,
        version=Version.HTTP11 if socket else _version(given, to.tls),
        own_handshake=socket,
        strict=socket,
        checks=Checks.NOTHING if not to.tls else Checks.OFF if given.has("insecure") else Checks.STRICT,
        dials=_dials(given, to.host, to.port),
        cut=line.cut,
    )


def _method(given: Options) -> str:
    if asked := given.last("request"):
        return asked.upper()
    if given.has("head"):
        return "HEAD"
    return "POST" if given.has(*_BODY) and not given.has("get") else "GET"


def _version(given: Options, tls: bool) -> Version:
    """Return the version: over TLS HTTP/2 is offered unless something says no (curl(1), --http2)."""
    asked = next((name for name, _ in reversed(given.given) if name in _VERSIONS), None)
    if asked is not None and not (asked == "http2" and given.has("no-alpn")):
        return _VERSIONS[asked]
    return Version.NEGOTIATED if tls and not given.has("no-alpn") else Version.HTTP11


def _headers(given: Options) -> Headers:
    """Return the headers that are sent; `Name:` takes one away and `Name;` sends it empty (curl(1), --header)."""
    sent = []
    for text in given.all("header"):
        name, colon, value = text.partition(":")
        if colon and value.strip():
            sent.append((name.strip(), value.strip()))
    if cookie := given.last("cookie"):
        sent.append(("Cookie", cookie))
    if given.has("user", "oauth2-bearer"):
        sent.append(("Authorization", "***"))
    return tuple(sent)


def _dials(given: Options, host: str, port: int) -> str:
    """Return the address that --resolve or --connect-to names for this host (curl(1)), or the socket's path."""
    if path := given.last("unix-socket", "abstract-unix-socket"):
        return f"unix:{path}"
    for text in given.all("resolve"):
        name, _, rest = text.lstrip("+-").partition(":")
        wanted, _, address = rest.partition(":")
        if name in {host, "*"} and wanted in {str(port), "*"}:
            return address.split(",")[0].strip("[]")
    for text in given.all("connect-to"):
        parts = text.split(":", 2)
        if len(parts) == 3 and parts[0] in {host, ""} and parts[1] in {str(port), ""} and parts[2].strip(":"):  # noqa: PLR2004
            return endpoint(parts[2], port)[0]
    return ""
