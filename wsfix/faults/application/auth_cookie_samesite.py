"""The log-in's cookie is not sent with a socket that a page of another site opens.

Seen as: 401 or 403 from the page, while tools that send the cookie get through; only where page and socket are different sites.
Told apart: the inventory logs in, the answer sets its cookies with SameSite=Lax or Strict, or without a word, and the page's
site is not that of the socket. wsfix sends the cookie whatever it says, so its proof is none for that page.
Changed: nothing: `SameSite=None; Secure` in the application, which third-party cookie blocking may still defeat, or a token.
Source: draft-ietf-httpbis-rfc6265bis section 5.6.7; WHATWG WebSockets (credentials mode "include"); Chromium, Lax by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from wsfix.faults.application.spoken import own
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS633", "auth-cookie-samesite", Hop.APPLICATION, Safety.ADVICE)
_SHARED = 2


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the socket's credential is a cookie, and the page is another site's."""
    probe = seen.site.probe
    by_cookie = probe.login is not None and (probe.token is None or probe.token.place == "cookie")
    page = urlsplit(seen.site.page_origins[0]).hostname or ""
    if not by_cookie or not _other_site(page, seen.site.host):
        raise NotApplicable
    credential = own(seen).credential
    if credential is None:
        return
    held = [(step, policy) for step in credential.steps for policy in step.cookies if _stays(policy)]
    if not held or any(not _stays(policy) for step in credential.steps for policy in step.cookies):
        return
    yield FAULT.finding(
        f"the log-in's cookie is not sent with a socket that a page of {page} opens at {seen.site.host}",
        *(Evidence(f"Set-Cookie of {step.path}", policy) for step, policy in held[:3]),
        severity=Severity.WARNING,
        advice="Set it with `SameSite=None; Secure`, or let the page fetch a short-lived token and put it into the socket's query; "
        "best is one site for page and socket.",
    )


def _stays(policy: str) -> bool:
    """Whether a cookie is kept back from another site's page: Lax, Strict, or nothing said, which browsers take for Lax."""
    said = policy.lower().replace(" ", "")
    return "samesite=none" not in said


def _other_site(page: str, host: str) -> bool:
    """Whether two names are certainly of two sites; the list of public suffixes is not asked, so doubt means one."""
    ours, theirs = page.split("."), host.split(".")
    if page.replace(".", "").isdigit() or len(ours) < _SHARED or len(theirs) < _SHARED:
        return False
    return ours[-_SHARED:] != theirs[-_SHARED:]
