"""What a JSON Web Token says of its own end; it is read and not verified, and nothing else of it is kept."""

from __future__ import annotations

import base64
import binascii
import json
import math

_PARTS = 3
_LONGEST = 65536


def expires(token: str) -> float | None:
    """Return the token's `exp`, seconds since the epoch (RFC 7519 section 4.1.4); None where it is no JWT or has none."""
    parts = token.removeprefix("Bearer ").split(".")
    if len(parts) != _PARTS or len(token) > _LONGEST:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    found = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found)
