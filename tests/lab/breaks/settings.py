"""Breaks of the settings: the chat runs with a value that refuses its own page."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host
from tests.lab.site import ENV_FILE, UNIT


@broken("origin-value-wrong", "403")
def origin_value_wrong(host: Host) -> None:
    """CORS_ORIGINS names another page than the one that connects."""
    name_another_page(host)
    restart_chat(host)


@broken("env-not-loaded", "403")
def env_not_loaded(host: Host) -> None:
    """The file is right, but the chat was started before it was."""
    good = host.read(ENV_FILE)
    name_another_page(host)
    restart_chat(host)
    host.write(ENV_FILE, good)


@broken("env-not-loaded-no-file-in-unit", "403", fault="env-not-loaded")
def env_file_not_named(host: Host) -> None:
    """The file is right, but the unit does not read it."""
    host.edit(UNIT, f"EnvironmentFile={ENV_FILE}\n", "")
    restart_chat(host)


def name_another_page(host: Host) -> None:
    """Let CORS_ORIGINS name a page that is none."""
    name = host.site.name
    host.edit(ENV_FILE, f"\nCORS_ORIGINS=https://www.{name},https://{name}\n", f"\nCORS_ORIGINS=https://old.{name}\n")
