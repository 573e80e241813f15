"""What the status of a handshake's answer means here, and the faults that give it."""

from __future__ import annotations

from wsfix.model.meaning import Meaning, table

STATUSES = table(
    Meaning(
        101,
        "Switching Protocols",
        "The socket is open. It is proved only by the right Sec-WebSocket-Accept and a message that crosses.",
        ("nginx-proxy-read-timeout", "apache-timeout-idle", "sio-client-vs-plain-ws", "probe-lenient-client"),
        "RFC 6455 section 4.2.2",
    ),
    Meaning(
        200,
        "OK",
        "A page was given instead of a socket: no rule of the proxy takes this path to the backend.",
        ("nginx-location-missing-spa", "apache-fallbackresource-spa", "nginx-wrong-vhost", "apache-wrong-vhost"),
    ),
    Meaning(
        301,
        "Moved Permanently",
        "A redirect; browsers follow none for a WebSocket. Its Location says why: https, a slash at the end, or a page.",
        (
            "nginx-http-to-https-301",
            "apache-redirect-https",
            "nginx-location-trailing-slash-301",
            "apache-rewrite-no-p",
        ),
        "RFC 9110 section 15.4; the WHATWG WebSockets standard (redirect mode error)",
    ),
    Meaning(
        302,
        "Found",
        "A redirect, which browsers do not follow for a WebSocket: often to a log-in page, or a RewriteRule without P.",
        ("apache-rewrite-no-p", "apache-redirect-https", "auth-token-unavailable"),
        "RFC 9110 section 15.4; the WHATWG WebSockets standard (redirect mode error)",
    ),
    Meaning(
        400,
        "Bad Request",
        "The handshake arrived damaged, or at a server that wants another one: a key that is none, a missing header, a "
        "host that the application does not know, Engine.IO asked in other words, ws:// spoken to a TLS port.",
        (
            "probe-bad-ws-key",
            "probe-missing-ws-key-haproxy",
            "probe-curl-http2-alpn",
            "nginx-connection-value-wrong",
            "trusted-host-400",
            "sio-eio-version",
            "sio-no-sticky",
            "sio-transports-disabled",
            "sio-allowrequest",
            "ws-route-missing",
        ),
    ),
    Meaning(
        401,
        "Unauthorized",
        "The server wants to know who asks. A browser cannot set Authorization on a WebSocket.",
        (
            "auth-missing-token",
            "auth-token-expired",
            "auth-header-impossible",
            "auth-rest-vs-ws-differs",
            "origin-check-generic",
        ),
    ),
    Meaning(
        403,
        "Forbidden",
        "With an empty body the upgrade reached an ASGI server, which has no such route or refused it before it accepted; "
        "with a page of the proxy, a rule of the proxy refused it.",
        (
            "origin-not-allowed-channels",
            "origin-not-allowed-sio-py",
            "origin-check-generic",
            "ws-route-missing",
            "auth-close-before-accept-hidden",
            "auth-missing-token",
            "auth-token-expired",
            "apache-proxy-denied",
            "probe-missing-origin",
        ),
    ),
    Meaning(
        404,
        "Not Found",
        "Somebody treated the handshake as an ordinary request: the upgrade was taken off on the way, the server speaks no "
        "WebSocket, or the path is another. Of Starlette and Channels it never means that the WebSocket route is missing.",
        (
            "nginx-upgrade-headers-missing",
            "nginx-headers-not-inherited",
            "nginx-location-missing-spa",
            "apache-upgrade-not-enabled",
            "apache-proxypass-order",
            "nginx-prefix-not-stripped",
            "nginx-proxy-pass-uri-strips",
            "asgi-no-ws-library",
            "asgi-ws-none",
            "wsgi-not-asgi",
            "probe-curl-http2-alpn",
            "probe-head-request",
        ),
    ),
    Meaning(
        405,
        "Method Not Allowed",
        "The handshake is a GET; this answers another method, such as the HEAD of `curl -I`.",
        ("probe-head-request",),
    ),
    Meaning(
        426,
        "Upgrade Required",
        "A WebSocket server got a request without Upgrade: it was taken off on the way, or never sent.",
        (
            "nginx-upgrade-headers-missing",
            "nginx-headers-not-inherited",
            "apache-upgrade-not-enabled",
            "probe-head-request",
        ),
    ),
    Meaning(
        500,
        "Internal Server Error",
        "The upgrade arrived and the application failed: no route for it (Channels), no socket in it (Django alone), an "
        "exception before it accepted. From nginx itself: no worker_connections left.",
        ("asgi-http-only-app", "gunicorn-sync-worker", "ws-route-missing", "auth-httpbearer-on-ws", "redis-layer-down"),
    ),
    Meaning(
        502,
        "Bad Gateway",
        "The proxy reached no backend, or one that closed without an answer. At once: nothing listens there. After a "
        "second: Engine.IO hung up on a path that is not its own. Of Apache also a backend that did not answer in time.",
        (
            "nginx-upstream-wrong-port",
            "nginx-upstream-localhost-ipv6",
            "backend-not-running",
            "backend-crash-loop",
            "sio-path-mismatch",
            "pm2-wrong-name",
        ),
    ),
    Meaning(
        503,
        "Service Unavailable",
        "Of Apache and HAProxy: the backend's port takes no connection. Of others: too many connections.",
        ("apache-upstream-wrong-port", "backend-not-running", "backend-crash-loop"),
    ),
    Meaning(
        504,
        "Gateway Timeout",
        "The backend takes the connection and does not answer, or its packets are dropped: a loop that is blocked, a slow "
        "accept, a packet filter between the two.",
        ("fw-drops-http",),
    ),
    Meaning(
        505,
        "HTTP Version Not Supported",
        "The handshake reached the backend by HTTP/1.0, which has no Upgrade.",
        ("nginx-http-version-10", "probe-curl-http2-alpn"),
    ),
)
"""Statuses of the answer to a handshake."""
