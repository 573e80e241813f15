"""permessage-deflate as browsers offer it, and its messages inflated (RFC 7692)."""

from __future__ import annotations

import re
import zlib

from wsfix.model.walk import Failure
from wsfix.probes.stream import Broken

OFFER = "permessage-deflate; client_max_window_bits"
"""The words of Chromium and Firefox."""
_TAIL = b"\x00\x00\xff\xff"
_WINDOW = -15
"""The largest, which inflates what was deflated with any smaller one; negative for a stream without a head (zlib)."""
_PARAMETER = re.compile(
    r"server_no_context_takeover|client_no_context_takeover|(?:server|client)_max_window_bits(?:=\"?(?:[89]|1[0-5])\"?)?",
    re.IGNORECASE,
)


def agreed(extensions: str) -> bool:
    """Whether the server's answer takes up what was offered, and nothing else (section 5.1)."""
    name, *parameters = (part.strip() for part in extensions.split(";"))
    return name.lower() == "permessage-deflate" and all(_PARAMETER.fullmatch(each) for each in parameters)


class Inflater:
    """Inflates the messages of one socket; what one message taught helps with the next, unless the server forgets."""

    def __init__(self, extensions: str, limit: int) -> None:
        self._forgets = "server_no_context_takeover" in extensions.lower()
        self._limit = limit
        self._stream = zlib.decompressobj(_WINDOW)

    def message(self, payload: bytes) -> bytes:
        """Return a whole message (section 7.2.2); raises Broken where it is none, or too long."""
        if self._forgets:
            self._stream = zlib.decompressobj(_WINDOW)
        try:
            text = self._stream.decompress(payload + _TAIL, self._limit + 1)
        except zlib.error as error:
            raise Broken(Failure.PROTOCOL, f"a compressed message cannot be inflated ({error}; RFC 7692)") from None
        if len(text) > self._limit:
            raise Broken(Failure.TOO_LARGE, f"a message is longer than {self._limit} bytes once it is inflated")
        return text
