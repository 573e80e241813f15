"""The application accepts the socket and closes it at once; the code says why.

Seen as: `open`, and soon after it `close` with 1000, 1001, 1003, 1008, 1011, 1013 or a number of the application's own; 1006
where its process ended the connection without a word. With Socket.IO `disconnect` with the reason `io server disconnect`.
Told apart: the 101 was a right one, and the close came from the server before anything else; what the code means is shown, and
the last complaint of the service's log beside it. Where a credential, a size or a store is known to be the reason, that is the
cause and this is not.
Changed: nothing; the application decides.
Source: RFC 6455 section 7.4.1; the registry of close codes at IANA; the protocol of graphql-transport-ws (4400 to 4429).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.closing import meaning_of
from wsfix.faults.application.spoken import own
from wsfix.faults.backend.serving import log_source, logged
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS698",
    "closed-after-accept",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "haproxy-timeout-unit",
        "env-value-wrong",
        "env-not-loaded",
        "pm2-env-cached",
        "redis-layer-down",
        "message-too-big",
        "deflate-broken",
        "pusher-app-key",
        "sio-client-vs-plain-ws",
        "sio-eio-version",
        "sio-namespace-invalid",
        "sio-middleware-auth",
        "nginx-http-version-10",
        "nginx-upgrade-headers-missing",
        "nginx-connection-value-wrong",
        "nginx-headers-not-inherited",
        "nginx-map-undefined",
        "proxy-upgrade-not-forwarded",
        "nginx-proxy-read-timeout",
        "auth-missing-token",
        "auth-token-expired",
        "auth-token-unavailable",
        "auth-rest-vs-ws-differs",
        "auth-httpbearer-on-ws",
        "auth-secret-differs-per-process",
        "backend-crash-loop",
        "ws-route-trailing-slash",
        "nginx-proxy-pass-uri-strips",
        "nginx-prefix-not-stripped",
        "nginx-double-slash",
        "nginx-rewrite-breaks-path",
        "nginx-host-not-preserved",
        "proxy-path-differs",
        "proxy-host-not-preserved",
        "apache-preservehost-off",
        "apache-prefix-not-stripped",
        "apache-target-strips",
    ),
)
_COMPLAINTS = ("Error: ", "Exception: ", "Traceback", "ERROR", "panic:", "TypeError", "Error at ")
_BY_A_CODE = frozenset({1000, 1001, 1005, 1006})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire on a close that came instead of an answer."""
    if seen.works:
        return
    if seen.site.protocol == "socketio":
        yield from _put_out(seen)
        return
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    walk = next((w for w in held if w is not None and _closed(w)), None)
    if walk is None or walk.handshake is None or walk.handshake.close_code is None:
        return
    code, words = walk.handshake.close_code, walk.handshake.close_reason
    meaning = meaning_of(code)
    evidence = [answer(walk)]
    known = seen.observation.inside is not None and seen.inside.services is not None
    said = logged(seen, *_COMPLAINTS) if known else None
    evidence += [Evidence(log_source(seen), said)] if said else []
    yield FAULT.finding(
        f"the application accepts the socket and closes it with {code}{f' ({words})' if words else ''}: {meaning.says}",
        *evidence,
        severity=seen.severity,
        advice=meaning.advice,
    )


def _put_out(seen: Seen) -> Iterator[Finding]:
    """Fire where Socket.IO let the client into the namespace, and the application disconnected it at once."""
    walk = own(seen)
    if walk.session is None or not walk.session.opened or walk.handshake is None:
        return
    if walk.handshake.failure is Failure.EARLY_CLOSE and walk.handshake.close_code is None:
        yield FAULT.finding(
            f"the application lets the client into the namespace {walk.session.namespace} and disconnects it at once",
            answer(walk),
            severity=seen.severity,
            advice="Look in what runs on `connection` for a `disconnect()`; what a client lacks is better refused by `io.use`, "
            "with words that reach it.",
        )


def _closed(walk: Walk) -> bool:
    handshake = walk.handshake
    if handshake is None or not handshake.accepted or handshake.proved or handshake.close_code is None:
        return False
    return handshake.failure in {Failure.EARLY_CLOSE, None} or handshake.close_code not in _BY_A_CODE
