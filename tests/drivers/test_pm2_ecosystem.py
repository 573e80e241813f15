"""Ecosystem files in the forms that people write: what stands there as a literal is read, what is computed is said to be so."""

from __future__ import annotations

import pytest

from wsfix.drivers.pm2 import declared

DIGEST = "a" * 64


def only(text: str):
    found = declared(text)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "module.exports = {\n  apps: [\n    {\n      name: 'chat',\n      script: 'uvicorn',\n"
            "      args: 'server:app --port 8000',\n    },\n  ],\n};\n",
            id="as PM2 writes it",
        ),
        pytest.param(
            '{\n "apps": [\n {"x": 1,\n "name": "chat",\n "script": "uvicorn",\n "args": "server:app --port 8000"}]}\n',
            id="JSON",
        ),
        pytest.param(
            "const app = {\n\n\n  name: 'chat', script: \"uvicorn\",\n\n  args: ['server:app', '--port', '8000'] };\n"
            "module.exports = { apps: [app] };\n",
            id="a constant, and a list of arguments",
        ),
        pytest.param(
            "export default {\n  apps: [\n    {\n      script: 'uvicorn', name: 'chat',\n"
            "      // args: 'old:app',\n      args: 'server:app --port 8000' } ] }\n",
            id="a comment, and another order",
        ),
    ],
)
def test_an_application_is_read_with_its_lines(text):
    found = only(text)
    assert (found.word("name"), found.word("script"), found.word("args")) == (
        "chat",
        "uvicorn",
        "server:app --port 8000",
    )
    assert "8000" in text.splitlines()[found.line_of("args") - 1]


def test_several_applications_are_told_apart():
    text = "module.exports = { apps: [{ name: 'a', script: 'x' }, { name: 'b', script: 'y', instances: 2 }] }"
    assert [(app.word("name"), app.word("instances")) for app in declared(text)] == [("a", ""), ("b", "2")]


@pytest.mark.parametrize(
    ("env", "computes"),
    [
        (f"{{ A: 'digest:{DIGEST}' }}", False),
        (f"{{ A: 'digest:{DIGEST}', B: process.env.B }}", True),
        (f"{{ ...held, A: 'digest:{DIGEST}' }}", True),
        (f"{{ A: 'digest:{DIGEST}', ...require('dotenv').config({{ path: '.env' }}).parsed }}", True),
        (f"{{ 'A': \"digest:{DIGEST}\", B: 'x' + 'y' }}", True),
    ],
)
def test_a_computed_environment_is_said_to_be_so(env, computes):
    found = only(f"module.exports = {{ apps: [{{ name: 'a', script: 'x',\n env: {env} }}] }}")
    assert {key: (value.text, value.line) for key, value in found.env.items()} == {"A": (DIGEST, 2)}
    assert found.computes_env is computes


def test_an_environment_of_production_is_another_one():
    found = only(
        f"module.exports = {{ apps: [{{ name: 'a', script: 'x', env_production: {{ A: 'digest:{DIGEST}' }} }}] }}"
    )
    assert (dict(found.env), found.computes_env) == ({}, False)


def test_what_is_computed_is_no_word():
    found = only(
        "module.exports = { apps: [{ name: 'a', script: path.join(__dirname, 'x'), cwd: __dirname, args: `y` }] }"
    )
    assert found.words.keys() == {"name"}


@pytest.mark.parametrize(
    "text", ["", "{", "}}}", "module.exports = require('./other')", "{ name: 'a'", "{name:", "[{(", "'"]
)
def test_what_is_no_ecosystem_declares_nothing(text):
    assert declared(text) == ()
