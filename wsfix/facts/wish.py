"""What the sites of one host ask to be looked at."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from wsfix.facts import pm2
from wsfix.model.inside import OpenTransaction, drop_in_of
from wsfix.model.parts import Proxy
from wsfix.model.site import Site

T = TypeVar("T")

_EXTRA = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")


@dataclass(frozen=True, slots=True)
class Transactions:
    """How the host is asked for an open transaction: those who write it own the words, the look only carries them."""

    fragment: str
    read: Callable[[str], OpenTransaction | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the sites of one host ask to be looked at."""

    main: str = "/etc/nginx/nginx.conf"
    units: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    """Variables whose value the inventory writes out; only these are read in clear."""
    keys: tuple[str, ...] = ()
    """Variables whose digest is compared between file and process."""
    extra: tuple[str, ...] = _EXTRA
    """Files outside of the proxy's folder that an action may rewrite."""
    pm2: tuple[pm2.Kept, ...] = ()
    """The PM2 daemons that sites count on."""
    transactions: Transactions | None = None
    proxy: Proxy = field(default_factory=Proxy)
    """The proxy of the host; all its sites stand behind the same one."""
    page_files: tuple[str, ...] = ()
    """Env files that a page is built with: what they hold is public, and is not hidden where else it stands."""
    directories: tuple[str, ...] = ()
    """Where the inventory says that applications lie."""
    homes: tuple[str, ...] = ()
    """Units that run applications of which it does not say so."""
    pages: tuple[str, ...] = ()
    """Files and directories of the pages that open sockets."""
    prefixes: tuple[str, ...] = ()
    """How the paths of the sites begin: of the access logs only such lines are read."""
    stores: tuple[str, ...] = ()
    """Units of a store through which the processes of an application speak to each other."""
    sockets: tuple[str, ...] = ()
    """The unix sockets on which backends listen."""
    salt: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def of(cls, sites: Iterable[Site], transactions: Transactions | None = None) -> Wish:
        """Join what the sites of one host ask for."""
        held = tuple(sites)
        envs = [site.env for site in held if site.env]
        clients = [site.client for site in held if site.client]
        units = [site.service.unit for site in held if site.service]
        values = [(key, value) for one in envs for key, value in one.values.items()]
        origins = [one.origins_key for one in envs if one.origins_key]
        kept = [site.service for site in held if site.service and site.service.manager == "pm2"]
        proxy = held[0].proxy if held else Proxy()
        return cls(
            main=proxy.main,
            units=_unique(units),
            sockets=_unique(site.backend.socket for site in held if site.backend and site.backend.socket),
            env_files=_unique(one.file for one in envs),
            page_files=_unique(one.env_file for one in clients if one.env_file),
            directories=_unique(site.directory for site in held if site.directory),
            homes=_unique(site.service.unit for site in held if site.service and _hides(site)),
            pages=_unique(path for one in clients for path in one.files),
            public=_unique(
                [
                    *(key for key, value in values if isinstance(value, str)),
                    *origins,
                    *(key for one in clients for key in one.values),
                ]
            ),
            keys=_unique([*(key for key, _ in values), *origins]),
            extra=(*_EXTRA, *(drop_in_of(unit) for unit in _unique(units))),
            stores=_unique(unit for site in held if _may_store(site) for unit in STORES),
            pm2=_unique(pm2.Kept(one.owner, one.home or "", one.ecosystem or "") for one in kept),
            transactions=transactions,
            proxy=proxy,
            prefixes=_unique(site.prefix for site in held),
        )

    @property
    def all_env_files(self) -> tuple[str, ...]:
        """The env files of the backends and of the pages."""
        return _unique((*self.env_files, *self.page_files))

    @property
    def sources(self) -> bool:
        """Whether any text of an application or a page is asked for."""
        return bool(self.directories or self.homes or self.pages)

    @property
    def all_units(self) -> tuple[str, ...]:
        """The units of the sites and the proxy's."""
        return _unique((*self.units, self.proxy.unit, *self.stores))


def _hides(site: Site) -> bool:
    """Whether only its unit tells where the application lies."""
    of_systemd = site.service is not None and site.service.manager == "systemd"
    return of_systemd and site.backend is not None and site.directory is None


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


STORES = ("redis-server.service", "valkey-server.service")
"""As Debian names them; `redis.service` is an alias of the first."""
_STORING = frozenset({"channels", "python-socketio", "socketio"})


def _may_store(site: Site) -> bool:
    """Whether the application is of a kind that joins its processes by Redis."""
    return site.backend is not None and site.backend.framework in _STORING
