"""From the inventory's plain data to checked sites: every complaint names host, field, value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wsfix.errors import SpecError
from wsfix.model.site import Site, Spec, looks_secret

KEY = "sites"


def sites_of(host: str, value: object) -> tuple[Site, ...]:
    """Return the sites of one host from its inventory data; raises SpecError with every complaint at once."""
    if value is None:
        return ()
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise SpecError(f"{host}: {KEY} must be a list of sites, not {type(value).__name__}")
    sites: list[Site] = []
    complaints: list[str] = []
    for index, item in enumerate(value):
        try:
            sites.append(item if isinstance(item, Site) else Site.model_validate(item))
        except ValidationError as error:
            complaints += [f"{host}: {KEY}[{_name(index, item)}]{_complaint(details)}" for details in error.errors()]
    complaints += [f"{host}: two sites are named {name}" for name in _twice(site.name for site in sites)]
    if complaints:
        raise SpecError("\n".join(complaints))
    return tuple(sites)


def schema() -> dict[str, Any]:
    """Return the JSON schema of a site, as `wsfix schema` prints it."""
    found = TypeAdapter(Site).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _name(index: int, item: object) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) and name else str(index)


def _complaint(details: ErrorDetails) -> str:
    """Word one complaint: the field, the value unless it may be a secret, and what is allowed."""
    place = "".join(f".{part}" for part in details["loc"] if part not in _TAGS)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{place}: unknown key{_meant(str(details['loc'][-1]))}"
    if kind == "missing":
        return f"{place}: is required"
    given = _shown(place, details["input"])
    if kind == "literal_error":
        return f"{place}: {given} is not allowed; allowed: {context.get('expected', '')}"
    message = details["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" + (f" (given: {given})" if given and kind != "value_error" else "")


_TAGS = frozenset({"str", "constrained-str", "FromEnvironment", "FromFile"})
"""Pydantic's names for the members of a union; they say nothing to an operator."""


def _shown(place: str, value: object) -> str:
    if looks_secret(place.rsplit(".", 1)[-1]) or isinstance(value, Mapping | list | tuple):
        return ""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004


def _meant(key: str) -> str:
    close = difflib.get_close_matches(key, _KEYS, n=1)
    return f"; did you mean {close[0]}?" if close else f"; allowed keys: {', '.join(sorted(Site.model_fields))}"


_KEYS = sorted({name for model in Spec.__subclasses__() for name in model.model_fields})


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
