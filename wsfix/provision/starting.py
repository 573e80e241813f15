"""What keeps a site running: units, or PM2 with its startup unit; and the switch from one release to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from wsfix.model.change import Action, Change, Edit
from wsfix.model.ground import Application, Ground
from wsfix.model.inside import Inside
from wsfix.provision.files import FAULTS, OwnFile, edit_of, own_file
from wsfix.provision.layout import Layout

WAIT_SECONDS = 40
_KEEPS = "keeps open sockets"
_RELOAD_RANK, _SWITCH_RANK, _START_RANK, _ENABLE_RANK = 10, 30, 60, 70


@dataclass(frozen=True, slots=True)
class Part:
    """One program of a site."""

    name: str
    what: str
    words: tuple[str, ...]
    port: int

    @property
    def unit(self) -> str:
        """Its unit, where systemd keeps it."""
        return f"{self.name}.service"

    @property
    def path(self) -> str:
        """The file of its unit."""
        return f"/etc/systemd/system/{self.unit}"


def parts(layout: Layout) -> tuple[Part, ...]:
    """The programs of a site: what serves the socket, and the second service where there is one."""
    name = layout.service.name.removesuffix(".service")
    found = [Part(name, f"the sockets of {layout.site.host}", layout.words(), layout.port)]
    if layout.wanted.http:
        found.append(Part(f"{name}-http", "its plain HTTP", layout.plain_words(), layout.wanted.http.port))
    return tuple(found)


def own_files(layout: Layout, ground: Ground) -> tuple[OwnFile, ...]:
    """The files that start it."""
    if layout.pm2:
        return (_startup(layout, ground), _ecosystem(layout))
    return tuple(_unit(layout, part) for part in parts(layout))


def startup_path(layout: Layout) -> str:
    """The file of PM2's startup unit."""
    return f"/etc/systemd/system/{layout.service.unit}"


def start_changes(layout: Layout, ground: Ground, inside: Inside | None, *, fresh_env: bool) -> Iterator[Change]:
    """Yield what is left to do so that it runs: this release, with these files, now and after a boot."""
    edits = [edit for file in own_files(layout, ground) if (edit := edit_of(ground, file)) is not None]
    yield from edits
    if any(edit.path.startswith("/etc/systemd/") for edit in edits):
        yield _daemon_reload()
    switched = ground.links.get(layout.current) != f"releases/{layout.parcel.digest}"
    if switched:
        yield _switch(layout, ground)
    changed = switched or fresh_env
    if layout.pm2:
        yield from _pm2(layout, ground, inside, changed=changed or bool(edits))
    else:
        yield from _systemd(layout, ground, inside, edits, changed=changed)


def _unit(layout: Layout, part: Part) -> OwnFile:
    return own_file(
        part.path,
        "systemd/application.service.j2",
        title=part.name,
        what=part.what,
        user=layout.user,
        workdir=layout.workdir,
        host="127.0.0.1" if layout.backend.host == "localhost" else layout.backend.host,
        port=part.port,
        env_file=layout.env_file,
        command=" ".join(_systemd_word(word) for word in part.words),
    )


def _systemd_word(word: str) -> str:
    """A word as systemd reads it in ExecStart= (systemd.service(5), "Command lines")."""
    doubled = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{doubled}"' if doubled != word.replace("%", "%%").replace("$", "$$") or " " in word else doubled


def _ecosystem(layout: Layout) -> OwnFile:
    path = layout.service.ecosystem or ""
    return own_file(
        path,
        "pm2/ecosystem.config.js.j2",
        comment="//",
        own=layout.service.name,
        path=path,
        env_file=layout.env_file,
        workdir=layout.workdir,
        host="127.0.0.1" if layout.backend.host == "localhost" else layout.backend.host,
        apps=[_pm2_words(part) for part in parts(layout)],
    )


def _pm2_words(part: Part) -> dict[str, object]:
    """A program as PM2 takes it: Node's own file by its default interpreter, anything else by itself."""
    script, *args = part.words
    interpreter = "none"
    if script == "node":
        script, *args = args
        interpreter = "node"
    return {"name": part.name, "script": script, "args": args, "interpreter": interpreter, "port": str(part.port)}


def _startup(layout: Layout, ground: Ground) -> OwnFile:
    home = _pm2_home(layout, ground)
    return own_file(startup_path(layout), "pm2/startup.service.j2", user=layout.user, home=home)


def _pm2_home(layout: Layout, ground: Ground) -> str:
    return layout.service.home or f"{layout.home(ground)}/.pm2"


def _daemon_reload() -> Action:
    command = "systemctl daemon-reload"
    return Action(command, command, "make systemd read its units again", _KEEPS, FAULTS, rank=_RELOAD_RANK)


