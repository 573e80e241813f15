"""What an operator would write about a lab host; inventory/lab.py and the tests take it from here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.lab import systems
from tests.lab.state import HostCard, running_hosts

OVERRIDES = "WSFIX_LAB_SITE"
"""A JSON object that is laid over the site of a host: what a test wants to ask differently."""
OVERRIDDEN = "WSFIX_LAB_SITE_OF"
"""The host that it is for; every host where none is named."""


def entry(card: HostCard) -> tuple[str, dict[str, Any]]:
    """Return a host of a pyinfra inventory."""
    meant = os.environ.get(OVERRIDDEN, "") in {"", card.name}
    differently = json.loads(os.environ.get(OVERRIDES, "{}")) if meant else {}
    return card.name, {**_login(card), "sites": [merged(site(card), differently)]}


def entries() -> list[tuple[str, dict[str, Any]]]:
    """Return every host that runs now."""
    return [entry(card) for card in running_hosts()]


def site(card: HostCard) -> dict[str, Any]:
    """Return the site of a host as it is meant to be."""
    return systems.of(card).inventory(card)


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Lay one object over another; None takes a key away."""
    return _told(laid(base, more))


def laid(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Lay what is to be said differently over another such object; None is kept."""
    found = dict(base)
    for key, value in more.items():
        held = found.get(key)
        found[key] = laid(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return found


def _told(site: dict[str, Any]) -> dict[str, Any]:
    return {key: _told(value) if isinstance(value, dict) else value for key, value in site.items() if value is not None}


def _login(card: HostCard) -> dict[str, Any]:
    login: dict[str, Any] = {
        "ssh_hostname": card.address4,
        "ssh_port": card.ssh_port,
        "ssh_user": card.user,
        "ssh_key": card.key,
        "ssh_known_hosts_file": card.known_hosts,
        "ssh_strict_host_key_checking": "yes",
    }
    if card.user != "root":
        login["_sudo"] = True
    if card.sudo_password_file:
        login["_sudo_password"] = Path(card.sudo_password_file).read_text(encoding="utf-8").strip()
    return login
