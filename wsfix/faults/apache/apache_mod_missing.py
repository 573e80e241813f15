"""A directive of the site needs a module that is not loaded.

Seen as: `Invalid command 'ProxyPass'` (or RewriteEngine, RequestHeader, SSLEngine): Apache refuses its configuration and
the next restart takes it down. Without proxy_http 500, and AH01144 `No protocol handler was valid for the URL` in the
error log. In an `<IfModule>` nothing at all: the lines are passed over.
Told apart: the module that the directive belongs to is not in `apache2ctl -M`. proxy_wstunnel is needed only before
2.4.47; since then proxy_http carries ws:// too.
Changed: the module and those that it depends on are linked into mods-enabled, as a2enmod does it. A graceful reload
loads a new module; a restart, which would drop every socket, is not needed.
Source: a2enmod(8); mod_proxy, "Protocol Upgrade"; mod_proxy_wstunnel.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache import modules
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS460",
    "apache-mod-missing",
    Hop.PROXY,
    Safety.SAFE,
    covers=(
        "apache-mod-missing-proxy",
        "apache-mod-missing-proxy_http",
        "apache-mod-missing-wstunnel",
        "apache-mod-missing-rewrite-headers-ssl",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire once for each module that keeps Apache from starting or this site from being served."""
    told: set[str] = set()
    for need in modules.wanting(seen):
        if need.module in told:
            continue
        told.add(need.module)
        ready = modules.installed(seen, need.module)
        evidence = [Evidence(str(need.position), need.directive), Evidence("apache2ctl -M", f"no {need.module}_module")]
        if seen.proxy.test_passed is False:
            evidence.append(Evidence("apache2ctl configtest", " ".join(seen.proxy.test_output.split())))
        elif seen.observation.outside is not None and not seen.works:
            evidence.append(answer(seen.observation.outside))
        yield FAULT.finding(
            f"the module {need.module} is not loaded, and `{need.directive}` needs it",
            *evidence,
            severity=seen.severity_at_proxy,
            safety=Safety.SAFE if ready else Safety.ADVICE,
            advice=f"Install the package that has mods-available/{need.module}.load, then `a2enmod {need.module}`.",
            inhibits=_STUCK if not ready and seen.proxy.test_passed is False else "",
            subject=need.module,
        )


_STUCK = "Apache refuses its configuration as long as that module is not there"


def cure(seen: Seen, finding: Finding) -> Iterator[Link | Config]:
    """Enable the module and what it depends on."""
    config = seen.apache
    for module in modules.with_dependencies(seen, finding.subject):
        yield from modules.links(seen, module, FAULT.code)
        config = config.with_module(module)
    yield config
