"""A host as it is after a plan was made there: the same observation with every change of the plan in it."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.faults.observing import LOADED
from tests.unit import applying_pm2 as pm2
from tests.unit import applying_room as room
from wsfix.model.change import Action, Change, Edit, EnvChange, Link, Plan, Reload
from wsfix.model.inside import EnvLine, FileSeen, Inside, Listener, Process, Rule
from wsfix.model.observation import Observation
from wsfix.model.walk import Handshake, Place, Walk

NOW = LOADED + 1000.0
DROP_IN = re.compile(r"/etc/systemd/system/(?P<unit>[^/]+)\.d/[^/]+\.conf$")
UFW = re.compile(
    r"ufw (?P<verb>(?:delete |prepend )?(?:allow|deny|limit|reject)) (?P<port>\d+)(?:/(?P<protocol>\w+))?$"
)


def after(seen: Observation, plan: Plan) -> Observation:
    """Return what would be seen after the plan was made: the host changed, and the socket working again."""
    return replace(changed(seen, plan), outside=_sound(seen), proxy=None, backend=None, candidates=(), closed_ports=())


def changed(seen: Observation, plan: Plan) -> Observation:
    """Return the observation with the plan's changes on the host, and every answer as it was before."""
    if seen.inside is None:
        return seen
    inside = seen.inside
    for change in plan.changes:
        inside = _changed(inside, change, seen)
    for action in plan.actions:
        inside = _done(inside, action, seen)
    return replace(seen, inside=_reloaded(inside) if plan.reload_proxy else inside)


def _sound(seen: Observation) -> Walk:
    return Walk(Place.OUTSIDE, seen.site.path, handshake=Handshake("https://x", accepted=True, proved=True))


def _changed(inside: Inside, change: Change, seen: Observation) -> Inside:
    match change:
        case Edit(path=path, after=bytes(content)):
            return replace(_written(inside, path, content), services=_with_drop_in(inside, path, content))
        case Link(path=path, target=target):
            return replace(inside, links={**inside.links, path: posixpath.join(posixpath.dirname(path), target)})
        case EnvChange():
            return _set(inside, change)
        case Action() | Reload():
            return inside
    raise AssertionError(f"the plan of {seen.site.name} holds a change of a kind that is not known here: {change}")


def _written(inside: Inside, path: str, content: bytes) -> Inside:
    made = FileSeen(path, content, 0o644, "root", "root", NOW - 1, hashlib.sha256(content).hexdigest())
    return replace(inside, files={**(inside.files or {}), path: made})


def _with_drop_in(inside: Inside, path: str, content: bytes) -> dict[str, Any]:
    services = dict(inside.services or {})
    found = DROP_IN.search(path)
    unit_file = re.fullmatch(r"/etc/systemd/system/([^/]+\.service)", path)
    if unit_file and unit_file[1] in services:
        services[unit_file[1]] = replace(services[unit_file[1]], load="loaded", enabled="disabled", fragment=path)
    if found:
        services[found["unit"]] = room.with_settings(services[found["unit"]], content.decode())
        run = re.findall(r"^ExecStart=(.+)$", content.decode(), re.MULTILINE)
        if run:
            services[found["unit"]] = replace(services[found["unit"]], command=run[-1].replace("%%", "%"))
    return services


def _set(inside: Inside, change: EnvChange) -> Inside:
    files = dict(inside.env or {})
    file = files[change.path]
    lines = list(file.lines)
    for key, value in change.values:
        shown = None if key in change.hidden else value
        held = file.last(key)
        number = held.number if held else len(lines) + 1
        lines = [line for line in lines if line is not held]
        lines.append(EnvLine(number, key, inside.digest(value), shown))
    made = replace(file, exists=True, lines=tuple(sorted(lines, key=lambda line: line.number)), modified=NOW - 1)
    return replace(inside, env={**files, change.path: made})


def _done(inside: Inside, action: Action, seen: Observation) -> Inside:
    for pattern, doing in DOINGS:
        found = pattern.fullmatch(action.do)
        if found:
            return doing(inside, found, seen)
    raise AssertionError(f"the plan holds a command that is not known here: {action.do}")


