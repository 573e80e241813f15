"""What every proxy can suffer from, in the words of the site's own: shared by the faults of nginx and of Apache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.after.silence import shown
from wsfix.faults.backend.serving import who_is
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, Reload
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.inside import Process, ServiceState
from wsfix.model.route import Position, Route, RouteKind
from wsfix.triage import Suspect, ended

_NOT_BOUND = re.compile(
    r"bind\(\) to \S+:(\d+) failed \(98|could not bind to address \S+:(\d+)|listen tcp \S*:(\d+): bind"
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
REFUSALS = frozenset({400, 401, 403, 404})
MEASURED_SLACK_SECONDS = 2.0
"""So far from its time the end of a socket may be seen."""
SLACK_SECONDS = 0.5
"""Process times come in hundredths of a second and some file systems keep whole seconds."""


def refused(fault: Fault, seen: Seen, test: str, said: str) -> Iterator[Finding]:
    """Fire where the proxy's own test fails; `said` is what it said that names the place."""
    proxy = seen.proxy
    if proxy.test_passed is not False:
        return
    word, running = seen.site.proxy.word, proxy.master is not None
    yield fault.finding(
        f"{word} refuses its configuration; "
        + ("it still runs with an older one, and the next restart will fail" if running else "it cannot be started"),
        Evidence(test, said.strip() or "failed without a message"),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        advice=f"Mend the line that `{test}` names, then run wsfix again.",
        inhibits=f"{word} already refuses its configuration; a change on top of it could not be tested",
    )


