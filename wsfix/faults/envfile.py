"""What an env file should hold against what it holds, without the secrets leaving the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import EnvChange
from wsfix.model.inside import EnvFile
from wsfix.redact import MASK, mask_text


@dataclass(frozen=True, slots=True)
class Wanted:
    """One variable that must be set, and why."""

    key: str
    value: str = field(repr=False)
    hidden: bool
    why: str


def wanted_values(seen: Seen, file: EnvFile) -> tuple[Wanted, ...]:
    """Return the variables of the inventory whose value in the file differs, origins first."""
    env = seen.env
    found: list[Wanted] = []
    if env.origins_key is not None and env.origins_key not in env.values:
        wanted = _origins(seen, file, env.origins_key)
        found += [wanted] if wanted else []
    return (*found, *_differing(seen, file, env.values))


def _differing(seen: Seen, file: EnvFile, values: Mapping[str, object]) -> tuple[Wanted, ...]:
    """Return the variables that the file lacks or holds otherwise; a value that is named and not written stays hidden."""
    found: list[Wanted] = []
    for key, named in values.items():
        hidden = not isinstance(named, str)
        value = seen.observation.wanted.get((file.path, key))
        line = file.last(key)
        if value is None:
            continue
        if line is None:
            found.append(Wanted(key, value, hidden, "is not set"))
        elif line.digest != seen.inside.digest(value):
            shown = "differs from the inventory's (values not shown)" if hidden else f"is not {mask_text(value)}"
            found.append(Wanted(key, value, hidden, shown))
    return tuple(found)


def client_file(seen: Seen) -> EnvFile:
    """Return the env file that the page is built with."""
    client = seen.site.client
    if client is None or client.env_file is None or not client.values:
        raise NotApplicable
    files = seen.inside.known("env", seen.inside.env)
    file = seen.inside.known("env", files.get(client.env_file))
    return file if file.exists else replace(file, mode=0o644)  # what a page is built with is no secret


def client_values(seen: Seen, file: EnvFile) -> tuple[Wanted, ...]:
    """Return the variables of the page's env file whose value differs from the inventory's."""
    return _differing(seen, file, seen.site.client.values if seen.site.client else {})


def _origins(seen: Seen, file: EnvFile, key: str) -> Wanted | None:
    line = file.last(key)
    present = [part.strip() for part in (line.value or "").split(",") if part.strip()] if line else []
    missing = [origin for origin in seen.site.page_origins if origin not in present]
    if not missing or "*" in present:
        return None
    return Wanted(key, ",".join([*present, *missing]), hidden=False, why=f"lacks {', '.join(missing)}")


def set_values(file: EnvFile, wanted: tuple[Wanted, ...], code: str) -> EnvChange:
    """Return the change, with both versions of the file as they may be shown."""
    values = {want.key: want.value for want in wanted}
    hidden = frozenset(want.key for want in wanted if want.hidden)
    return EnvChange(
        path=file.path,
        values=tuple(values.items()),
        hidden=hidden,
        visible=(_shown(file, {}, hidden), _shown(file, values, hidden)),
        faults=(code,),
        sha256=file.sha256,
        mode=file.mode,
        owner=file.owner,
        group=file.group,
    )


def _shown(file: EnvFile, values: Mapping[str, str], hidden: frozenset[str]) -> str:
    """Return the file with every value masked that the inventory does not write out itself."""
    left = dict(values)
    lines = []
    for line in file.lines:
        if line.key is None:
            lines.append("# (comment or empty line)")
        elif line.key in left and file.last(line.key) is line:
            value = left.pop(line.key)
            lines.append(f"{line.key}={f'{MASK} (new)' if line.key in hidden else value}")
        else:
            lines.append(f"{line.key}={MASK if line.value is None else mask_text(line.value)}")
    lines += [f"{key}={f'{MASK} (new)' if key in hidden else value}" for key, value in left.items()]
    return "".join(f"{line}\n" for line in lines)