def _started(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    unit = found["unit"]
    inside = room.unmasked(inside, unit) if "unmask" in found[0] else inside
    services = dict(inside.services or {})
    services[unit] = replace(services[unit], active="active", sub="running", result="success", main_pid=20)
    if unit == seen.site.proxy.unit:
        return _reloaded(replace(inside, services=services))
    env = {line.key: line.digest for file in (inside.env or {}).values() for line in file.lines if line.key}
    process = Process(20, "uvicorn", "uvicorn", "/", "", "chat", unit, NOW, {k: d for k, d in env.items() if d})
    port = seen.site.backend.port if seen.site.backend else 8000
    listeners = tuple(each for each in inside.listeners or () if each.port != port)
    return replace(
        inside,
        services=services,
        processes={**(inside.processes or {}), 20: process},
        listeners=(*listeners, Listener("127.0.0.1", port, (20,))),
    )


def _installed(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    del found, seen
    return inside


def _enabled(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    services, name = dict(inside.services or {}), found["unit"]
    if name in services:
        services[name] = replace(services[name], enabled="enabled")
    for unit, state in services.items():
        if name in state.sockets:
            services[unit] = replace(state, sockets={**state.sockets, name: "enabled"})
    return replace(inside, services=services)


def _filtered(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    assert inside.firewall is not None
    port, protocol = int(found["port"]), found["protocol"] or "any"
    rules = list(inside.firewall.rules)
    verb, _, action = found["verb"].rpartition(" ")
    if verb == "delete":
        rules = [r for r in rules if (r.action, r.ports, r.protocol) != (action, frozenset([port]), protocol)]
    else:
        made = [Rule(action, frozenset([port]), protocol, "any", family, found[0]) for family in ("v4", "v6")]
        rules = [*made, *rules] if verb else [*rules, *made]
    return replace(inside, firewall=replace(inside.firewall, rules=tuple(rules)))


def _no_longer_diverted(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """Take a rule of iptables' table nat away."""
    assert inside.firewall is not None
    family = "v6" if found["six"] else "v4"
    left = tuple(
        one for one in inside.firewall.diversions if (one.family, one.text.partition(" ")[2]) != (family, found["rule"])
    )
    assert left != inside.firewall.diversions, "there is no such rule"
    return replace(inside, firewall=replace(inside.firewall, diversions=left))


def _lifted(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """Take a rule of iptables away, which stands beside ufw's."""
    assert inside.firewall is not None
    family = "v6" if found["six"] else "v4"
    beside = tuple(
        replace(
            one, rules=tuple(r for r in one.rules if (r.family, r.text.partition(" ")[2]) != (family, found["rule"]))
        )
        for one in inside.firewall.beside
    )
    assert beside != inside.firewall.beside, "there is no such rule"
    return replace(inside, firewall=replace(inside.firewall, beside=beside))


def _switched_on(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    assert inside.firewall is not None
    return replace(inside, firewall=replace(inside.firewall, active=True))


def _reloaded(inside: Inside) -> Inside:
    assert inside.proxy is not None
    proxy = inside.proxy
    master = proxy.master or Process(1, proxy.kind, f"{proxy.kind}: master process", "/", "", "root", "", NOW)
    # which modules Apache has is then asked of the links that are there now
    return replace(inside, proxy=replace(proxy, newest_worker=NOW, master=master, test_passed=True, modules=()))


DOINGS: tuple[tuple[re.Pattern[str], Callable[[Inside, re.Match[str], Observation], Inside]], ...] = (
    (re.compile(r"cd / && runuser -u .* -m pip .* install websockets"), _installed),
    (
        re.compile(
            r"(?:systemctl (?:reset-failed|unmask -q) \S+(?: 2>/dev/null)?(?:;| &&) )?"
            r"systemctl (?:start|restart) (?P<unit>(?!pm2-)\S+)(?: && .*)?"
        ),
        _started,
    ),
    (re.compile(r"supervisorctl start (?P<name>\S+)(?: && .*)?"), room.supervised),
    (re.compile(r"(?:prlimit --pid \d+ --nofile=\d+:\d+(?:; )?)+"), room.files_raised),
    (re.compile(r"echo '(?P<low>\d+) (?P<high>\d+)' >/proc/sys/net/ipv4/ip_local_port_range"), room.ports_widened),
    (
        re.compile(r".*(?:\bpm2 (?:start|restart|save|scale|resurrect)|systemctl (?:re)?start pm2-).*", re.DOTALL),
        pm2.done,
    ),
    (re.compile(r"systemctl enable -q (?P<unit>\S+)"), _enabled),
    (re.compile(r"systemctl daemon-reload"), lambda inside, _found, _seen: inside),
    (UFW, _filtered),
    (re.compile(r"ip(?P<six>6)?tables -D INPUT (?P<rule>.+)"), _lifted),
    (re.compile(r"ip(?P<six>6)?tables -t nat -D PREROUTING (?P<rule>.+)"), _no_longer_diverted),
    (re.compile(r"ufw --force enable"), _switched_on),
)
