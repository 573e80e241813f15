"""An authority that speaks ACME (RFC 8555) on a host of the lab: Pebble, which Let's Encrypt made for tests, and its own DNS."""

from __future__ import annotations

import json
import shutil
import ssl
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from tests.lab import machine
from tests.lab.host import Host, until

CONFIG: Final = "/etc/pebble"
_PROGRAMS: Final = ("pebble", "pebble-challtestsrv")


def start(host: Host) -> None:
    """Start it on the host's loopback, and let certbot there order from it."""
    for program in _PROGRAMS:
        machine.need(program, "pebble")
        shutil.copy2(Path("/usr/bin") / program, host.root / "usr/local/bin")
    own = host.lab.authority.issue("localhost")
    asked = {
        "listenAddress": "127.0.0.1:14000",
        "managementListenAddress": "0.0.0.0:15000",
        "certificate": f"{CONFIG}/cert.pem",
        "privateKey": f"{CONFIG}/key.pem",
        "httpPort": 80,
        "tlsPort": 443,
    }
    host.write(f"{CONFIG}/cert.pem", own.fullchain)
    host.write(f"{CONFIG}/key.pem", own.key)
    host.write(f"{CONFIG}/pebble.json", json.dumps({"pebble": asked}))
    # beside certbot's own file, which its package brings
    host.write("/root/.config/letsencrypt/cli.ini", "server = https://127.0.0.1:14000/dir\nno-verify-ssl = true\n")
    names = f"-defaultIPv4 {host.card.address4} -defaultIPv6 '' -dns01 127.0.0.1:8053 -management 127.0.0.1:8055"
    nothing = " ".join(f"-{challenge} ''" for challenge in ("http01", "https01", "tlsalpn01"))
    host.sh(f"systemd-run -q --unit=pebble-dns /usr/local/bin/pebble-challtestsrv {names} {nothing}")
    host.sh(
        "systemd-run -q --unit=pebble --setenv=PEBBLE_VA_NOSLEEP=1 --setenv=PEBBLE_WFE_NONCEREJECT=0 "
        f"/usr/local/bin/pebble -config {CONFIG}/pebble.json -dnsserver 127.0.0.1:8053"
    )
    until(20, "the authority to listen", lambda: ":14000 " in host.sh("ss -Hlnt").stdout)


def root(host: Host) -> str:
    """Return the root of what it signs, which it makes anew at each start."""
    context = ssl.create_default_context(cafile=host.card.ca)
    context.check_hostname = False  # its own certificate is for localhost
    with urlopen(f"https://{host.card.address4}:15000/roots/0", context=context, timeout=5) as said:
        text: str = said.read().decode("ascii")
    return text
