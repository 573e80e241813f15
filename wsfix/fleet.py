"""Many hosts at once through pyinfra's API, for `wsfix check`; pyinfra's own command line needs none of this."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
import pyinfra_cli  # noqa: F401 - patches sockets and threads for gevent; must stand before everything else
from pyinfra import logger
from pyinfra.api import Config, State
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, StateStage
from pyinfra.context import ctx_config, ctx_inventory, ctx_state
from pyinfra_cli.exceptions import UnexpectedExternalError
from pyinfra_cli.inventory import make_inventory

from wsfix.engine import Pass, check_specs, mend, pass_after, pass_over, sites_of_host
from wsfix.errors import SpecError, WsfixError
from wsfix.lasting import Tell, unheard
from wsfix.model.after import Wanted
from wsfix.model.outcome import Outcome
from wsfix.plan import Consent
from wsfix.probes.named import require

_NOTHING = Wanted()


@dataclass(slots=True)
class Result:
    """What became of one host: a pass, an outcome where it was repaired, or the sentence why there is none."""

    host: str
    seen: Pass | None = None
    outcome: Outcome | None = None
    error: str = ""


class _Connecting(BaseStateCallback):
    """Keeps why a host could not be reached."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def host_connect_error(self, state: Any, host: Any, error: Any) -> None:  # type: ignore[override] # noqa: ARG002
        """Note the reason; pyinfra calls bound methods as it calls its own static ones."""
        self.errors[host.name] = " ".join(str(part) for part in getattr(error, "args", (error,)))


def check_fleet(
    inventory: str,
    *,
    limit: tuple[str, ...],
    consent: Consent,
    fix: bool,
    tell: Callable[[Result], None],
    wanted: Wanted = _NOTHING,
    progress: Tell = unheard,
) -> list[Result]:
    """Pass over every host of an inventory, repair where asked; `tell` hears of each host as soon as it is done.

    Raises SpecError for an inventory that cannot be read or a wrong specification, before any connection is made.
    """
    state = _state(inventory, limit)
    hosts = [host for host in state.inventory if state.is_host_in_limit(host)]
    check_specs(hosts)
    require(site for host in hosts for site in sites_of_host(host))
    connecting = _Connecting()
    state.add_callback_handler(connecting)
    state.set_stage(StateStage.Connect)
    hub = gevent.get_hub()
    hub.NOT_ERROR = (*hub.NOT_ERROR, PyinfraError)  # it is told below, and needs no traceback
    try:
        connect_all(state)
    except PyinfraError as error:
        _despite(state, hosts, connecting.errors, str(error))
    results = [Result(name, error=f"{name}: {why}") for name, why in connecting.errors.items()]
    for result in results:
        tell(result)
    state.set_stage(StateStage.Prepare)
    jobs = [gevent.spawn(_one, state, host, consent, fix, tell, wanted, progress) for host in hosts if host.connected]
    gevent.joinall(jobs, raise_error=True)
    _disconnect(state)
    return results + [job.value for job in jobs]


def _despite(state: State, hosts: list[Host], errors: dict[str, str], why: str) -> None:
    """Go on with the hosts that are connected, where one that is not ended pyinfra's own way through them."""
    for host in hosts:
        if host.connected:
            state.activate_host(host)
        else:
            errors.setdefault(host.name, why)


def _state(inventory: str, limit: tuple[str, ...]) -> State:
    for talker in (logger, logging.getLogger("paramiko")):  # what they log is said by wsfix, in one sentence a host
        talker.handlers = [logging.NullHandler()]
        talker.propagate = False
    state, config = State(), Config()
    ctx_state.set(state)
    ctx_config.set(config)
    state.cwd = os.getcwd()  # noqa: PTH109 - pyinfra keeps a string
    if inventory.endswith(".py") and not Path(inventory).is_file():
        raise SpecError(f"{inventory}: there is no such file")
    try:
        found = make_inventory(inventory, cwd=state.cwd, override_data={})
    except (PyinfraError, OSError, TypeError, ValueError) as error:
        raise SpecError(f"{inventory}: {error}") from None
    except UnexpectedExternalError as error:
        raise SpecError(f"{inventory}: {type(error.exception).__name__}: {error.exception}") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an inventory is somebody's Python; what it raises is theirs
        raise SpecError(f"{inventory}: {type(error).__name__}: {error}") from None
    ctx_inventory.set(found)
    chosen = [host for host in found if host.name in limit or any(g in limit for g in host.groups)] if limit else None
    if not len(found) or chosen == []:
        raise SpecError(f"{inventory}: no host" + (f" matches {', '.join(limit)}" if limit else ""))
    state.init(found, config, initial_limit=chosen)
    return state


def _one(
    state: State,
    host: Host,
    consent: Consent,
    fix: bool,
    tell: Callable[[Result], None],
    wanted: Wanted,
    progress: Tell,
) -> Result:
    result = Result(host.name)
    try:
        result.seen = pass_after(pass_over(state, host, consent), wanted, progress)
        if fix and not result.seen.plan.empty:
            result.outcome = mend(result.seen)
    except WsfixError as error:
        text = str(error)
        result.error = text if text.startswith(f"{host.name}:") else f"{host.name}: {text}"
    tell(result)
    return result


def _disconnect(state: State) -> None:
    """Close the connections; pyinfra's own disconnect leaves the transports open."""
    disconnect_all(state)
    for host in state.activated_hosts:
        client = getattr(host.connector, "client", None)
        if client is not None:
            client.close()
