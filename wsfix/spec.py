"""From the inventory's plain data to checked sites: every complaint names host, field, value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wsfix.errors import SpecError
from wsfix.model.site import Site
from wsfix.model.words import FromEnvironment, FromFile, Spec, looks_secret
from wsfix.redact import mask_text

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
            place = f"{host}: {KEY}[{_name(index, item)}]"
            complaints += [f"{place}{_complaint(details)}" for details in error.errors() if _is_meant(details, item)]
    complaints += [f"{host}: two sites are named {name}" for name in _twice(site.name for site in sites)]
    complaints += _proxies(host, sites)
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


def _is_meant(details: ErrorDetails, item: object) -> bool:
    """Whether a complaint is about that kind of value which was meant, where a text or a secret's name is allowed."""
    member = next((index for index, part in enumerate(details["loc"]) if part in _MEMBERS), None)
    if member is None:
        return True
    value: Any = item
    for part in details["loc"][:member]:
        value = value[part]
    if not isinstance(value, Mapping):
        return details["loc"][member] in _TEXTS
    return details["loc"][member] == ("FromFile" if "from_file" in value else "FromEnvironment")


def _complaint(details: ErrorDetails) -> str:
    """Word one complaint: the field, the value unless it may be a secret, and what is allowed."""
    place = "".join(f".{part}" for part in details["loc"] if part not in _MEMBERS)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{place}: unknown key{_meant(str(details['loc'][-1]), _keys_at(details['loc'][:-1]))}"
    if kind == "missing":
        return f"{place}: is required"
    given = _shown(place, details["input"])
    if kind == "literal_error":
        return f"{place}: {given} is not allowed; allowed: {context.get('expected', '')}"
    message = _WORDS.get("secret" if _TEXTS & {*details["loc"]} else kind) or details["msg"].removeprefix(
        "Value error, "
    )
    return f"{place}: {message}" + (f" (given: {given})" if given else "")


_TEXTS = frozenset({"str", "constrained-str"})
_MEMBERS: Mapping[object, type[Spec] | None] = {
    **dict.fromkeys(_TEXTS),
    "FromEnvironment": FromEnvironment,
    "FromFile": FromFile,
}
"""Pydantic's names for what a value of an env file may be; they say nothing to an operator."""
_WORDS = {
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "secret": 'must be a text, or name a secret: {"from_env": "NAME"} or {"from_file": "PATH"}',
}


def _shown(place: str, value: object) -> str:
    if any(looks_secret(part) for part in place.split(".")) or isinstance(value, Mapping | list | tuple):
        return ""
    text = mask_text(repr(value))
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004


def _meant(key: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1)
    return f"; did you mean {close[0]}?" if close else f"; allowed keys: {', '.join(sorted(allowed))}"


def _keys_at(place: Iterable[int | str]) -> list[str]:
    """Return the keys that are allowed at a place of the specification."""
    model: type[Spec] = Site
    for part in place:
        field = model.model_fields.get(str(part))
        kinds = (field.annotation, *get_args(field.annotation)) if field else (_MEMBERS.get(part),)
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Spec)), model)
    return list(model.model_fields)


def _proxies(host: str, sites: Sequence[Site]) -> list[str]:
    """Complain where the sites of one host stand behind different proxies: one transaction tests and reloads one."""
    other = next((site for site in sites if site.proxy.kind != sites[0].proxy.kind), None)
    if other is None:
        return []
    first, asked = sites[0], f"{host}: {KEY}[{other.name}].proxy.kind is {other.proxy.kind}"
    allowed = "all sites of one host must have the same proxy: correct one, or list them under two hosts"
    return [f"{asked}, and that of {first.name} is {first.proxy.kind}; {allowed}"]


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
