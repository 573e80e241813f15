"""A host with Apache as Debian lays it out: its files, its links, and what its program says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wsfix.model.inside import Process, ProxyState

HEALTHY = (Path(__file__).parent / "healthy-apache.conf").read_text(encoding="utf-8")
SITE_FILE = "/etc/apache2/sites-available/chat.conf"
MAIN = """DefaultRuntimeDir ${APACHE_RUN_DIR}
Timeout 300
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
<Directory /var/www/>
    Require all granted
</Directory>
IncludeOptional sites-enabled/*.conf
"""
PORTS = "Listen 80\n<IfModule ssl_module>\n    Listen 443\n</IfModule>\n"
ENVVARS = "export APACHE_RUN_DIR=/var/run/apache2$SUFFIX\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n"
READY = {
    "proxy": "",
    "proxy_http": "proxy",
    "proxy_wstunnel": "proxy",
    "rewrite": "",
    "headers": "",
    "ssl": "mime socache_shmcb",
    "socache_shmcb": "",
    "mime": "",
    "dir": "",
    "alias": "",
    "authz_core": "",
}
"""Module → those that it depends on."""
WITH_CONF = ("proxy", "ssl", "mime", "dir")
ENABLED = ("alias", "authz_core", "dir", "mime", "proxy", "proxy_http", "rewrite", "socache_shmcb", "ssl")
STATIC = ("core", "so", "http", "log_config", "logio", "version", "unixd", "mpm_event")


def files(text: str) -> dict[str, str]:
    """Return path → text of everything below /etc/apache2; `text` is the site's file."""
    tree = "/etc/apache2"
    loads = {f"{tree}/mods-available/{name}.load": _load(name, needs) for name, needs in READY.items()}
    confs = {f"{tree}/mods-available/{name}.conf": f"# {name}\n" for name in WITH_CONF}
    own = {f"{tree}/apache2.conf": MAIN, f"{tree}/ports.conf": PORTS, f"{tree}/envvars": ENVVARS, SITE_FILE: text}
    return {**own, **loads, **confs}


def _load(name: str, needs: str) -> str:
    head = f"# Depends: {needs}\n" if needs else ""
    return f"{head}LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"


def links(said: dict[str, Any]) -> dict[str, str]:
    """Return link → target of what is enabled; a case names in `missing` the modules that are not."""
    found = {"/etc/apache2/sites-enabled/chat.conf": "../sites-available/chat.conf"}
    for name in _enabled(said):
        for suffix in ("load", *(["conf"] if name in WITH_CONF else [])):
            found[f"/etc/apache2/mods-enabled/{name}.{suffix}"] = f"../mods-available/{name}.{suffix}"
    return found


def _enabled(said: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in (*ENABLED, *said.get("enabled", [])) if name not in said.get("missing", []))


def program(said: dict[str, Any], loaded: float) -> ProxyState:
    """Return what Apache's program says; a test that fails lists no modules."""
    master = Process(1, "apache2", "/usr/sbin/apache2 -k start", "/", "", "root", "apache2.service", 900.0)
    passed = said.get("test_passed", True)
    return ProxyState(
        kind="apache",
        version=said.get("version", "2.4.71"),
        config_path="/etc/apache2/apache2.conf",
        test_passed=passed,
        test_output=said.get("says", ""),
        master=None if said.get("down") else master,
        newest_worker=None if said.get("down") else loaded,
        modules=(*STATIC, *_enabled(said)) if passed else (),
    )
