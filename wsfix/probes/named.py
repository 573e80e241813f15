"""The secrets that a site names, fetched by their names before any connection is made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wsfix.errors import SpecError
from wsfix.model.site import Site
from wsfix.model.words import FromEnvironment, Secret
from wsfix.probes.masking import Mask

_MOST = 65536


@dataclass(frozen=True, slots=True)
class Named:
    """Everything that the inventory names for one site's probe, as it is sent."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str | None = field(default=None, repr=False)
    auth: Mapping[str, str] = field(default_factory=dict, repr=False)
    told: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The fields of the request that publishes."""
    telling: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The headers of that request."""
    mask: Mask = field(default_factory=Mask)


def named(site: Site, known: Mapping[str, str] | None = None) -> Named:
    """Fetch them; `known` stands for the environment. Raises SpecError that names the first one missing."""
    fetched = _Fetched(site, os.environ if known is None else known)
    probe = site.probe
    return Named(
        headers=fetched.variables("headers_from_env", probe.headers_from_env),
        query=fetched.variables("query_from_env", probe.query_from_env),
        login=fetched.values("probe.login.fields", probe.login.fields) if probe.login else {},
        token=_token(fetched, site),
        auth=fetched.values("socketio.auth", site.socketio.auth),
        told=fetched.values("probe.delivery.fields", probe.delivery.fields) if probe.delivery else {},
        telling=fetched.variables("delivery.headers_from_env", probe.delivery.headers_from_env)
        if probe.delivery
        else {},
        mask=fetched.mask(),
    )


def require(sites: Iterable[Site], known: Mapping[str, str] | None = None) -> None:
    """Fetch everything once and keep nothing: SpecError with every complaint where something is missing."""
    complaints = list(_complaints(sites, known))
    if complaints:
        raise SpecError("\n".join(complaints))


def _complaints(sites: Iterable[Site], known: Mapping[str, str] | None) -> Iterator[str]:
    for site in sites:
        try:
            named(site, known)
        except SpecError as error:
            yield str(error)


def _token(fetched: _Fetched, site: Site) -> str | None:
    token = site.probe.token
    if token is None or token.value is None:
        return None
    value = fetched.value("probe.token.value", token.value)
    if not value.isascii() or not value.isprintable():
        raise SpecError(f"{site.name}: probe.token.value: it must be one line of ASCII")
    return value


class _Fetched:
    """The secrets of one site as they are fetched, each kept with its name for the mask."""

    def __init__(self, site: Site, known: Mapping[str, str]) -> None:
        self._site = site
        self._known = known
        self._found: dict[str, str] = {}

    def mask(self) -> Mask:
        return Mask.of(self._found)

    def variables(self, table: str, sources: Mapping[str, str]) -> dict[str, str]:
        return {name: self._variable(f"probe.{table}: {name}", source) for name, source in sources.items()}

    def values(self, table: str, fields: Mapping[str, str | Secret]) -> dict[str, str]:
        return {
            name: value if isinstance(value, str) else self.value(f"{table}.{name}", value)
            for name, value in fields.items()
        }

    def value(self, place: str, secret: Secret) -> str:
        if isinstance(secret, FromEnvironment):
            return self._variable(place, secret.from_env)
        try:
            with Path(secret.from_file).open(encoding="utf-8") as file:
                value = file.read(_MOST).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise SpecError(f"{self._site.name}: {place}: {secret.from_file} cannot be read: {why}") from None
        if not value:
            raise SpecError(f"{self._site.name}: {place}: {secret.from_file} is empty")
        self._found[Path(secret.from_file).name] = value
        return value

    def _variable(self, place: str, source: str) -> str:
        value = self._known.get(source)
        if not value:
            raise SpecError(f"{self._site.name}: {place} needs the variable {source}, which is not set or empty")
        self._found[source] = value
        return value
