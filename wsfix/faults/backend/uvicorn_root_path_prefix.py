"""uvicorn adds a prefix by --root-path, and the proxy leaves the same prefix in the path.

Seen as: 403 without a body, or 404 for pages; the application is asked for /be/be/ws/1.
Told apart: the command line holds --root-path, and the path that the proxy sends begins with it. Where the inventory says
which path the application knows, the proxy is corrected instead (nginx-prefix-not-stripped).
Changed: nothing; either the proxy strips the prefix or the flag goes. Both lines are shown.
Source: uvicorn, --root-path; ASGI specification, `root_path`; measured with uvicorn 0.54.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS546",
    "uvicorn-root-path-prefix",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=(
        "nginx-prefix-not-stripped",
        "apache-prefix-not-stripped",
        "proxy-path-differs",
        "caddy-handle-path-strip",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the prefix is put in front of a path that has it already."""
    if seen.works_through_proxy:
        return
    there, path = serving(seen), seen.proxied.backend_path
    prefix = (there.running.option("--root-path") or "").rstrip("/") if there else ""
    if there is None or not prefix or path is None or not path.startswith(f"{prefix}/"):
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} asks for {path}, and uvicorn puts {prefix} in front of it once more",
        seen.at(seen.proxied.position),
        there.evidence,
        severity=seen.severity_at_proxy,
        advice=f"Let the proxy strip {prefix} (in nginx a `proxy_pass` that ends with /), or take --root-path out of the command.",
    )
