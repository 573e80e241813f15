"""The one look at a host: all fragments in one script, all answers in one value."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from wsfix.errors import LookFailed
from wsfix.facts import (
    addresses,
    apache,
    application,
    caddy,
    capacity,
    connection,
    env,
    files,
    firewall,
    haproxy,
    keys,
    logs,
    nginx,
    pm2,
    selinux,
    sockets,
    supervisor,
    systemd,
    unix,
)
from wsfix.facts.fragment import HIDE, Fact, hidden_values, plain, seconds
from wsfix.facts.wish import Wish
from wsfix.model.inside import FileSeen, Inside, LinkSeen, Process, ProxyState
from wsfix.model.parts import Proxy

T = TypeVar("T")

SECONDS = 60.0
"""A look takes well under a second; a host that needs longer is in trouble of another kind."""

_HOST = (
    r"""echo "uid $(id -u)"; . /etc/os-release 2>/dev/null; echo "release $PRETTY_NAME"; echo "clock $(date +%s.%N)" """
)


@dataclass(frozen=True, slots=True)
class _Program:
    """How a proxy's own program is asked and read."""

    fragment: Callable[[str], str]
    read: Callable[[list[str], dict[int, Process], str], ProxyState | None]


_PROGRAMS = {
    "nginx": _Program(nginx.fragment, nginx.read_program),
    "apache": _Program(apache.fragment, apache.read_program),
    "caddy": _Program(caddy.fragment, caddy.read_program),
    "haproxy": _Program(haproxy.fragment, haproxy.read_program),
}

_NO_ROOT = "the look ran without root's rights; set `_sudo` in the inventory"


def script(wish: Wish, nonce: str) -> str:
    """Word the whole look as one script; each section's output stands between marks that hold the nonce."""
    sections = {
        "host": _HOST,
        "files": files.fragment(wish.main, wish.extra),
        "keys": keys.fragment(wish.main),
        "listeners": sockets.LISTENERS,
        "processes": sockets.processes(wish.all_units, wish.keys, wish.salt, wish.sockets),
        "sockets": sockets.ESTABLISHED,
        "unix": unix.fragment(wish.main, wish.proxy.process, wish.sockets),
        "units": systemd.fragment(wish.all_units),
        "pm2": pm2.fragment(wish.pm2, wish.keys, wish.public, wish.salt),
        "proxy": _PROGRAMS[wish.proxy.kind].fragment(wish.main),
        "firewall": firewall.fragment(),
        "supervisor": supervisor.FRAGMENT,
        "capacity": capacity.FRAGMENT,
        "logs": logs.fragment(wish.prefixes, wish.proxy.kind, wish.main.rpartition("/")[0]),
        "ssh": connection.FRAGMENT,
        "addresses": addresses.FRAGMENT,
        "selinux": selinux.FRAGMENT,
        "env": env.fragment(wish.all_env_files, wish.public, wish.salt) if wish.all_env_files else "",
        "application-files": application.fragment(wish.directories, wish.pages, wish.homes) if wish.sources else "",
        "transactions": wish.transactions.fragment if wish.transactions else "",
    }
    head = f"LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin; umask 077\n{HIDE}\n"
    hide = hidden_values(wish.units, wish.env_files, wish.public)
    body = "\n".join(
        f"printf '%s\\n' '@{nonce} {name}'\n(\n{text}\n) 2>/dev/null\nprintf '\\n%s\\n' \"@{nonce} end $?\""
        for name, text in sections.items()
        if text
    )
    return f"{head}{hide}\n{body}\nprintf '%s\\n' '@{nonce} whole'\n"


