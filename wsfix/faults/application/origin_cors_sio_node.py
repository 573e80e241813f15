"""Socket.IO lets the page's browser read no answer of its polling: the page is of another origin, and cors does not name it.

Seen as: `blocked by CORS policy` and `xhr poll error`; a client that begins with the WebSocket works, since browsers ask no CORS
for a socket.
Told apart: the page's origin is not the socket's, the first poll is answered with 200, and without an
Access-Control-Allow-Origin for that page.
Changed: nothing; the option of the server is shown, never `*` with credentials.
Source: Socket.IO, "Handling CORS"; WHATWG Fetch, CORS check.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS617", "origin-cors-sio-node", Hop.APPLICATION, Safety.ADVICE)
OK = 200


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where clients of another origin begin by polling."""
    site = seen.site
    own = site.model_copy(update={"origins": ()}).page_origins[0]
    origin = site.page_origins[0]
    if site.protocol != "socketio" or site.socketio.transports[0] != "polling" or origin == own:
        raise NotApplicable
    walk = seen.outside
    polling = walk.session.polling if walk.session is not None else None
    if polling is None or polling.reply is None or polling.reply.status != OK or polling.engine is None:
        return
    allowed = polling.reply.header("access-control-allow-origin")
    if allowed in {"*", origin}:
        return
    yield FAULT.finding(
        f"browsers on {origin} may not read the polling of Socket.IO at {own}",
        told(polling),
        Evidence("Access-Control-Allow-Origin", allowed or "(none)"),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        advice=f'`new Server(…, {{ cors: {{ origin: "{origin}", credentials: true }} }})`, with python-socketio '
        'cors_allowed_origins; or let the clients use `transports: ["websocket"]`.',
    )
