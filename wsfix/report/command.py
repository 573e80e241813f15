"""A command that tests a socket, explained: what it really asks, why its answer may mislead, and a sound one."""

from __future__ import annotations

from typing import Any

from wsfix.model.command import KEY_BYTES, Checks, Command, Reach, Reading, Version
from wsfix.model.finding import Diagnosis, Severity
from wsfix.redact import MASK, mask_text, visible
from wsfix.report.colour import Paint
from wsfix.report.document import document_finding
from wsfix.report.text import finding_lines, folded

WIDTH = 80
_NAME = 10
_SHOWN = {"upgrade", "connection", "sec-websocket-version", "sec-websocket-protocol", "host", "origin", "user-agent"}
_OF_ENGINE_IO = {"EIO", "transport"}
_VERSIONS = {
    Version.HTTP10: "1.0",
    Version.HTTP11: "1.1",
    Version.NEGOTIATED: "2 where the server offers it (ALPN), else 1.1",
    Version.HTTP2: "2",
    Version.HTTP3: "3",
}
_CHECKS = {
    Checks.NOTHING: "none",
    Checks.STRICT: "the certificate is checked, chain and name",
    Checks.TOLD: "the chain is told and passed over, the name is not compared",
    Checks.OFF: "any certificate is taken",
}
_ASKS = {
    Reach.TCP: "whether a port takes a connection",
    Reach.TLS: "for a certificate",
    Reach.PAGE: "for a page",
    Reach.SOCKET: "for a socket",
}


def command_lines(reading: Reading, paint: Paint, url: str = "") -> list[str]:
    """Return the explanation; `url` is the socket that the command was meant for, where that is known."""
    command = reading.command
    lines = [f"{paint(command.program, 'bold')}  asks {_ASKS[command.reach]} at {_said(place(command))}", ""]
    for name, told in rows(command):
        first, *more = folded(_said(told), WIDTH - _NAME - 3) or [""]
        lines.append(f"  {paint(f'{name:<{_NAME}}', 'cyan')} {first}")
        lines += [" " * (_NAME + 3) + line for line in more]
    lines.append("")
    if reading.sound:
        lines += [paint("  ✓ a sound test: it asks what a browser asks", "green"), ""]
    order = list(Severity)
    for finding in sorted(reading.findings, key=lambda found: order.index(found.severity)):
        if finding.because:
            continue
        lines += [*finding_lines(finding, paint, title=finding.severity.value, advise=True), ""]
    for title, words in sound(command, url)[-1 if reading.sound else 0 :]:
        lines += [f"  {paint(title, 'bold')}", *(f"    {_said(line)}" for line in words), ""]
    return lines


def verdict_lines(reading: Reading, diagnosis: Diagnosis, paint: Paint) -> list[str]:
    """Return what the command's answer is worth beside that of wsfix's own handshake at the same socket."""
    if reading.sound:
        return []
    if diagnosis.healthy:
        told = "The socket works: where the command says otherwise, the command is wrong and not the server."
        return ["", *(paint(f"  {line}", "bold") for line in folded(told, WIDTH - 2))]
    told = "The socket fails for a real client too: mend that, and do not go by the command's answer."
    return ["", *(paint(f"  {line}", "bold") for line in folded(told, WIDTH - 2))]


def rows(command: Command) -> list[tuple[str, str]]:
    """Return what the command really does, point by point."""
    dialled = f"{command.dials or command.host}, port {command.port}"
    if command.reach is Reach.TCP:
        return [("goes to", dialled), ("ends", "when the connection stands: no TLS, no HTTP, no socket")]
    told = [("goes to", dialled + (f", as {command.host}" if command.dials else ""))]
    if command.reach is Reach.TLS:
        return [*told, ("TLS", _CHECKS[command.checks]), ("ends", "after TLS: no HTTP, no socket")]
    told += [("TLS", _CHECKS[command.checks]), ("HTTP", _VERSIONS[command.version])]
    told.append(("method", command.method + ("" if command.upgrades else ", without Upgrade")))
    if command.upgrades:
        told += [("key", _key(command)), ("Origin", command.header("origin") or "none")]
    others = [f"{name}: {_value(name, value)}" for name, value in command.headers if name.lower() not in _HANDSHAKE]
    told += [("also sends", ", ".join(others))] if others else []
    return [*told, ("ends", _end(command))]


