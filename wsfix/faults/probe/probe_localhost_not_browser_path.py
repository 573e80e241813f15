"""The test goes another way than the browser: on the server itself, or to an address instead of the name.

Seen as: "it works on the server". 101 from 127.0.0.1 proves the backend alone: neither DNS, nor the packet filter, nor the
certificate, nor the proxy was asked; and a failure there may be the proxy's answer to a name that it does not know.
Told apart: the host of the URL, or the address that --resolve or --connect-to names, is a loopback address, or no name.
Changed: nothing on the server; the same handshake is asked at the public URL too. wsfix asks at all three places.
Source: RFC 6761 section 6.3 (localhost); RFC 6455 section 4.1 (Host); nginx, ngx_http_core_module, server_name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS007", "probe-localhost-not-browser-path", Hop.TEST, Safety.ADVICE)

_HOSTS = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "host.docker.internal"})


def detect(command: Command) -> Iterator[Finding]:
    """Fire where this machine is asked; note where an address stands instead of a name."""
    dialled = command.dials or command.host
    if is_own(dialled):
        yield FAULT.finding(
            "this asks on the machine itself: DNS, packet filter, certificate and perhaps the proxy are passed by",
            Evidence("the command", f"connects to {dialled}, port {command.port}"),
            severity=Severity.WARNING,
            advice="Ask the same at the public URL, from another machine, and compare.",
        )
    elif _is_address(command.host) and command.header("host") is None:
        yield FAULT.finding(
            "an address instead of a name: the proxy answers with its default server, and no certificate fits",
            Evidence("the command", f"connects to {command.host}, and sends it as Host"),
            severity=Severity.NOTE,
            advice="Ask by the name that the page uses; --resolve NAME:PORT:ADDRESS keeps the address.",
        )


def is_own(host: str) -> bool:
    """Whether a host is the machine itself."""
    if host.lower().rstrip(".") in _HOSTS or host.startswith("unix:") or host.lower().endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
