"""The edge knows no such site, or is a service at which no socket can end.

Seen as: 404 or 405 for the handshake, "404 page not found", a default page, "No such app"; of a static host also 200.
Told apart: the answer names the edge, and is the one that it gives for a name or path that it does not know; of services
that hand out files or run functions, that they answered at all.
Changed: nothing; the setting is the edge's, or the client must open the socket at another server.
Source: doc.traefik.io, "Routers" (rule, entryPoints); nginxproxymanager.com; devcenter.heroku.com; vercel.com/docs,
"WebSockets"; docs.netlify.com; docs.github.com, "GitHub Pages".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.answers import edge_outside, refusal_outside
from wsfix.faults.edge.edges import Edge
from wsfix.faults.edge.pages import NO_ROUTE, page_of
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Reply

FAULT = Fault(
    "WS456",
    "edge-no-route",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("dns-wrong-address",),
    covers=("traefik-no-router", "npm-default-page", "heroku-no-such-app", "static-hosting-takes-no-socket"),
)
_NOT_TAKEN = frozenset({200, 400, 403, 404, 405, 426, 501})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the edge's own page, or by a service that takes no sockets."""
    reply, edge = refusal_outside(seen), edge_outside(seen)
    if reply is None or edge is None:
        return
    told = _told(seen, reply, edge)
    if told is None:
        return
    message, advice = told
    yield FAULT.finding(
        f"{edge.name} answers {reply.status}: {message}",
        answer(seen.outside),
        Evidence("answered by", edge.name),
        severity=Severity.ERROR,
        advice=advice,
    )


def _told(seen: Seen, reply: Reply, edge: Edge) -> tuple[str, str] | None:
    page = page_of(NO_ROUTE, reply, edge.name)
    if page is not None:
        todo = page.todo.replace("HOST", seen.site.host)
        return page.meaning, f"{todo[:1].upper()}{todo[1:]}."
    if edge.takes_none and reply.status in _NOT_TAKEN:
        return f"no socket can end there, {edge.takes_none}", (
            "Open the socket at a server that stays up (a host of its own, such as ws.example.com), and name that in the client."
        )
    return None
