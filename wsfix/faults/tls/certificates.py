"""What the three faults about certificates share: what was served, and what better lies on the host."""

from __future__ import annotations

from wsfix.drivers.pem import Pair, covers
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.walk import Certificate

EXPIRED = 10
NOT_YET_VALID = 9
SELF_SIGNED = 18
NO_ISSUER = frozenset({19, 20, 21})
WRONG_NAME = frozenset({62, 64})


def served(seen: Seen) -> Certificate:
    """Return what the server presented to the walk from outside, or through the proxy."""
    for walk in (seen.observation.outside, seen.observation.proxy):
        if walk is not None and walk.certificate is not None:
            return walk.certificate
    raise NotApplicable


def better_pair(seen: Seen) -> Pair | None:
    """Return a certificate with its key on the host that is valid now and for this name, if exactly one leaf is."""
    good = [pair for pair in seen.pairs if covers(pair.chain[0], seen.site.host) and pair.valid_at(seen.inside.clock)]
    if len({pair.chain[0].sha256 for pair in good}) != 1:
        return None
    return max(good, key=lambda pair: len(pair.chain))


def uses(seen: Seen, pair: Pair) -> bool:
    """Whether the server block already names that certificate."""
    return seen.route.certificate == pair.certificate
