"""The application refuses the page's origin, by a check of its own or of its framework.

Seen as: 403 in browsers; tools without an Origin get through.
Told apart: the same handshake with another origin, or with none, is let in; or the framework says so (Tornado: `Cross origin
websockets not allowed`; gorilla/websocket, Spring, Ratchet and others each have words of their own). Where the proxy does not
hand the Host on, that is the cause.
Changed: nothing; the check is the application's. The origin to allow is shown, never `*`.
Source: RFC 6455 section 10.2; Tornado, WebSocketHandler.check_origin.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import FRAMEWORKS, Meaning
from wsfix.drivers.refusals import Fingerprint, Refusal
from wsfix.faults.application.origins import compared, let_in
from wsfix.faults.application.wording import remedy, said
from wsfix.faults.backend.serving import framework, refusal, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault(
    "WS607",
    "origin-check-generic",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "origin-check-phoenix",
        "origin-check-actioncable",
        "origin-not-allowed-channels",
        "origin-not-allowed-sio-py",
        "env-value-wrong",
        "env-not-loaded",
        "pm2-env-cached",
        "nginx-host-not-preserved",
        "host-port-stripped",
        "nginx-xfp-missing",
        "apache-preservehost-off",
        "proxy-host-not-preserved",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nothing but the origin decides."""
    if seen.works:
        return
    other = let_in(seen)
    worded = _worded(seen) if other is None else None
    if worded is not None and worded[1].remedy:
        yield _of(seen, worded)
        return
    refused = refusal(seen) if other is None and worded is None else None
    if other is None and worded is None and (refused is None or told(seen) is not Meaning.FOREIGN_ORIGIN):
        return
    evidence = compared(*other) if other else (answer(worded[0]),) if worded else ()
    evidence = evidence or ((answer(refused[0]),) if refused else ())
    record = FRAMEWORKS.get(framework(seen)) if seen.site.backend and seen.observation.inside else None
    origin = seen.site.page_origins[0]
    yield FAULT.finding(
        f"the application refuses the page's origin {origin}",
        *evidence,
        severity=seen.severity,
        advice=f"Allow {origin} where the application decides about origins"
        + (f": {record.origins}." if record else ".")
        + (
            f" Its variable {seen.site.env.origins_key} is in {seen.site.env.file}."
            if seen.site.env and seen.site.env.origins_key
            else ""
        ),
    )


def _worded(seen: Seen) -> tuple[Walk, Fingerprint] | None:
    try:
        return said(seen, Refusal.ORIGIN)
    except NotApplicable:
        return None


def _of(seen: Seen, worded: tuple[Walk, Fingerprint]) -> Finding:
    """Return the finding in the words of the framework that is known by its answer."""
    walk, found = worded
    words = remedy(seen, found)
    return FAULT.finding(
        f"{found.by} refuses the page's origin {seen.site.page_origins[0]}",
        answer(walk),
        severity=seen.severity,
        advice=f"{words[:1].upper()}{words[1:]}; never let everything in.",
    )
