"""The restart of a backend as an action that says whom it disconnects, through whichever manager keeps it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.parts import Env

RESTART_RANK = 60
SAVE_RANK = 65


WAIT_SECONDS = 20


def then_listens(seen: Seen, command: str) -> str:
    """Word a command after which the backend's port is awaited: a unit is active long before it listens.

    The wait is bounded and never fails by itself; whether the backend serves is for the proof to say.
    """
    if seen.site.backend is None:
        return command
    backend = seen.site.backend
    if backend.socket is None:
        absent = f'[ -z "$(ss -Hltn "sport = :{backend.port}" 2>/dev/null)" ]'
    else:
        absent = f"[ ! -S {shlex.quote(backend.socket)} ]"
    return f"{command} && n=0 && while [ $n -lt {WAIT_SECONDS * 5} ] && {absent}; do sleep 0.2; n=$((n + 1)); done"


def restart(seen: Seen, code: str) -> Iterator[Action]:
    """Restart the site's backend (start it where it is stopped), counting the sockets that this drops.

    PM2 gives a process the environment that it keeps, and never reads an env file: the values of those variables that must
    come from the file are carried over, and the list for the next boot is saved with them.
    """
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        yield from _restart_with_values(seen, ours(seen), code)
    else:
        unit = seen.service.unit
        yield _restart(seen, f"systemctl restart {unit}", f"restart {unit}", code)


def _restart_with_values(seen: Seen, held: Ours, code: str) -> Iterator[Action]:
    keys = carried_keys(seen, held)
    if not keys or seen.site.env is None:
        yield _restart(seen, held.cli.restart(held.name), f"restart {held.name} of PM2", code)
        return
    command = held.cli.restart_with(held.name, seen.site.env.file, keys)
    title = f"restart {held.name} of PM2 with {', '.join(keys)} from {seen.site.env.file} (--update-env)"
    yield _restart(seen, command, title, code)
    yield from save(seen, code)


def carried_keys(seen: Seen, held: Ours) -> tuple[str, ...]:
    """Return the variables of the env file that PM2 must be given: what it holds itself wins over what is read later.

    One that PM2 does not hold is read by the application itself, unless the inventory says that PM2 must give it.
    """
    if seen.site.env is None:
        return ()
    env = seen.site.env
    named = dict.fromkeys([*env.values, *([env.origins_key] if env.origins_key else [])])
    kept = held.applications[0].env_digests if held.applications else {}
    return tuple(key for key in named if given_by_pm2(env) or key in kept)


def given_by_pm2(env: Env) -> bool:
    """Whether the inventory says so in so many words; PM2 itself reads no env file, so it is not what one may expect."""
    return env.loaded_by == "service" and "loaded_by" in env.model_fields_set


def restart_from_file(seen: Seen, code: str) -> Action:
    """Restart a PM2 application as its ecosystem file says, which is not changed: so there is nothing to take back."""
    held = ours(seen)
    command = held.cli.restart_file(held.file, held.name)
    return replace(_restart(seen, command, f"restart {held.name} of PM2 from {held.file}", code), undo="")


def save(seen: Seen, code: str) -> Iterator[Action]:
    """Save what PM2 keeps for the next boot; not where that would forget an application that was saved."""
    if not forgotten(ours(seen)):
        yield save_anyway(seen, code)


def save_anyway(seen: Seen, code: str) -> Action:
    """Save what PM2 keeps for the next boot, and nothing else."""
    held = ours(seen)
    return Action(
        do=held.cli.save(),
        undo="",
        title=f"save the list of {held.user}'s PM2 (pm2 save)",
        cost="keeps open sockets",
        faults=(code,),
        keeps=(held.cli.dump, f"{held.cli.dump}.bak"),
        rank=SAVE_RANK,
    )


def forgotten(held: Ours) -> tuple[str, ...]:
    """Return what is saved and not kept now: to save would forget it."""
    kept = {one.name for one in held.everything}
    return tuple(name for name in held.saved.names if name not in kept and name != held.name)


def _restart(seen: Seen, command: str, title: str, code: str) -> Action:
    return Action(
        do=then_listens(seen, command),
        undo=then_listens(seen, command),
        title=title,
        cost=cost(seen),
        faults=(code,),
        rank=RESTART_RANK,
    )


def cost(seen: Seen) -> str:
    """Say how many connections end when the backend's process ends."""
    if seen.site.backend is None or seen.site.backend.port is None or seen.inside.sockets is None:
        return "drops every open socket of this backend"
    count = seen.inside.sockets.get(seen.site.backend.port, 0)
    return f"drops {count} open connection{'' if count == 1 else 's'}" if count else "nothing is connected"
