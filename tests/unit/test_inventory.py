"""The example inventory: read by pyinfra itself, valid, and complete enough to learn every key from."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from tests.sources import ROOT
from wsfix.model.site import Site
from wsfix.spec import KEY, sites_of

PROD = ROOT / "inventory" / "prod.py"
READ = """
import json, sys
import pyinfra_cli
from pyinfra.api import State
from pyinfra.context import ctx_state
from pyinfra_cli.inventory import make_inventory
ctx_state.set(State())
found = make_inventory(sys.argv[1], cwd=".", override_data={})
print(json.dumps({host.name: host.data.get("sites") for host in found}))
"""


def hosts() -> dict[str, dict[str, Any]]:
    return dict(runpy.run_path(str(PROD))["web"])


def test_pyinfra_reads_it_and_every_site_is_valid():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, str(PROD)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert {name: len(sites_of(name, sites)) for name, sites in found.items()} == dict.fromkeys(hosts(), 1)


def keys(value: object, before: str = "") -> set[str]:
    """Return the dotted keys that an example writes out."""
    if not isinstance(value, dict):
        return set()
    found = {f"{before}{key}" for key in value}
    return found.union(*(keys(each, f"{before}{key}.") for key, each in value.items()))


def fields(model: type[BaseModel], before: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(f"{before}{name}")
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= fields(kind, f"{before}{name}.")
    return found


RARE = {
    "address", "backend.host", "backend.socket", "env.loaded_by", "probe.headers_from_env", "probe.subprotocol", "probe.ca_file",
    "probe.login.bearer_field", "probe.token.path", "probe.token.value", "provision.command", "provision.directory",
    "provision.http.command", "provision.requirements", "provision.user", "service.home", "socketio.engine",
    "socketio.namespace", "socketio.transports", "socketio.trailing_slash", "probe.token.rest",
    "probe.token.value.from_env", "probe.token.value.from_file",
    "probe.delivery", "probe.delivery.each", "probe.delivery.encoding", "probe.delivery.expect", "probe.delivery.fields", "probe.delivery.headers_from_env", "probe.delivery.method", "probe.delivery.path", "probe.delivery.seconds", "probe.delivery.send", "probe.subprotocols",
}  # fmt: skip
"""Keys that most sites do not need, and that the example leaves to the schema."""


def test_the_example_shows_every_key_but_the_rare_ones():
    shown = set().union(*(keys(site) for host in hosts().values() for site in host[KEY]))
    assert fields(Site) - shown == RARE


def test_the_example_holds_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHAT_SUDO_PASSWORD", "canary-7f3a9c")
    assert hosts()["chat.example.com"]["_sudo_password"] == "canary-7f3a9c"
    assert "canary" not in PROD.read_text(encoding="utf-8")
