"""What close codes mean when a server sends them (RFC 6455 section 7.4, the registry at IANA, usual private ones)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in words, and what is looked at."""

    says: str
    advice: str


_LOG = "Look at the application's log of that second; its close() or the exception before it says why."
_MEANINGS: dict[int, Meaning] = {
    1000: Meaning("it said goodbye in order, right after the accept", "The application's socket function returns at once: it must wait for messages in a loop."),
    1001: Meaning("it goes away, since it shuts down or restarts", "See what restarts it: a deployment, `--reload`, a crash loop."),
    1002: Meaning("it saw a breach of the protocol", "Something on the way changes frames, or the server's library is at fault; try without permessage-deflate."),
    1003: Meaning("it takes no data of that kind", "Text was sent to a server that takes binary frames only, or the other way round: set `probe.send` to what clients send."),
    1005: Meaning("it gave no code", _LOG),
    1006: Meaning("its connection ended without a close frame", "The process died, or an exception ended it: " + _LOG[0].lower() + _LOG[1:]),
    1007: Meaning("a message did not hold what it should, such as text that is no UTF-8", "Set `probe.send` to a message that the application knows; check the encoding of clients."),
    1008: Meaning("its policy refuses this client", "That is an origin, a credential or a room: name what the clients bring as `probe.token`, or see the application's check."),
    1009: Meaning("a message is too long for it", "Raise the limit of the server, or send less at once."),
    1010: Meaning("it misses an extension that it needs", "Only clients close with 1010 (RFC 6455 section 7.4.1); a server that does is at fault."),
    1011: Meaning("it failed", "An exception behind the accept, or a ping that nobody answered: " + _LOG[0].lower() + _LOG[1:]),
    1012: Meaning("it restarts", "See what restarts it: a deployment, `--reload`, a crash loop."),
    1013: Meaning("it is too busy now and asks to try again later", "Its limit of sockets is reached, or a store behind it does not answer."),
    1014: Meaning("a server behind it gave a bad answer", "Ask that server directly."),
    3000: Meaning("it wants a credential", "Name what the clients bring as `probe.token`."),
    3003: Meaning("the credential is not enough", "Name a credential that may open this socket as `probe.token`."),
    4001: Meaning("by its own number, mostly for want of a credential (Pusher: the application's key is not known)", "Name what the clients bring as `probe.token`; with Pusher or Reverb, correct the key in the URL."),
    4003: Meaning("by its own number, mostly since the credential is not enough", "Name a credential that may open this socket as `probe.token`."),
    4004: Meaning("by its own number, mostly since there is no such room or user", "Give `probe.path_values` a name that exists."),
    4009: Meaning("by its own number (Reverb: the origin is not allowed)", "With Reverb, add the page's host to allowed_origins in config/reverb.php."),
    4400: Meaning("a message that it does not know (graphql-transport-ws)", "Set `probe.send` to a message of the protocol, such as connection_init, and `probe.subprotocol`."),
    4401: Meaning("it wants a credential", "Name what the clients bring as `probe.token`."),
    4403: Meaning("the credential is not enough", "Name a credential that may open this socket as `probe.token`."),
    4406: Meaning("it takes none of the subprotocols (graphql-transport-ws)", "Set `probe.subprotocol` to what the page offers: graphql-transport-ws or graphql-ws."),
    4408: Meaning("nobody began the conversation in time (graphql-transport-ws)", "Set `probe.send` to the first message of the clients."),
    4429: Meaning("too many tries (graphql-transport-ws)", "Wait, and see which client connects again and again."),
}  # fmt: skip


def meaning_of(code: int) -> Meaning:
    """Return what a code means; of a private one (4000 to 4999) only the application knows."""
    found = _MEANINGS.get(code)
    if found is not None:
        return found
    if 4000 <= code <= 4999:  # noqa: PLR2004
        return Meaning("a number of the application's own", f"Search the application's code for {code}; it says why.")
    return Meaning("a registered number of a library" if 3000 <= code < 4000 else "a number that tells nothing", _LOG)  # noqa: PLR2004
