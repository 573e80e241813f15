"""A host's PM2 as it is after one of the plan's commands."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.faults.observing import LOADED
from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.seen import Seen
from wsfix.model.inside import Inside, Listener, Process
from wsfix.model.observation import Observation
from wsfix.model.pm2 import Application, Daemon, Pm2, Saved

NOW = LOADED + 1000.0
PID, DAEMON = 30, 29
COMMAND = re.compile(r"-- (?P<program>\S+) (?P<verb>start|restart|save|scale|resurrect)(?P<words>[^\n>&|;)]*)")


def done(inside: Inside, found: re.Match[str], seen: Observation) -> Inside:
    """Return the host after `pm2 VERB …`, or after its startup unit was started."""
    called = list(COMMAND.finditer(found[0]))
    if "systemctl restart pm2-" in found[0]:
        inside = born(inside, seen)
    for command in called:
        inside = _called(inside, command, seen)
    return inside


def born(inside: Inside, seen: Observation) -> Inside:
    """Return the host with the daemon that its unit starts, and what was saved."""
    held = _held(inside, seen)
    daemon = Daemon(DAEMON, held.user, held.home, "7.0.4", held.service.unit, held.program, applications=())
    inside = _with(inside, _kept(inside), daemon)
    names = held.saved.names if held.home in _kept(inside).saved else ()
    return _online(inside, seen, names) if names else inside


def _called(inside: Inside, command: re.Match[str], seen: Observation) -> Inside:
    held = _held(inside, seen)
    verb, words = command["verb"], command["words"]
    if verb == "save":
        made = Saved(held.home, exists=True, names=tuple(dict.fromkeys(one.name for one in held.everything)))
        kept = _kept(inside)
        return replace(inside, pm2=replace(kept, saved={**kept.saved, held.home: made}))
    if held.daemon is None:
        inside = _with(
            inside,
            _kept(inside),
            Daemon(DAEMON, held.user, held.home, "7.0.4", held.service.unit, held.program, applications=()),
        )
    if verb == "resurrect":
        return _online(inside, seen, held.saved.names)
    return _online(
        inside, seen, (held.name,), from_file=bool(held.file) and held.file in words, given="--update-env" in words
    )


def _online(
    inside: Inside, seen: Observation, names: tuple[str, ...], *, from_file: bool = False, given: bool = False
) -> Inside:
    held = _held(inside, seen)
    assert held.daemon is not None
    old = {one.name: one for one in held.daemon.applications or ()}
    now = dict(old)
    for name in names:
        now[name] = _one(old.get(name), name, held, inside, seen, from_file=from_file, given=given)
    saved = {home: _as_it_runs(one, names) for home, one in _kept(inside).saved.items()}
    kept = replace(_kept(inside), saved=saved)
    inside = _with(inside, kept, replace(held.daemon, applications=tuple(now.values())))
    if held.name not in names or seen.site.backend is None:
        return inside
    port = seen.site.backend.port
    others = tuple(each for each in inside.listeners or () if each.port != port)
    process = Process(PID, "uvicorn", now[held.name].command, "/", "", held.user, held.service.unit, NOW)
    return replace(
        inside,
        listeners=(*others, Listener("127.0.0.1", port, (PID,))),
        processes={**(inside.processes or {}), PID: process},
    )


def _one(
    old: Application | None,
    name: str,
    held: Ours,
    inside: Inside,
    seen: Observation,
    *,
    from_file: bool,
    given: bool,
) -> Application:
    app = old or Application(name, id=0, pid=0, status="stopped")
    env = dict(app.env_digests)
    if held.declared is not None and (from_file or old is None) and name == held.name:
        words = {key: held.declared.word(key) or getattr(app, key) for key in ("script", "args", "interpreter", "cwd")}
        app = replace(app, **words)
        env |= {key: value.text for key, value in held.declared.env.items()}
    if given and seen.site.env is not None and inside.env is not None:
        lines = inside.env[seen.site.env.file].lines
        env |= {line.key: line.digest for line in lines if line.key and line.digest}
    alive = {"pid": PID, "status": "online", "restarts": 0, "unstable": 0, "started": NOW, "log": ()}
    return replace(app, **alive, env_digests=env)


def _as_it_runs(saved: Saved, names: tuple[str, ...]) -> Saved:
    """A list in which something is saved as started differs no more once it runs."""
    differs = {name: why for name, why in saved.differs.items() if name not in names or why != "state"}
    return replace(saved, differs=differs)


def _started_as_saved(kept: Pm2, names: tuple[str, ...]) -> Pm2:
    """What was stopped and is saved as started no longer differs from what is saved."""

    def left(saved: Saved) -> Saved:
        differs = {name: why for name, why in saved.differs.items() if name not in names or why != "state"}
        return replace(saved, differs=differs)

    return replace(kept, saved={home: left(saved) for home, saved in kept.saved.items()})


def _with(inside: Inside, kept: Pm2, daemon: Daemon) -> Inside:
    others = tuple(one for one in kept.daemons if (one.user, one.home) != (daemon.user, daemon.home))
    return replace(inside, pm2=replace(kept, daemons=(daemon, *others)))


def _kept(inside: Inside) -> Pm2:
    assert inside.pm2 is not None
    return inside.pm2


def _held(inside: Inside, seen: Observation) -> Ours:
    return ours(Seen(replace(seen, inside=inside)))
