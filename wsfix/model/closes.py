"""What the code of a close means here, and the faults that give it."""

from __future__ import annotations

from wsfix.model.meaning import Meaning, table

_WEBSOCKET = "RFC 6455 section 7.4.1"
_REGISTRY = "IANA, WebSocket Close Code Number Registry"

CODES = table(
    Meaning(1000, "Normal Closure", "Either side was done. No fault.", (), _WEBSOCKET),
    Meaning(
        1001,
        "Going Away",
        "The page was left, or the server stops. A fault only where it comes again and again: a backend that restarts.",
        ("backend-reload-flag-prod", "backend-crash-loop"),
        _WEBSOCKET,
    ),
    Meaning(
        1002,
        "Protocol Error",
        "One side got what is no frame: something on the way writes into the socket, or the peer speaks another protocol.",
        ("sio-client-vs-plain-ws",),
        _WEBSOCKET,
    ),
    Meaning(
        1003, "Unsupported Data", "A kind of message that the other side does not take: text or binary.", (), _WEBSOCKET
    ),
    Meaning(
        1005,
        "No Status Received",
        "Never on the wire: the peer's close frame held no code, and the local side puts this one in its place.",
        (),
        _WEBSOCKET,
    ),
    Meaning(
        1006,
        "Abnormal Closure",
        "Never on the wire: the local side's word for a connection that ended without a close frame. A browser gives it for "
        "every handshake that fails, whatever the reason, and for every cut: only a look at the handshake's own answer tells "
        "them apart.",
        (
            "nginx-proxy-read-timeout",
            "apache-timeout-idle",
            "nginx-upgrade-headers-missing",
            "apache-upgrade-not-enabled",
            "backend-not-running",
            "backend-crash-loop",
            "tls-cert-expired",
            "tls-missing-intermediate",
            "fw-drops-http",
            "fe-hardcoded-localhost",
            "fe-ws-not-wss",
            "auth-close-before-accept-hidden",
        ),
        _WEBSOCKET,
    ),
    Meaning(1007, "Invalid Payload Data", "A text message that is not UTF-8.", (), _WEBSOCKET),
    Meaning(
        1008,
        "Policy Violation",
        "The application refused this client after it had accepted the socket: usually its token.",
        ("auth-missing-token", "auth-token-expired", "auth-rest-vs-ws-differs"),
        _WEBSOCKET,
    ),
    Meaning(
        1009,
        "Message Too Big",
        "A message above the limit of the server, such as uvicorn's --ws-max-size.",
        (),
        _WEBSOCKET,
    ),
    Meaning(
        1010, "Mandatory Extension", "The client wanted an extension that the server did not agree to.", (), _WEBSOCKET
    ),
    Meaning(
        1011,
        "Internal Error",
        "The application failed after it had accepted, or `keepalive ping timeout`: the server's pings were not answered.",
        ("redis-layer-down",),
        _WEBSOCKET,
    ),
    Meaning(
        1012,
        "Service Restart",
        "The backend restarts; uvicorn says so. Once it is a deploy; again and again, it is a reload flag or a crash loop.",
        ("backend-reload-flag-prod", "backend-crash-loop"),
        _REGISTRY,
    ),
    Meaning(1013, "Try Again Later", "The server has too much to do.", (), _REGISTRY),
    Meaning(1014, "Bad Gateway", "A gateway got a bad answer from behind it.", (), _REGISTRY),
    Meaning(
        1015,
        "TLS Handshake",
        "Never on the wire: the local side's word for TLS that failed; browsers give 1006.",
        ("tls-cert-expired", "tls-wrong-host", "tls-missing-intermediate"),
        _WEBSOCKET,
    ),
    Meaning(3000, "Unauthorized", "As 401: the server wants to know who asks.", ("auth-missing-token",), _REGISTRY),
    Meaning(3003, "Forbidden", "As 403: this client may not.", ("auth-missing-token",), _REGISTRY),
    Meaning(3008, "Timeout", "The client took too long.", (), _REGISTRY),
    Meaning(
        4401,
        "Unauthorized, by habit",
        "An application's own code (4000 to 4999), by habit as 401: a token that is missing, wrong or has expired.",
        ("auth-missing-token", "auth-token-expired", "auth-rest-vs-ws-differs"),
        "RFC 6455 section 7.4.2",
    ),
    Meaning(
        4403,
        "Forbidden, by habit",
        "An application's own code (4000 to 4999), by habit as 403.",
        ("auth-missing-token", "auth-token-expired"),
        "RFC 6455 section 7.4.2",
    ),
)
"""Codes by which a socket is closed."""
