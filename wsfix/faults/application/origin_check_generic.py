"""The application refuses the page's origin, by a check of its own or of its framework.

Seen as: 403 in browsers; tools without an Origin get through.
Told apart: the same handshake with another origin, or with none, is let in; or the framework says so (Tornado: `Cross origin
websockets not allowed`). Where the proxy does not hand the Host on, that is the cause.
Changed: nothing; the check is the application's. The origin to allow is shown, never `*`.
Source: RFC 6455 section 10.2; Tornado, WebSocketHandler.check_origin.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import FRAMEWORKS, Meaning
from wsfix.faults.application.origins import compared, let_in
from wsfix.faults.backend.serving import framework, refusal, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS607",
    "origin-check-generic",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "origin-not-allowed-channels",
        "origin-not-allowed-sio-py",
        "env-value-wrong",
        "env-not-loaded",
        "pm2-env-cached",
        "nginx-host-not-preserved",
        "apache-preservehost-off",
        "proxy-host-not-preserved",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nothing but the origin decides."""
    if seen.works:
        return
    other = let_in(seen)
    refused = refusal(seen) if other is None else None
    if other is None and (refused is None or told(seen) is not Meaning.FOREIGN_ORIGIN):
        return
    evidence = compared(*other) if other else (answer(refused[0]),) if refused else ()
    record = FRAMEWORKS.get(framework(seen)) if seen.site.backend else None
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
