"""An application firewall blocks the handshake: ModSecurity, or that of a CDN.

Seen as: 403, 406 or a challenge page for the socket, while pages load in a browser.
Told apart: the block page or a header names the firewall. On the host: ModSecurity is switched on for the server, the proxy
refuses the handshake by itself and lets a plain request pass, and the backend takes the socket.
Changed: nothing; what a firewall lets pass is for those who keep it. The exemption for the socket's path alone is shown.
Source: coreruleset.org, rules 920272 and 920300; ModSecurity reference manual, SecRuleEngine and ctl:ruleEngine; ModSecurity-
nginx, modsecurity; developers.cloudflare.com, "Cloudflare challenges"; docs.aws.amazon.com, AWS WAF.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.answers import refusal_outside, reply_at_proxy
from wsfix.faults.edge.edges import recognise
from wsfix.faults.edge.pages import BLOCKED, page_of
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.faults.tls.settings import Setting, in_force
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Reply

FAULT = Fault("WS454", "waf-blocks-upgrade", Hop.PROXY, Safety.ADVICE, covers=("cdn-bot-challenge",))
REFUSED = frozenset({400, 403, 406})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the block page, or by ModSecurity in the proxy of the host."""
    reply = refusal_outside(seen) if seen.observation.outside is not None else reply_at_proxy(seen)
    if reply is None:
        return
    edge = recognise(reply)
    page = page_of(BLOCKED, reply, edge.name if edge else "")
    if page is not None:
        who = f"{edge.name}: " if edge is not None else ""
        yield FAULT.finding(
            f"{who}{page.meaning} (status {reply.status})",
            answer(seen.outside if seen.observation.outside is not None else seen.through_proxy),
            Evidence("answered by", edge.name if edge else page.meaning),
            severity=Severity.ERROR,
            advice=f"{page.todo[:1].upper()}{page.todo[1:]}.",
        )
    elif seen.observation.inside is not None and not seen.works_through_proxy:
        yield from _on_the_host(seen)


def _on_the_host(seen: Seen) -> Iterator[Finding]:
    """Judge ModSecurity by its switch, and by a refusal that concerns the handshake alone."""
    switch, reply, plain = _switch(seen), reply_at_proxy(seen), seen.through_proxy.plain
    if switch is None or reply is None or plain is None or not seen.backend_works:
        return
    if reply.status not in REFUSED or plain.status == reply.status or not _is_proxys(reply):
        return
    path = seen.site.prefix
    lines = {
        "nginx": "`modsecurity off;` in the socket's location",
        "apache": f'`SecRule REQUEST_URI "@beginsWith {path}" "id:1000,phase:1,pass,nolog,ctl:ruleEngine=Off"`',
    }
    yield FAULT.finding(
        f"ModSecurity refuses the handshake with {reply.status} before the backend is asked",
        seen.at(switch.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=Severity.ERROR,
        advice=f"Read which rule it is in the audit log, and exempt the path alone: {lines.get(seen.site.proxy.kind, '')}.",
    )


def _switch(seen: Seen) -> Setting | None:
    found = in_force(seen, "modsecurity", "SecRuleEngine")
    return found if found is not None and found.args[:1] and found.args[0].lower() == "on" else None


def _is_proxys(reply: Reply) -> bool:
    """Whether nginx or Apache worded the refusal itself."""
    server = (reply.header("server") or "").lower()
    return server.startswith(("nginx", "apache", "openresty")) and "html" in (reply.header("content-type") or "")
