"""The test takes what a browser refuses: any certificate, or a subprotocol that was not agreed on.

Seen as: 101 in curl, wscat or websocat, and in a browser an error, a certificate warning that no page can show, or a socket
that closes at once; a mobile client may be as lenient as the tool.
Told apart: -k, --insecure or --no-check over TLS; `openssl s_client` without -verify_return_error and -verify_hostname; a
subprotocol offered by a client that does not look whether the server chose one.
Changed: nothing on the server; the test is as strict as a browser. wsfix applies the browser's rules.
Source: RFC 6455 section 4.1 (the response, items 5 and 6); curl(1), --insecure; openssl-s_client(1), -verify_return_error;
fanout/express-grip issue 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Checks, Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS008", "probe-lenient-client", Hop.TEST, Safety.ADVICE)

_LAX = {
    "curl": ("-k", "Take -k (--insecure) away; --cacert names an authority of your own."),
    "wscat": ("--no-check", "Take -n (--no-check) away; --ca names an authority of your own."),
    "websocat": ("-k", "Take -k (--insecure) away; SSL_CERT_FILE names an authority of your own."),
    "websockets": ("--insecure", "Take --insecure away; SSL_CERT_FILE names an authority of your own."),
}


def detect(command: Command) -> Iterator[Finding]:
    """Fire for each thing that a browser would check and this does not."""
    if command.checks is Checks.OFF:
        option, advice = _LAX[command.program]
        yield FAULT.finding(
            "the certificate is not checked: a browser refuses what this takes",
            Evidence("the command", option),
            severity=Severity.WARNING,
            advice=advice,
            subject="certificate",
        )
    if command.checks is Checks.TOLD:
        yield FAULT.finding(
            "s_client goes on whatever the certificate is, and does not compare the name unless told to",
            Evidence("the command", "no -verify_return_error with -verify_hostname"),
            severity=Severity.WARNING,
            advice=f"Add -verify_return_error -verify_hostname {command.host}.",
            subject="certificate",
        )
    if command.upgrades and command.header("sec-websocket-protocol") and not command.agreed:
        yield FAULT.finding(
            f"{command.program} offers a subprotocol and takes an answer without one; browsers close the socket then",
            Evidence("the command", "Sec-WebSocket-Protocol is offered"),
            severity=Severity.WARNING,
            advice="Look for Sec-WebSocket-Protocol in the answer: it must name one that was offered.",
            subject="subprotocol",
        )
