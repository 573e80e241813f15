"""The lab's network: one bridge, and for each host a namespace with private addresses that collide with nothing here."""

from __future__ import annotations

import ipaddress
import json
import secrets
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from tests.lab import machine, wayout

PREFIX: Final = "wsfl"  # every bridge, cable and namespace of a lab begins with it; 15 letters is the kernel's limit
NAMESPACES: Final = Path("/run/netns")


@dataclass(frozen=True)
class Network:
    """One lab's private network, named after the lab."""

    lab: str
    subnet4: str
    subnet6: str

    @property
    def bridge(self) -> str:
        """The bridge on the control machine that all cables of the lab end in."""
        return f"{PREFIX}-{self.lab}"

    def namespace(self, host: str) -> str:
        """The network namespace of a host."""
        return f"{PREFIX}-{self.lab}-{host}"

    def address4(self, number: int) -> str:
        """The IPv4 address of the host with this number; 1 is the control machine."""
        return str(ipaddress.IPv4Network(self.subnet4)[number])

    def address6(self, number: int) -> str:
        """The IPv6 address of the host with this number; 1 is the control machine."""
        return str(ipaddress.IPv6Network(self.subnet6)[number])

    def open(self) -> None:
        """Make the bridge, with the control machine's own addresses on it."""
        _ip(
            f"link add {self.bridge} type bridge stp_state 0 forward_delay 0",
            f"address add {self.address4(1)}/24 dev {self.bridge}",
            f"address add {self.address6(1)}/64 dev {self.bridge} nodad",
            f"link set {self.bridge} up",
        )

    def attach(self, host: str, number: int, *, outward: bool = False) -> None:
        """Give a host its namespace, its cable to the bridge and its two addresses, and perhaps the way out."""
        self.detach(host, number)
        namespace, outside = self.namespace(host), self._cable(number)
        _ip(f"netns add {namespace}")
        _ip(
            f"link add {outside} type veth peer name eth0 address {_hardware(number)} netns {namespace}",
            f"link set {outside} master {self.bridge} up",
        )
        _ip(
            "link set lo up",
            f"address add {self.address4(number)}/24 dev eth0",
            f"address add {self.address6(number)}/64 dev eth0 nodad",
            "link set eth0 up",
            *((f"route add default via {self.address4(1)}",) if outward else ()),
            namespace=namespace,
        )
        if outward:
            wayout.open_way_out(self.bridge, self.subnet4)

    def detach(self, host: str, number: int) -> None:
        """Take a host's namespace and cable away, if they are there; its processes must have ended."""
        if Path("/sys/class/net", self._cable(number)).exists():  # first: a namespace takes its time to let go of it
            machine.run("ip", "link", "delete", self._cable(number), check=False)
        if NAMESPACES.joinpath(self.namespace(host)).exists():
            machine.run("ip", "netns", "delete", self.namespace(host))

    def close(self) -> None:
        """Take away everything that bears this lab's name."""
        wayout.close_way_out(self.bridge)
        for namespace in NAMESPACES.glob(f"{PREFIX}-{self.lab}-*"):
            machine.run("ip", "netns", "delete", namespace.name)
        for link in Path("/sys/class/net").glob(f"{PREFIX}*"):
            if link.name == self.bridge or link.name.startswith(f"{PREFIX}{self.lab}n"):
                machine.run("ip", "link", "delete", link.name, check=False)

    def _cable(self, number: int) -> str:
        return f"{PREFIX}{self.lab}n{number}"


def choose(lab: str) -> Network:
    """Pick private subnets that no route of this machine overlaps."""
    taken = _routes()
    candidates = product(range(192, 255), range(256))
    numbers = list(candidates)
    secrets.SystemRandom().shuffle(numbers)
    for high, low in numbers:
        subnet4 = ipaddress.ip_network(f"10.{high}.{low}.0/24")
        subnet6 = ipaddress.ip_network(f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}:1::/64")
        if not any(route.overlaps(subnet4) for route in taken if isinstance(route, ipaddress.IPv4Network)) and not any(
            route.overlaps(subnet6) for route in taken if isinstance(route, ipaddress.IPv6Network)
        ):
            return Network(lab, str(subnet4), str(subnet6))
    raise machine.LabError("no free private subnet in 10.192.0.0/10; remove a route or an old bridge (`ip route`)")


def _hardware(number: int) -> str:
    """The same hardware address at each start, so that neighbours need not forget the former one."""
    return f"02:00:00:00:00:{number:02x}"


def _routes() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    said = [json.loads(machine.run("ip", "-j", family, "route").stdout or "[]") for family in ("-4", "-6")]
    return [
        ipaddress.ip_network(route["dst"], strict=False) for each in said for route in each if route["dst"] != "default"
    ]


def _ip(*lines: str, namespace: str | None = None) -> None:
    """Run several `ip` commands in one process; one start costs more than all of them."""
    within = ("-n", namespace) if namespace else ()
    machine.run("ip", *within, "-batch", "-", stdin="\n".join(lines) + "\n")
