"""A server of the Pusher protocol (Reverb, Soketi, Pusher itself) does not know the application's key, or refuses the origin.

Seen as: the socket opens, tells `pusher:error` with 4001 or 4009, and closes; the page goes on reconnecting.
Told apart: by that first message, or by the close code together with the path of the protocol, /app/KEY.
Changed: nothing: the key in the page's build and REVERB_APP_KEY of the server must be the same.
Source: Pusher Channels Protocol ("Error codes": 4001 application does not exist, 4009 connection is unauthorised); Laravel
Reverb, "Allowed Origins".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.redact import mask_text, printable

FAULT = Fault("WS655", "pusher-app-key", Hop.APPLICATION, Safety.ADVICE)
_ERROR = re.compile(r'"event"\s*:\s*"pusher:error"')
_CODE = re.compile(r'\\?"code\\?"\s*:\s*(\d{4})')
_OF_ORIGIN, _OF_KEY = "4009", "4001"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the server's first message is that error; a message alone would pass for a proof."""
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    walk = next((w for w in held if w and w.handshake and _ERROR.search(w.handshake.answer)), None)
    if walk is None or walk.handshake is None:
        return
    said = walk.handshake.answer
    code = _CODE.search(said)
    number = code[1] if code else ""
    origin = seen.site.page_origins[0]
    what = {
        _OF_KEY: "does not know the application's key that stands in the path",
        _OF_ORIGIN: f"refuses the page's origin {origin}",
    }.get(number, f"refuses the connection with {number}" if number else "refuses the connection")
    yield FAULT.finding(
        f"the server of the Pusher protocol {what}",
        Evidence(walk.place.value, printable(mask_text(said), 160)),
        severity=Severity.ERROR,
        advice=f"Add the host of {origin} to allowed_origins in config/reverb.php, and restart Reverb."
        if number == _OF_ORIGIN
        else "Build the page with the key that the server has (REVERB_APP_KEY, PUSHER_APP_KEY), or correct it on the server.",
    )
