"""Builds an observation from a case's few words; whatever a case does not mention is as on a healthy host."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults import (
    afterwards,
    apache_host,
    application_host,
    caddy_host,
    certificate_host,
    haproxy_host,
    pm2_host,
    room_host,
)
from tests.faults.talking import talked
from wsfix.model.firewall import Diversion
from wsfix.model.hop import Hop
from wsfix.model.inside import (
    EnvFile,
    EnvLine,
    FileSeen,
    Firewall,
    Inside,
    Listener,
    Process,
    ProxyState,
    Rule,
    SeLinux,
    UnixSocket,
)
from wsfix.model.observation import Observation
from wsfix.model.page import Page
from wsfix.model.parts import Proxy
from wsfix.model.site import Site
from wsfix.model.walk import Certificate, Connection, Failure, Handshake, Place, Reply, Walk

HERE = Path(__file__).parent
HEALTHY = (HERE / "healthy.conf").read_text(encoding="utf-8")
SITE_FILE = "/etc/nginx/sites-available/chat.conf"
MAIN = """user www-data;
events { worker_connections 768; }
http {
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/sites-enabled/*;
}
"""
MAP = "map $http_upgrade $connection_upgrade {\n    default '';\n    ~*^websocket$ upgrade;\n}\n"
SALT = "salt"
LOADED = 1000.0
"""When the workers of every case started."""

KINDS = {"apache": "apache", "caddy": "caddy", "haproxy": "haproxy", "proxy": "caddy"}
"""The proxy of a fault's cases, by the first word of its name."""

SITE: dict[str, Any] = {
    "name": "chat",
    "url": "wss://chat.example.com/api/chat/ws/{user}",
    "origins": ["https://chat.example.com"],
    "backend": {"framework": "fastapi", "port": 8000},
    "service": {"name": "chat"},
    "env": {"file": "/etc/chat/chat.env", "origins_key": "CORS_ORIGINS"},
    "firewall": {"open": [80, 443], "closed": [8000]},
    "idle_seconds": 3600,
}


def observation(case: Path) -> Observation:
    """Read `case.json` and build what wsfix would have seen."""
    said = json.loads((case / "case.json").read_text(encoding="utf-8"))
    laid = certificate_host.lay(said)
    said = certificate_host.told(said, laid)
    said["files"] = laid.files | said.get("files", {})
    kind = KINDS.get(case.parent.name.partition("-")[0], "nginx")
    site = Site.model_validate(_merged({**SITE, "proxy": {"kind": kind}}, said.get("site", {})))
    conf = case / "chat.conf"
    healthy = {
        "apache": apache_host.HEALTHY,
        "caddy": caddy_host.HEALTHY,
        "haproxy": haproxy_host.HEALTHY,
    }.get(site.proxy.kind, HEALTHY)
    text = conf.read_text(encoding="utf-8") if conf.exists() else healthy
    inside = None if said.get("inside") is False else replace(_inside(said, text, site), keys=laid.keys)
    walks = {place: _walk(place, site, said[place.name.lower()]) for place in Place if place.name.lower() in said}
    return Observation(
        site,
        outside=walks.get(Place.OUTSIDE, _walk(Place.OUTSIDE, site, "sound")),
        proxy=walks.get(Place.PROXY),
        backend=walks.get(Place.BACKEND),
        page=Page("https://chat.example.com/", 200, tuple((where, policy) for where, policy in said["page"]))
        if "page" in said
        else None,
        closed_ports=tuple(Connection("192.0.2.1", port, 0.01) for port in said.get("reached", [])),
        inside=inside,
        silences=afterwards.silences(said),
        delivery=afterwards.delivery(said),
        wanted={tuple(key.split("|", 1)): value for key, value in said.get("wanted", {}).items()},  # type: ignore[misc]
    )


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in more.items():
        held = found.get(key)
        found[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return {key: value for key, value in found.items() if value is not None}


def _walk(place: Place, site: Site, said: str | dict[str, Any]) -> Walk:
    if said == "sound":
        return Walk(place, site.path, handshake=Handshake("https://chat.example.com", accepted=True, proved=True))
    assert isinstance(said, dict)
    certificate = Certificate(**_certificate(said["certificate"])) if "certificate" in said else None
    failure = Failure(said["failure"]) if "failure" in said else None
    reply = None
    if "status" in said:
        headers = tuple((key, value) for key, value in said.get("headers", {}).items())
        reply = Reply(said["status"], said.get("reason", ""), headers, said.get("body", "").encode())
    connections = ()
    if failure is not None and said.get("wall") in {"TCP", "BACKEND"}:
        connections = (Connection("192.0.2.1", site.port, 5.0, failure, said.get("says", failure.value)),)
    connections = tuple(_connection(site, *tried) for tried in said.get("tried", [])) or connections
    proved = said.get("proved", False)
    walk = Walk(
        place,
        site.path,
        addresses=tuple(said.get("addresses", ["192.0.2.1"])),
        connections=connections,
        certificate=certificate,
        handshake=Handshake("https://chat.example.com", reply, accepted=proved, proved=proved, failure=failure),
        plain=_plain(said.get("plain", ""), reply),
        wall=Hop[said.get("wall", "PROXY")],
        reason=said.get("says", failure.value if failure else ""),
    )
    return talked(walk, said)


_OTHER = Reply(200, "OK", (("content-type", "text/html"),), b"<h1>Chat</h1>")
"""What a plain request gets where the handshake alone is refused."""


def _connection(site: Site, address: str, failure: str | None = None) -> Connection:
    return Connection(address, site.port, 0.01, Failure(failure) if failure else None, failure or "")


def _listening(said: dict[str, Any]) -> list[tuple[str, int, int]]:
    """What listens on a healthy host, or on one whose proxy is down."""
    down = any(said.get(proxy, {}).get("down") for proxy in ("nginx", "apache"))
    proxy = [] if down else [("0.0.0.0", 443, 1), ("0.0.0.0", 80, 1)]
    return [*proxy, ("127.0.0.1", 8000, 20)]


def _plain(said: str | dict[str, Any], reply: Reply | None) -> Reply | None:
    if isinstance(said, dict):
        return Reply(said["status"], "", (), said.get("body", "").encode())
    return {"same": reply, "other": _OTHER}.get(said)


def _certificate(said: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        "subject": "CN=chat.example.com",
        "issuer": "CN=Lab Intermediate",
        "names": ("chat.example.com",),
        "not_before": 0.0,
        "not_after": 2000.0,
        "sha256": "00",
        "chain_length": 2,
        "verify_code": 0,
    }
    return {**defaults, **said, "names": tuple(said.get("names", defaults["names"]))}


def _inside(said: dict[str, Any], text: str, site: Site) -> Inside:
    proxy = site.proxy
    unit_of_backend = site.service.unit if site.service else "chat.service"
    disk, links = _disk(said, text, proxy)
    edited = said.get("edited", {})
    files = {
        path: FileSeen(path, _bytes(content), 0o644, "root", "root", edited.get(path, 500.0), _sha(_bytes(content)))
        for path, content in disk.items()
        if content is not None
    }
    return Inside(
        host="web1",
        clock=1500.0,
        salt=SALT,
        files=files,
        links=links,
        linked={path: edited.get(path, 500.0) for path in links},
        listeners=tuple(
            Listener(address, port, (pid,)) for address, port, pid in said.get("listeners", _listening(said))
        ),
        unix={path: UnixSocket(path, **held) for path, held in said.get("unix", {}).items()},
        processes={20: _process(said, unit_of_backend), **application_host.others(said)},
        services={
            unit: room_host.unit({**_unit(unit), **said.get("units", {}).get(unit, {})})
            for unit in dict.fromkeys((unit_of_backend, proxy.unit, *said.get("units", {})))
        },
        pm2=pm2_host.seen(said.get("pm2"), site, _digests(said), _salted),
        proxy=_program(said, proxy),
        firewall=_firewall(said.get("firewall", {})),
        env={
            "/etc/chat/chat.env": EnvFile(
                "/etc/chat/chat.env", True, _env_lines(said), "11", modified=said.get("env_modified", 0.0)
            ),
            **application_host.page_env(said, _salted),
        },
        sources=application_host.sources(said),
        ssh_port=said.get("ssh_port", 22),
        addresses=frozenset(said.get("host_addresses", ["127.0.0.1", "::1", "192.0.2.1"])),
        selinux=SeLinux(**said.get("selinux", {"enforcing": False})),
        sockets=room_host.sockets(said, quiet=proxy.kind == "caddy"),
        capacity=room_host.capacity(said),
        logs=room_host.logs(said, site),
        supervised=room_host.supervised(said),
    )


def _process(said: dict[str, Any], unit: str) -> Process:
    return Process(
        **{
            "pid": 20,
            "name": "uvicorn",
            "command": "uvicorn server:app",
            "cwd": "/opt/chat",
            "exe": "",
            "user": "chat",
            "unit": unit,
            "started": 900.0,
            **said.get("process", {}),
            "libraries": frozenset(said["libraries"]) if "libraries" in said else None,
        },
        env_digests=_digests(said),
    )


def _disk(said: dict[str, Any], text: str, proxy: Proxy) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the files and links of the proxy's folder, as the case lays them over a healthy host's."""
    if proxy.kind == "caddy":
        files, links = caddy_host.files(text), {}
    elif proxy.kind == "apache":
        files, links = apache_host.files(text), apache_host.links(said.get("apache", {}))
    elif proxy.kind == "haproxy":
        files, links = {haproxy_host.MAIN: text}, {}
    else:
        files = {"/etc/nginx/nginx.conf": MAIN, "/etc/nginx/conf.d/map.conf": MAP, SITE_FILE: text}
        links = {"/etc/nginx/sites-enabled/chat.conf": SITE_FILE}
    laid = links | said.get("links", {})
    return files | said.get("files", {}), {path: target for path, target in laid.items() if target is not None}


def _bytes(text: str) -> bytes:
    return text.encode()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _salted(value: str) -> str:
    return hashlib.sha256(f"{SALT}{value}".encode()).hexdigest()


def _unit(unit: str) -> dict[str, Any]:
    return {
        "unit": unit,
        "load": "loaded",
        "active": "active",
        "sub": "running",
        "result": "success",
        "enabled": "enabled",
        "restarts": 0,
        "main_pid": {"chat.service": 20, "pm2-root.service": 10}.get(unit, 1),
        "command": "/opt/chat/venv/bin/uvicorn server:app --port 8000",
        "restart_policy": "on-failure",
        "fragment": f"/etc/systemd/system/{unit}",
        "environment_files": ("/etc/chat/chat.env",),
    }


def _program(said: dict[str, Any], proxy: Proxy) -> ProxyState:
    if proxy.kind == "caddy":
        return caddy_host.program(said.get("caddy", {}), LOADED)
    if proxy.kind == "apache":
        return apache_host.program(said.get("apache", {}), LOADED)
    if proxy.kind == "haproxy":
        return haproxy_host.program(said.get("haproxy", {}), LOADED)
    return _proxy(said.get("nginx", {}))


def _proxy(said: dict[str, Any]) -> ProxyState:
    master = Process(1, "nginx", "nginx: master process", "/", "", "root", "nginx.service", 900.0)
    return ProxyState(
        kind="nginx",
        version=said.get("version", "1.22.1"),
        config_path="/etc/nginx/nginx.conf",
        test_passed=said.get("test_passed", True),
        test_output=said.get("says", ""),
        master=None if said.get("down") else master,
        newest_worker=None if said.get("down") else said.get("loaded", LOADED),
        old_workers=said.get("old_workers", 0),
    )


def _firewall(said: dict[str, Any]) -> Firewall:
    words = (
        "1 -p tcp -m tcp --dport {port} -j DROP" if said.get("kind") == "iptables" else "{action} tcp {port} {source}"
    )
    rules = tuple(
        Rule(
            *(action, frozenset([port]), "tcp", source, family),
            words.format(action=action, port=port, source=source).removesuffix(" any"),
        )
        for action, port, source in (
            [*rule, "any"][:3] for rule in said.get("rules", [["allow", 22], ["allow", 80], ["allow", 443]])
        )
        for family in ("v4", "v6")
    )
    beside = tuple(map(_firewall, said.get("beside", [])))
    diverted = tuple(
        Diversion(port, to, family, f"1 -p tcp -m tcp --dport {port} -j REDIRECT --to-ports {to}")
        for port, to, family in said.get("diverts", [])
    )
    return Firewall(
        said.get("kind", "ufw"),
        said.get("active", True),
        said.get("default", "deny"),
        rules,
        beside=beside,
        diversions=diverted,
    )


def _env(said: dict[str, Any]) -> dict[str, str]:
    return said.get("env", {"PORT": "8000", "CORS_ORIGINS": "https://chat.example.com"})


def _env_lines(said: dict[str, Any]) -> tuple[EnvLine, ...]:
    shown = {"CORS_ORIGINS", "LOG_LEVEL", "ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS", "ALLOWED_ORIGINS"}
    return tuple(
        EnvLine(number, key, _salted(value), value if key in shown else None)
        for number, (key, value) in enumerate(_env(said).items(), start=1)
    )


def _digests(said: dict[str, Any]) -> dict[str, str]:
    return {
        key: _salted(value) for key, value in {**_env(said), **said.get("environment", {})}.items() if value is not None
    }