def down(fault: Fault, seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy is installed and has no master process."""
    if seen.proxy.master is not None:
        return
    seen.inside.known("processes", seen.inside.processes)
    proxy = seen.site.proxy
    unit = (seen.inside.services or {}).get(proxy.unit)
    state = f"{unit.active} ({unit.result})" if unit else "no such unit"
    evidence = [Evidence(proxy.unit, f"{state}; no {proxy.word} process")]
    if seen.observation.outside is not None:
        evidence.append(answer(seen.observation.outside))
    port, holder = _holder(seen, unit)
    if holder is None:
        yield fault.finding(f"{proxy.word} is not running on the host", *evidence, severity=seen.severity)
        return
    unit_name = holder.unit if holder.unit and holder.unit.endswith(".service") else ""
    named = unit_name or f"pid {holder.pid}"
    yield fault.finding(
        f"{proxy.word} is not running on the host: {holder.name} ({named}) holds port {port}",
        *evidence,
        Evidence(f"command of pid {holder.pid}", holder.command),
        severity=seen.severity,
        safety=Safety.ADVICE,
        advice=f"Decide which of the two is to have port {port}: stop {named} for good"
        f"{f' (`systemctl disable --now {unit_name}`)' if unit_name else ''}, then `systemctl start {proxy.unit}`.",
    )


def _holder(seen: Seen, unit: ServiceState | None) -> tuple[int, Process | None]:
    """Return who else holds a port that the proxy needs: the site's, or one that it could not bind at its last start."""
    said = "\n".join(unit.log) if unit else ""
    processes = seen.inside.processes or {}
    for port in (seen.site.port, *(int("".join(found)) for found in _NOT_BOUND.findall(said))):
        for listener in seen.inside.listeners or ():
            if listener.port == port and listener.public and listener.pids:
                return port, processes.get(listener.pids[0])
    return 0, None


def start(fault: Fault, seen: Seen) -> Iterator[Action]:
    """Start the proxy's unit."""
    unit = seen.site.proxy.unit
    yield Action(
        do=f"systemctl start {unit}",
        undo=f"systemctl stop {unit}",
        title=f"start {unit}",
        cost="nothing is connected",
        faults=(fault.code,),
        rank=90,
    )


def nameless(fault: Fault, seen: Seen, server: str, default: str, directive: str) -> Iterator[Finding]:
    """Fire where the default server answers for a name that none has; the words are those of the proxy."""
    route, word = seen.route, seen.site.proxy.word
    if route.named or seen.proxy.master is None:
        return
    if route.kind is RouteKind.NONE:
        message = f"no server of {word} listens for {seen.site.host} on port {seen.site.port}"
    else:
        message = f"no {server} is named {seen.site.host}; the default {default} answers instead"
    candidates = candidate_servers(seen)
    yield fault.finding(
        message,
        Evidence(str(route.server), f"{directive} {' '.join(route.server_names) or '(none)'}"),
        severity=seen.severity,
        safety=Safety.SAFE if len(candidates) == 1 else Safety.ADVICE,
        advice=f"Add `{directive} {seen.site.host}{_end(seen)}` to the {server} of this site.",
        subject=str(candidates[0]) if len(candidates) == 1 else "",
    )


def _end(seen: Seen) -> str:
    return ";" if seen.site.proxy.kind == "nginx" else ""


def candidate_servers(seen: Seen) -> list[Position]:
    """Return the TLS or plain servers, as the URL asks, that proxy to the site's backend."""
    if seen.site.backend is None:
        return []
    return seen.config.servers_that_proxy_to(*seen.site.backend.place, listen=seen.site.port)


def named(seen: Seen) -> Iterator[ProxyConfig]:
    """Give the one server that already proxies to this site's backend its name."""
    for server in candidate_servers(seen)[:1]:
        yield seen.config.add_server_name(server, seen.site.host)


def not_reloaded(fault: Fault, seen: Seen, started: str) -> Iterator[Finding]:
    """Fire where a loaded file, or the link to it, is younger than what runs; `started` says what happened then."""
    since = seen.proxy.newest_worker
    if since is None:
        return
    files = seen.inside.known("files", seen.inside.files)
    made = {**seen.inside.linked, **{path: file.modified for path, file in files.items()}}
    modified, path = max(((made[path], path) for path in seen.config.loaded if path in made), default=(0.0, ""))
    if modified <= since + SLACK_SECONDS:
        return
    word = seen.site.proxy.word
    yield fault.finding(
        f"{path} was edited after {word} last read its configuration: what runs is not what lies on the disk",
        Evidence(path, f"modified {_time(modified)}"),
        Evidence(word, f"{started} {_time(since)}"),
        severity=Severity.WARNING if seen.works_through_proxy else Severity.ERROR,
        subject=path,
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def reloaded(fault: Fault, seen: Seen) -> Iterator[Reload]:
    """Reload, where the test passed."""
    if seen.proxy.test_passed:
        yield Reload((fault.code,))


def aims_elsewhere(fault: Fault, seen: Seen) -> Iterator[Finding]:
    """Fire where the route's port is not the backend's."""
    route = seen.proxied
    upstream = route.upstream
    if upstream is None or upstream.socket is not None or seen.is_backend(upstream) or seen.works_through_proxy:
        return
    if _is_the_proxy(seen, upstream.port):
        return  # one of its own servers stands in between, and what is wrong there is not known
    evidence = [
        seen.at(upstream.position or route.position),
        Evidence("listeners", f"port {upstream.port}: {who_is(seen, seen.listeners(upstream.port))}"),
    ]
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    yield fault.finding(
        f"{seen.site.proxy.word} proxies to {upstream.address}, "
        f"and the backend of this site listens on {seen.backend.words}",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def _is_the_proxy(seen: Seen, port: int) -> bool:
    """Whether the proxy itself listens on a port."""
    if seen.inside.processes is None:
        return False
    pids = {pid for listener in seen.listeners(port) for pid in listener.pids}
    return any(
        seen.inside.processes[pid].name == seen.site.proxy.process for pid in pids if pid in seen.inside.processes
    )


def retargeted(seen: Seen) -> Iterator[ProxyConfig]:
    """Aim at the backend of the inventory."""
    yield seen.config.retarget(seen.route, *seen.backend.place)


def redirects_to_https(fault: Fault, seen: Seen) -> Iterator[Finding]:
    """Fire where a ws:// URL is answered with a redirect to https://."""
    walk = seen.outside
    reply = walk.handshake.reply if walk.handshake else None
    if seen.site.tls or reply is None or reply.status not in REDIRECTS:
        return
    location = reply.header("location") or ""
    if not location.startswith("https://"):
        return
    better = seen.site.url.replace("ws://", "wss://", 1)
    yield fault.finding(
        "the server redirects plain HTTP to HTTPS, and no browser follows a redirect of a handshake",
        answer(walk),
        Evidence("Location", location[:200]),
        severity=Severity.ERROR,
        advice=f"Open {better} in the client, and write it as the site's url in the inventory.",
    )


def host_lost(fault: Fault, seen: Seen, keeps: frozenset[str], default: str) -> Iterator[Finding]:
    """Fire where the same request is refused through the proxy and taken directly, and Host is not passed on."""
    route = seen.proxied
    if seen.works_through_proxy or not route.forwards_upgrade or not seen.backend_works:
        return
    if route.host_value in keeps or seen.through_proxy.status not in REFUSALS:
        return
    if route.backend_path not in {None, seen.site.backend_path}:
        return
    header, value = route.header("Host"), route.host_value or default
    yield fault.finding(
        f"the backend is sent Host {value} instead of {seen.site.host}, and refuses the page's Origin",
        seen.at(header.position if header else route.position),
        Evidence(str(route.position), f"Host is {value if route.host_value else f'{default}, the default'}"),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=Severity.ERROR,
    )


def too_short(
    fault: Fault, seen: Seen, directive: str, *, own: bool, route: Route | None = None, subject: str = ""
) -> Iterator[Finding]:
    """Fire where the route's idle time is shorter than the inventory asks; `own` if its entry is the socket's own.

    Where the inventory asks for none, only a silent socket that the proxy was seen to end then is a finding.
    """
    route = route or seen.proxied
    wanted, measured = seen.site.idle_seconds, _measured(seen, route)
    # an entry that does not forward yet will: what mends that leaves the time as it stands
    lasting = route.forwards_upgrade or (route.named and own)
    asked = measured is not None if wanted is None else route.idle_seconds < wanted
    if not lasting or not asked:
        return
    wish = f"the site asks for {wanted} s" if wanted is not None else "and one was seen to end so"
    evidence = [
        seen.at(route.position),
        Evidence(str(route.position), f"{directive} is {route.idle_seconds:g} s"),
    ]
    yield fault.finding(
        f"{seen.site.proxy.word} ends a silent socket after {route.idle_seconds:g} s; {wish}",
        *evidence,
        *(measured or ()),
        severity=Severity.WARNING,
        safety=None if wanted is not None else Safety.CONFIRM,
        subject=subject,
    )


def _measured(seen: Seen, route: Route) -> tuple[Evidence, ...] | None:
    """Return what a silent socket showed, where comparing says that the proxy ended it, and at its own time."""
    found = ended(seen.observation)
    if found is None or found.by is not Suspect.PROXY:
        return None
    if abs(found.silence.held - route.idle_seconds) > MEASURED_SLACK_SECONDS:
        return None
    return shown(found)
