"""The JSON schema: valid by its own standard, and of one mind with the specification wherever a schema can be."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from wsfix.errors import SpecError
from wsfix.spec import schema, sites_of

GOOD: dict[str, Any] = {"name": "chat", "url": "wss://chat.example.com/ws"}
ACCEPTED = [
    GOOD,
    {**GOOD, "backend": {"port": 8000}},
    {**GOOD, "origins": ["https://a.example"], "idle_seconds": 30, "address": None},
    {
        **GOOD,
        "env": {"file": "/e", "values": {"LOG": "info", "JWT_SECRET": {"from_env": "A"}, "B": {"from_file": "/f"}}},
    },
    {**GOOD, "firewall": {"open": [80, 443], "closed": [8000]}, "probe": {"timeout_seconds": 1.5}},
]
ACCEPTED += [
    {**GOOD, "proxy": {"kind": "apache"}, "service": {"manager": "pm2", "name": "chat", "user": "deploy"}},
    {**GOOD, "protocol": "socketio", "socketio": {"engine": 3, "auth": {"token": {"from_env": "TOKEN"}}}},
    {**GOOD, "probe": {"login": {"path": "/login", "fields": {"user": "a"}}, "token": {"field": "access_token"}}},
    {**GOOD, "client": {"env_file": "/srv/app/.env", "values": {"API_URL": "https://x.example"}}},
]
REFUSED_BY_BOTH = [
    {},
    {"name": "chat"},
    {**GOOD, "nmae": 1},
    {**GOOD, "name": "a b"},
    {**GOOD, "name": "x" * 65},
    {**GOOD, "backend": {}},
    {**GOOD, "backend": {"port": 0}},
    {**GOOD, "backend": {"port": 65536}},
    {**GOOD, "backend": {"port": 1, "host": "10.0.0.1"}},
    {**GOOD, "backend": {"port": 1, "path": "ws"}},
    {**GOOD, "proxy": {"kind": "traefik"}},
    {**GOOD, "origins": "https://x"},
    {**GOOD, "idle_seconds": 29},
    {**GOOD, "env": {"file": "/e", "values": {"LOG": 5}}},
    {**GOOD, "env": {"file": "/e", "values": {"JWT": {"from_evn": "A"}}}},
    {**GOOD, "probe": {"timeout_seconds": 0}},
    {**GOOD, "firewall": {"open": [70000]}},
]
BEYOND_A_SCHEMA = [
    {**GOOD, "socketio": {"engine": 3}},
    {**GOOD, "probe": {"token": {"field": "token"}}},
    {**GOOD, "service": {"name": "chat", "user": "deploy"}},
    {**GOOD, "client": {"values": {"API_URL": "https://x.example"}}},
    {**GOOD, "url": "https://x"},
    {**GOOD, "env": {"file": "relative"}},
    {**GOOD, "env": {"file": "/e", "values": {"JWT_SECRET": "x"}}},
    {**GOOD, "firewall": {"open": [80], "closed": [80]}},
]


def by_schema(said: object) -> bool:
    return bool(jsonschema.Draft202012Validator(schema()).is_valid(said))


def by_specification(said: object) -> bool:
    try:
        return bool(sites_of("web1", [said]))
    except SpecError:
        return False


def test_the_schema_is_valid_by_the_standard_it_names():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("said", ACCEPTED, ids=json.dumps)
def test_both_accept(said: object):
    assert (by_schema(said), by_specification(said)) == (True, True)


@pytest.mark.parametrize("said", REFUSED_BY_BOTH, ids=json.dumps)
def test_both_refuse(said: object):
    assert (by_schema(said), by_specification(said)) == (False, False)


@pytest.mark.parametrize("said", BEYOND_A_SCHEMA, ids=json.dumps)
def test_what_a_schema_cannot_say_is_refused_by_the_specification(said: object):
    assert by_specification(said) is False
