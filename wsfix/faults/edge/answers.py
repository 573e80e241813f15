"""Which edge answered from outside, compared with what the host's own proxy answers: shared by the faults of edges."""

from __future__ import annotations

from wsfix.faults.edge.edges import Edge, recognise
from wsfix.faults.seen import Seen
from wsfix.model.walk import Reply

REDIRECTS = frozenset({301, 302, 303, 307, 308})


def refusal_outside(seen: Seen) -> Reply | None:
    """Return the answer from outside, where it was one and not a socket."""
    walk = seen.outside
    reply = walk.handshake.reply if walk.handshake else None
    return None if walk.sound or reply is None or reply.status == 101 else reply  # noqa: PLR2004


def reply_at_proxy(seen: Seen) -> Reply | None:
    """Return the answer of the proxy on its own host, where it was asked and refused."""
    walk = seen.observation.proxy
    return walk.handshake.reply if walk is not None and walk.handshake is not None else None


def edge_outside(seen: Seen) -> Edge | None:
    """Return the edge that answered from outside; None where the host itself answers so, or nobody named himself."""
    walk = seen.observation.outside
    reply = walk.handshake.reply if walk is not None and walk.handshake is not None else None
    if walk is None or reply is None:
        return None
    edge, inner = recognise(reply), reply_at_proxy(seen)
    if edge is None or (inner is not None and recognise(inner) == edge):
        return None
    own = inner is None and edge.name == seen.site.proxy.word
    return None if own else edge