def _switch(layout: Layout, ground: Ground) -> Action:
    """Point the link at the release in one rename (rename(2))."""
    link, held = quote(layout.current), ground.links.get(layout.current)
    work = quote(f"{layout.directory}/.current-wsfix")

    def to(target: str) -> str:
        return f"rm -f {work} && ln -s {quote(target)} {work} && mv -T {work} {link}"

    return Action(
        do=to(f"releases/{layout.parcel.digest}"),
        undo=to(held) if held else f"rm -f {link}",
        title=f"switch {layout.current} to release {layout.parcel.digest}",
        cost=_KEEPS,
        faults=FAULTS,
        rank=_SWITCH_RANK,
    )


def _systemd(
    layout: Layout, ground: Ground, inside: Inside | None, edits: list[Edit], *, changed: bool
) -> Iterator[Action]:
    touched = {edit.path for edit in edits}
    for part in parts(layout):
        unit, known = part.unit, part.path in ground.files
        runs = unit in ground.active
        if not runs or changed or part.path in touched:
            do = _until_it_listens(
                f"systemctl restart {unit} && before=$({_restarts(unit)})", part.port, unless=_keeps_ending(unit)
            )
            yield Action(
                do=do,
                undo=do if known and runs else f"systemctl stop {unit}",
                title=f"{'restart' if runs else 'start'} {unit}",
                cost=_cost(inside, part.port) if runs else "nothing is connected",
                faults=FAULTS,
                rank=_START_RANK,
            )
        if unit not in ground.enabled:
            yield _enable(unit)


def _pm2(layout: Layout, ground: Ground, inside: Inside | None, *, changed: bool) -> Iterator[Action]:
    unit, home, name = layout.service.unit, _pm2_home(layout, ground), layout.service.name
    held = ground.applications.get((layout.user, name), Application())
    names = ",".join(part.name for part in parts(layout))
    call = _as_user(layout, ground, home)
    if not (held.runs and held.saved) or changed:
        dump = quote(f"{home}/dump.pm2")
        # what a daemon that does not run would forget is brought back first, or `save` would lose it
        first = "" if held.daemon else f"{{ [ ! -s {dump} ] || {call} pm2 resurrect > /dev/null; }} && "
        start = f"{first}{call} pm2 startOrRestart {quote(layout.service.ecosystem or '')} --only {quote(names)} --update-env > /dev/null"
        # a daemon that this command starts would belong to the login's session: its unit takes it over at once
        own = "" if held.daemon else f" && {call} pm2 kill > /dev/null && systemctl restart {unit}"
        do = _until_it_listens(f"{start} && {call} pm2 save --force > /dev/null{own}", layout.port)
        gone = f"{call} pm2 delete {' '.join(quote(part.name) for part in parts(layout))}; {call} pm2 save --force"
        yield Action(
            do=do,
            undo=do if held.runs else gone if held.daemon else f"systemctl stop {unit}",
            title=f"{'restart' if held.runs else 'start'} {name} by PM2, and save it",
            cost=_cost(inside, layout.port) if held.runs else "nothing is connected",
            faults=FAULTS,
            keeps=(f"{home}/dump.pm2",),
            rank=_START_RANK,
        )
    if unit not in ground.enabled:
        yield _enable(unit)


def _enable(unit: str) -> Action:
    return Action(
        do=f"systemctl enable -q {unit}",
        undo=f"systemctl disable -q {unit}",
        title=f"enable {unit} at boot",
        cost=_KEEPS,
        faults=FAULTS,
        rank=_ENABLE_RANK,
    )


def _as_user(layout: Layout, ground: Ground, home: str) -> str:
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    given = f"env -i HOME={quote(layout.home(ground))} PM2_HOME={quote(home)} FORCE_COLOR=0 {path}"
    return given if layout.user == "root" else f"runuser -u {quote(layout.user)} -- {given}"


def _cost(inside: Inside | None, port: int) -> str:
    count = (inside.sockets or {}).get(port, 0) if inside else 0
    return f"drops {count} open connection{'' if count == 1 else 's'}" if count else "nothing is connected"


def _restarts(unit: str) -> str:
    """Ask how often systemd started a unit anew; a restart by hand does not always set that back to 0."""
    return f"systemctl show -p NRestarts --value {unit}"


def _keeps_ending(unit: str) -> str:
    """Ask whether that happened twice since it was started by hand."""
    return f'[ "$({_restarts(unit)})" -gt $((before + 1)) ]'


def _until_it_listens(command: str, port: int, unless: str = "false") -> str:
    """Await the port after the command; whether what listens there serves is for the proof to say.

    /proc/net/tcp has the local port in hexadecimal and 0A for LISTEN (proc(5)); a blank host may have no ss.
    """
    asked = f"grep -qs ':{port:04X} [0-9A-F]*:0000 0A' /proc/net/tcp /proc/net/tcp6"
    ends = f"{asked} || {unless} || [ $n -ge {WAIT_SECONDS * 5} ]"
    return f"{command} && n=0 && until {ends}; do sleep 0.2; n=$((n + 1)); done"
