"""The packet filter of a host that is made: the port of this very connection first, then the site's, and only then on."""

from __future__ import annotations

from collections.abc import Iterable

from wsfix.model.change import Action
from wsfix.model.ground import Ground
from wsfix.model.inside import Inside
from wsfix.model.site import Site
from wsfix.provision.files import FAULTS

UFW_FILES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
UFW_SWITCH = "/etc/ufw/ufw.conf"
SSH_PORT = 22
_ALLOW_RANK, _ENABLE_RANK = 20, 25


def filter_packages(site: Site) -> tuple[str, ...]:
    """The package of the filter, where the inventory wants it on."""
    return ("ufw",) if site.firewall.enabled else ()


def filter_changes(
    sites: Iterable[Site], inside: Inside | None, ground: Ground
) -> tuple[list[Action], tuple[str, ...]]:
    """Return the rules that are missing, and what is left as it is. A filter that is off stays off unless it is asked for."""
    held = tuple(sites)
    wanted = any(site.firewall.enabled for site in held)
    firewall = inside.firewall if inside else None
    active = firewall is not None and firewall.active
    if firewall is not None and active and firewall.kind != "ufw":
        return [], (f"{firewall.kind} is on; wsfix changes only ufw: let the site's ports in by hand",)
    if not active and not wanted:
        return [], ()
    ports = list(dict.fromkeys(port for site in held for port in (site.port, *site.firewall.open)))
    if not active:
        ports.insert(0, ground.ssh_port or SSH_PORT)
    missing = [port for port in dict.fromkeys(ports) if not active or not _allowed(inside, port)]
    changes = [_allow(port, _ALLOW_RANK + (1 if index else 0)) for index, port in enumerate(missing)]
    if not active:
        changes.append(_switch_on())
    return changes, ()


def _allowed(inside: Inside | None, port: int) -> bool:
    firewall = inside.firewall if inside else None
    return firewall is not None and all(firewall.verdict(port, family) == "allow" for family in ("v4", "v6"))


def _allow(port: int, rank: int) -> Action:
    return Action(
        do=f"ufw allow {port}/tcp",
        undo=f"ufw delete allow {port}/tcp",
        title=f"ufw allow {port}/tcp",
        cost="keeps open sockets",
        faults=FAULTS,
        keeps=UFW_FILES,
        rank=rank,
    )


def _switch_on() -> Action:
    return Action(
        do="ufw --force enable",
        undo="ufw --force disable",
        title="switch ufw on, now and at boot",
        cost="keeps open sockets",
        faults=FAULTS,
        keeps=(UFW_SWITCH,),
        rank=_ENABLE_RANK,
    )