def read(host: str, wish: Wish, nonce: str, output: str) -> Inside:
    """Read the look's output; a section that failed is missing, with the reason, and never an empty value.

    Raises LookFailed where the output does not reach its own end mark.
    """
    sections = _sections(output, nonce)
    if sections is None:
        raise LookFailed(f"{host}: the look was cut off before its end; nothing is concluded from it")
    about = dict(line.partition(" ")[::2] for line in sections.get("host", []))
    missing = {} if about.get("uid") == "0" else {"root": _NO_ROOT}
    listed = _part(missing, "files", sections, lambda lines: files.read_archive("".join(lines)) if lines else None)
    running = _part(missing, "processes", sections, sockets.read_processes)
    return Inside(
        host=host,
        clock=seconds(about.get("clock", "")),
        release=about.get("release", ""),
        salt=wish.salt,
        files=None if listed is None else {p: f for p, f in listed.items() if isinstance(f, FileSeen)},
        links={p: f.target for p, f in (listed or {}).items() if isinstance(f, LinkSeen)},
        linked={p: f.modified for p, f in (listed or {}).items() if isinstance(f, LinkSeen)},
        keys=_part(missing, "keys", sections, keys.PrivateKeys.read) or {},
        listeners=_part(missing, "listeners", sections, sockets.Listeners.read),
        unix=_part(missing, "unix", sections, unix.read_paths),
        processes=running,
        services=_part(missing, "units", sections, systemd.Units.read),
        pm2=_part(missing, "pm2", sections, pm2.read),
        proxy=_proxy(missing, sections, wish, running or {}),
        firewall=_part(missing, "firewall", sections, firewall.read_filter),
        env=_part(missing, "env", sections, env.read_files) if wish.all_env_files else {},
        sources=_part(missing, "application-files", sections, application.read_sources) if wish.sources else {},
        ssh_port=connection.read_port(sections.get("ssh", [])),
        addresses=_part(missing, "addresses", sections, addresses.HostAddresses.read),
        selinux=_part(missing, "selinux", sections, selinux.WebServers.read),
        sockets=_part(missing, "sockets", sections, sockets.EstablishedConnections.read),
        supervised=_part(missing, "supervisor", sections, supervisor.read_programs),
        capacity=_part(missing, "capacity", sections, capacity.read_capacity),
        logs=_part(missing, "logs", sections, logs.read_logs),
        transaction=wish.transactions.read("\n".join(sections.get("transactions", []))) if wish.transactions else None,
        missing=missing,
    )


def _proxy(
    missing: dict[str, str], sections: dict[str, list[str]], wish: Wish, running: dict[int, Process]
) -> ProxyState | None:
    """Read what the proxy's own program said."""
    program = _PROGRAMS[wish.proxy.kind]
    found: ProxyState | None = _part(missing, "proxy", sections, lambda lines: program.read(lines, running, wish.main))
    if missing.get("proxy") == _NOTHING:
        missing["proxy"] = f"{wish.proxy.word} is not installed on this host"
    return found


def _part(
    missing: dict[str, str], name: str, sections: dict[str, list[str]], reader: Callable[[list[str]], Any]
) -> Any:
    if name not in sections:
        missing[name] = "the host did not answer this part of the look"
        return None
    try:
        value = reader(sections[name])
    except (ValueError, KeyError, IndexError) as error:
        missing[name] = f"its answer could not be read: {error}"
        return None
    if value is None:
        missing[name] = _WHY_NONE.get(name, _NOTHING)
    return value


_NOTHING = "nothing was seen"
_WHY_NONE = {
    "files": "no file of the proxy's configuration is there",
    "firewall": "the packet filter may only be read as root",
    "logs": "no log of the proxy could be read",
    "supervisor": "supervisorctl gave no answer",
}


def _sections(output: str, nonce: str) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    name, whole = "", False
    # a journal may hold every other sign that Python takes for the end of a line
    for line in output.split("\n"):
        if not line.startswith(f"@{nonce} "):
            if current is not None:
                current.append(line)
            continue
        word = line.partition(" ")[2].partition(" ")[0]
        if word == "whole":
            whole = True
        if word == "end" and current == [""] and line.split()[2:] != ["0"]:
            del found[name]  # its command is missing or failed, and said nothing
        name = word
        current = None if word in {"end", "whole"} else found.setdefault(word, [])
    for lines in found.values():
        if lines and not lines[-1]:
            lines.pop()
    return found if whole else None


class Snapshot(Fact):
    """Everything at once: `pyinfra HOST fact wsfix.facts.look.Snapshot units=chat.service`."""

    def command(self, units: str = "", env_files: str = "", main: str = "", kind: str = "nginx") -> str:
        """Word the whole look for units and env files separated by blanks, and for a proxy of that kind."""
        proxy = Proxy.model_validate({"kind": kind})
        self.wish = Wish(
            main=main or proxy.main, proxy=proxy, units=tuple(units.split()), env_files=tuple(env_files.split())
        )
        self.nonce = secrets.token_hex(8)
        return script(self.wish, self.nonce)

    def process(self, output: Iterable[str]) -> Any:
        """Read the whole look into plain data."""
        return plain(read("", self.wish, self.nonce, "\n".join(output)))
