"""A host whose backend PM2 keeps, as a case lays its few words over a healthy one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wsfix.model.pm2 import Application, Daemon, Pm2, Saved, Wanted
from wsfix.model.site import Site

HOME = "/root/.pm2"
FILE = "/opt/chat/ecosystem.config.js"
ECOSYSTEM = """module.exports = {
  apps: [{
    name: 'chat',
    script: '/opt/chat/venv/bin/uvicorn',
    args: 'server:app --host 127.0.0.1 --port 8000',
    interpreter: 'none',
    env: { PORT: 'value:8000' },
  }],
};
"""
_VALUE = re.compile(r"'value:([^']*)'")


def seen(said: dict[str, Any] | None, site: Site, digests: dict[str, str], salted: Callable[[str], str]) -> Pm2:
    """Return what was seen of PM2; a site under systemd has a host without any daemon, unless the case says otherwise."""
    kept = site.service is not None and site.service.manager == "pm2"
    if not kept and said is None:
        return Pm2()
    words = said or {}
    daemons = [{}] if kept and not words.get("down") else []
    text = words.get("ecosystem", ECOSYSTEM)
    return Pm2(
        daemons=tuple(_daemon(one, words, digests, salted) for one in [*daemons, *words.get("daemons", [])]),
        saved={HOME: _saved(words.get("saved", {}))},
        wanted=(Wanted("root", HOME, "/usr/local/bin/pm2"),) if kept else (),
        ecosystems={} if text is None else {FILE: _VALUE.sub(lambda m: f"'digest:{salted(m[1])}'", text)},
    )


def _daemon(
    said: dict[str, Any], words: dict[str, Any], digests: dict[str, str], salted: Callable[[str], str]
) -> Daemon:
    listed = said.get("applications", words.get("applications", [{}]))
    applications = tuple(_application(one, digests, salted) for one in listed)
    about = {
        "pid": 10,
        "user": "root",
        "home": HOME,
        "version": "7.0.4",
        "unit": "pm2-root.service",
        "program": "/usr/local/bin/pm2",
        **{key: value for key, value in {**words.get("daemon", {}), **said}.items() if key != "applications"},
    }
    return Daemon(**about, descendants=frozenset(one.pid for one in applications), applications=applications)


def _application(said: dict[str, Any], digests: dict[str, str], salted: Callable[[str], str]) -> Application:
    about = {
        "name": "chat",
        "id": 0,
        "pid": 20,
        "status": "online",
        "interpreter": "none",
        "script": "/opt/chat/venv/bin/uvicorn",
        "args": "server:app --host 127.0.0.1 --port 8000",
        "cwd": "/opt/chat",
        "started": 900.0,
        "error_log": f"{HOME}/logs/chat-error.log",
        **{key: value for key, value in said.items() if key != "env"},
    }
    env = {**digests, **{key: value and salted(value) for key, value in said.get("env", {}).items()}}
    about["log"] = tuple(about.get("log", ()))
    return Application(**about, env_digests={key: value for key, value in env.items() if value is not None})


def _saved(said: dict[str, Any]) -> Saved:
    return Saved(
        HOME, exists=said.get("exists", True), names=tuple(said.get("names", ["chat"])), differs=said.get("differs", {})
    )