_HANDSHAKE = {"upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "origin"}


def _key(command: Command) -> str:
    if command.own_handshake:
        return f"{command.program} makes a new one"
    if command.header("sec-websocket-key") is None:
        return "none"
    if command.key_length is None:
        return "the shell makes it"
    return "sound" if command.key_length == KEY_BYTES else f"none: it must decode to {KEY_BYTES} bytes"


def _end(command: Command) -> str:
    if not command.upgrades:
        return "with the answer to a page"
    if command.strict:
        return "with an open socket; its answer is checked"
    return "with the answer: Sec-WebSocket-Accept is not checked, and no message crosses"


def _value(name: str, value: str) -> str:
    return value if name.lower() in _SHOWN else MASK


def place(command: Command) -> str:
    """Return the command's URL; of its query only what is Engine.IO's is shown."""
    if command.reach in {Reach.TCP, Reach.TLS}:
        return command.netloc
    scheme = ("wss" if command.tls else "ws") if command.own_handshake else ("https" if command.tls else "http")
    return f"{scheme}://{command.netloc}{mask_text(command.path)}{_query(command)}"


def _query(command: Command) -> str:
    shown = (f"{name}={value if name in _OF_ENGINE_IO else MASK}" for name, value in command.query)
    return f"?{'&'.join(shown)}" if command.query else ""


def sound(command: Command, url: str = "") -> list[tuple[str, list[str]]]:
    """Return sound commands for the same end, each with its title; what is not known stands in capitals."""
    target = url or _public(command)
    scheme, _, rest = target.partition("://")
    secure = "s" if scheme == "wss" else ""
    origin = _origin(command) or f"http{secure}://{rest.partition('/')[0]}"
    found = []
    if command.program == "openssl":
        found.append(("a sound one for the certificate", _s_client(rest.partition("/")[0])))
    query = _query(command) if not url and command.upgrades else ""
    if command.of_socket_io and not command.engine_io and not url:
        target, query = target.rstrip("/") + "/", "?EIO=4&transport=websocket"
    if command.program in {"wscat", "websocat"}:
        option = f"-o {origin}" if command.program == "wscat" else f"-v --origin {origin}"
        dash = "-c " if command.program == "wscat" else ""
        words = [f"{command.program} {option} \\", f"  {dash}'{target}{query}'"]
    else:
        words = _curl(f"http{secure}://{rest}{query}", origin)
    found.append(("a sound one for the socket" if found else "a sound one", words))
    found.append(("and with wsfix, which also names the cause", [f"wsfix check {target}"]))
    return found


def _public(command: Command) -> str:
    """Return the public URL of the socket, as far as the command tells it."""
    own = command.dials or command.host
    known = not (own.startswith(("127.", "unix:")) or own in {"localhost", "::1", "0.0.0.0"})  # noqa: S104
    known = known or bool(command.dials)
    if command.reach in {Reach.TCP, Reach.TLS} or not command.of_a_socket:
        path = "/PATH-OF-THE-SOCKET"
    else:
        path = mask_text(command.path)
    name = command.netloc if known else (command.header("host") or "PUBLIC-NAME")
    secure = command.tls or not known or command.reach is Reach.TCP
    return f"{'wss' if secure else 'ws'}://{name}{path}"


def _origin(command: Command) -> str:
    """Return the origin of the command, where it is one."""
    asked = command.header("origin") or ""
    scheme, colon, rest = asked.partition("://")
    return asked if colon and scheme in {"http", "https"} and rest and "/" not in rest and "$" not in rest else ""


def _s_client(netloc: str) -> list[str]:
    host, _, port = netloc.rpartition(":") if netloc[-1:].isdecimal() and ":" in netloc else (netloc, "", "443")
    return [
        f"openssl s_client -connect {host}:{port} \\",
        f"  -servername {host} \\",
        f"  -verify_return_error -verify_hostname {host} </dev/null",
    ]


def _curl(url: str, origin: str) -> list[str]:
    return [
        "curl --http1.1 -i -N --max-time 10 \\",
        "  -H 'Connection: Upgrade' -H 'Upgrade: websocket' \\",
        "  -H 'Sec-WebSocket-Version: 13' \\",
        '  -H "Sec-WebSocket-Key: $(openssl rand -base64 16)" \\',
        f"  -H 'Origin: {origin}' \\",
        f"  '{url}'",
    ]


def command_document(reading: Reading, url: str = "") -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "program": reading.command.program,
        "url": visible(place(reading.command)),
        "sound": reading.sound,
        "asks": {name: _said(told) for name, told in rows(reading.command)},
        "findings": [document_finding(finding) for finding in reading.findings],
        "instead": [
            {"title": title, "command": _said("\n".join(lines))} for title, lines in sound(reading.command, url)
        ],
    }


def _said(text: str) -> str:
    return visible(mask_text(text))
