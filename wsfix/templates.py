"""The whole files that wsfix owns on a host, rendered from templates/; a user's file is never made from one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return a folder that travels with wsfix, `deploys` or `templates`: in an installed wheel, or in the repository."""
    carried = _HERE / "_shipped" / folder
    return carried if carried.is_dir() else _HERE.parent / folder


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(str(shipped("templates"))),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )


def render(name: str, **values: object) -> str:
    """Return the text of a template, such as `systemd/environment.conf.j2`; every value it names must be given."""
    return _environment().get_template(name).render(**values)
