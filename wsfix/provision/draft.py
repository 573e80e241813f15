"""From what is wanted and what is there to what is left: parts to lay, then one transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from wsfix.faults.envfile import client_values, set_values, wanted_values
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Change, EnvChange, Plan
from wsfix.model.ground import Asked, Ground
from wsfix.model.inside import EnvFile
from wsfix.model.observation import Observation
from wsfix.provision import laying
from wsfix.provision.files import FAULTS, Standing, standing
from wsfix.provision.filtering import filter_changes, filter_packages
from wsfix.provision.laying import Step
from wsfix.provision.layout import Layout
from wsfix.provision.proxying import (
    NGINX_MAP,
    enabled_folder,
    link_names,
    modules_folder,
    proxy_changes,
    site_path,
)
from wsfix.provision.refusing import refusals
from wsfix.provision.starting import own_files, parts, start_changes

_PROXY = {"nginx": "nginx", "apache": "apache2"}
_PM2 = "/usr/local/bin/pm2"
_PM2_PLACES = (_PM2, "/usr/bin/pm2")


@dataclass(frozen=True, slots=True)
class Draft:
    """What provisioning would do on one host."""

    host: str
    packages: tuple[str, ...] = ()
    steps: tuple[Step, ...] = field(default=(), repr=False)
    plan: Plan = field(default_factory=lambda: Plan(""), repr=False)
    notes: tuple[str, ...] = ()
    """What is left as it is, and why."""
    refusals: tuple[str, ...] = ()
    """Why nothing is done at all, and what to do about it."""

    @property
    def empty(self) -> bool:
        """Whether everything is there."""
        return not (self.packages or self.steps or self.refusals) and self.plan.empty

    @property
    def patience(self) -> int:
        """How many seconds the parts may take to be laid."""
        return 60 + sum(step.seconds for step in self.steps)


def asked_of(layouts: Iterable[Layout]) -> Asked:
    """Return what to look for on the host."""
    held = tuple(layouts)
    none = Ground(root=True, distribution="", version="")
    return Asked(
        packages=_unique(name for one in held for name in (*_packages(one), *filter_packages(one.site))),
        users=_unique(one.user for one in held),
        paths=_unique([*(path for one in held for path in one.tls or ()), *_PM2_PLACES]),
        files=_unique([*(site_path(one) for one in held), *(f.path for one in held for f in own_files(one, none))]),
        links=_unique([*(one.current for one in held), *(name for one in held for name in link_names(one))]),
        folders=_unique([*(enabled_folder(one.site.proxy.kind) for one in held), modules_folder()]),
        releases=_unique(one.release for one in held),
        environments=_unique(one.environment for one in held if one.environment),
        units=_unique([*(_units(held)), *(one.site.proxy.unit for one in held)]),
        applications=tuple(
            (one.user, part.name, one.service.home or "") for one in held if one.pm2 for part in parts(one)
        ),
    )


def draft(host: str, seen: Iterable[tuple[Layout, Observation]], ground: Ground) -> Draft:
    """Return what is left to do for the sites of one host, in their order."""
    pairs = tuple(seen)
    every = [*_doubled(pairs), *(why for layout, observed in pairs for why in refusals(layout, observed, ground))]
    refused = tuple(dict.fromkeys(every))
    if refused:
        return Draft(host, refusals=refused)
    steps: list[Step] = []
    changes: list[Change] = []
    taken: list[str] = []
    for layout, observed in pairs:
        steps += [step for step in _steps(layout, ground) if step.title not in {held.title for held in steps}]
        changes += _changes(layout, observed, ground, taken)
    inside = pairs[0][1].inside if pairs else None
    filtered, notes = filter_changes([layout.site for layout, _ in pairs], inside, ground)
    changes += filtered
    notes += tuple(note for layout, _ in pairs for note in _notes(layout, ground))
    packages = _unique(
        name
        for layout, _ in pairs
        for name in (*_packages(layout), *filter_packages(layout.site))
        if name in ground.absent and (name != "npm" or any("npm " in step.body for step in steps))
    )
    return Draft(host, packages, tuple(steps), _plan(host, pairs, changes, ground, packages), notes)


def _doubled(pairs: tuple[tuple[Layout, Observation], ...]) -> Iterator[str]:
    """Complain of what two sites of this run would both make."""
    for what, name in (("URL's host and port", _address), ("provision.directory", _directory), ("file", site_path)):
        held: dict[str, str] = {}
        for layout, _ in pairs:
            other = held.setdefault(name(layout), layout.site.name)
            if other != layout.site.name:
                yield f"sites {other} and {layout.site.name} have the same {what}, {name(layout)}; give each its own"


def _address(layout: Layout) -> str:
    return f"{layout.site.host}:{layout.site.port}"


def _directory(layout: Layout) -> str:
    return layout.directory


def _plan(
    host: str,
    pairs: tuple[tuple[Layout, Observation], ...],
    changes: list[Change],
    ground: Ground,
    packages: tuple[str, ...],
) -> Plan:
    """Join the changes; the proxy is started where it is stopped, and reads its files again where it runs."""
    kept = _once(changes)
    proxy = pairs[0][0].site.proxy
    tree = proxy.main.rpartition("/")[0]
    concerns = any(getattr(change, "path", "").startswith(f"{tree}/") for change in kept)
    stopped = proxy.unit not in ground.active and _PROXY[proxy.kind] not in packages
    if stopped:
        kept.append(_start_proxy(proxy.unit))
    return Plan(
        host=host,
        changes=tuple(kept),
        proxy=proxy.word,
        reload_proxy=concerns and not stopped,
        reload_cost="keeps open sockets on the old workers",
    )


def _start_proxy(unit: str) -> Action:
    return Action(
        do=f"systemctl enable -q --now {unit}",
        undo=f"systemctl disable -q --now {unit}",
        title=f"start {unit}, now and at boot",
        cost="nothing is connected",
        faults=FAULTS,
        rank=90,
    )


def _once(changes: Iterable[Change]) -> list[Change]:
    """Two sites may ask for the same file, link or command."""
    found: dict[object, Change] = {}
    for change in changes:
        key = (change.do, change.title) if isinstance(change, Action) else (type(change), getattr(change, "path", ""))
        found.setdefault(key, change)
    return list(found.values())


def _packages(layout: Layout) -> Iterator[str]:
    kind, wanted = layout.site.proxy.kind, layout.wanted
    yield _PROXY[kind]
    yield "ca-certificates"
    if layout.python:
        yield "python3-venv"
    if not layout.python or layout.pm2:
        yield from ("nodejs", "npm")
    if wanted.certbot:
        yield from ("certbot", f"python3-certbot-{kind}")
    yield from wanted.packages


def _steps(layout: Layout, ground: Ground) -> Iterator[Step]:
    if layout.user != "root" and layout.user not in ground.users:
        yield laying.user(layout)
    if layout.release not in ground.present and layout.release not in ground.edited:
        yield laying.release(layout)
    if layout.environment and layout.environment not in ground.present:
        yield laying.environment(layout)
    if layout.pm2 and not ground.present & set(_PM2_PLACES):
        yield laying.pm2()
    if layout.tls and not set(layout.tls) <= ground.present:
        if layout.certificate:
            yield laying.certificate(layout.certificate, layout.tls[0].rpartition("/")[0])
        elif layout.wanted.certbot:
            yield laying.certbot(layout, layout.wanted.certbot.email)


def _changes(layout: Layout, observed: Observation, ground: Ground, taken: list[str]) -> Iterator[Change]:
    env = list(_env_changes(layout, observed, ground))
    yield from env
    files = (observed.inside.files or {}) if observed.inside else {}
    yield from proxy_changes(layout, ground, files.get(NGINX_MAP), taken)
    yield from start_changes(layout, ground, observed.inside, fresh_env=bool(env))


def _env_changes(layout: Layout, observed: Observation, ground: Ground) -> Iterator[EnvChange]:
    """The backend's env file and the page's, with the values that they lack."""
    seen, site = Seen(observed), layout.site
    if site.env is not None:
        file = _env_file(observed, site.env.file)
        file = file if file.exists else replace(file, group=layout.group(ground))
        wanted = wanted_values(seen, file)
        if wanted or not file.exists:
            yield set_values(file, wanted, FAULTS[0])
    if site.client is not None and site.client.env_file and site.client.values:
        file = _env_file(observed, site.client.env_file)
        file = file if file.exists else replace(file, mode=0o644)
        wanted = client_values(seen, file)
        if wanted:
            yield set_values(file, wanted, FAULTS[0])


def _env_file(observed: Observation, path: str) -> EnvFile:
    held = observed.inside.env if observed.inside else None
    return (held or {}).get(path) or EnvFile(path, exists=False)


def _notes(layout: Layout, ground: Ground) -> Iterator[str]:
    for file in own_files(layout, ground):
        yield from _edited(file.path, ground)
    yield from _edited(site_path(layout), ground)
    if layout.release in ground.edited:
        yield (
            f"{ground.edited[layout.release]} in {layout.release} is not what was laid there; put the change into the "
            f"source, or remove {layout.release} and it is laid again"
        )


def _edited(path: str, ground: Ground) -> Iterator[str]:
    if standing(ground, path) is Standing.EDITED:
        yield f"{path} was edited since it was made and is left alone; remove it, and it is made anew"


def _units(layouts: tuple[Layout, ...]) -> Iterator[str]:
    for layout in layouts:
        if layout.pm2:
            yield layout.service.unit
        else:
            yield from (part.unit for part in parts(layout))


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
