"""The filters beside ufw, asked by the real shell; nft's own answers come from a real kernel and lie in nftables.Nftables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import firewall
from wsfix.model.inside import Firewall

HERE = Path(__file__).parent
ZONES = "\n".join(
    line.removeprefix("zone ")
    for line in json.loads((HERE / "firewalld.Firewalld/one-zone.json").read_text(encoding="utf-8"))["output"]
    if line.startswith("zone ")
)
RULES = "\n".join(
    json.loads((HERE / "nftables.Nftables/ports-and-networks.json").read_text(encoding="utf-8"))["output"][1:]
)
NO_FIREWALLD = {"firewall-cmd": "echo not running; exit 252"}


def ask(shell: HostShell, place: Path, programs: dict[str, str], uid: int = 0) -> Firewall | None:
    here = shell.with_programs(place / "programs", programs)
    moved = firewall.fragment().replace("$(id -u)", str(uid))
    for folder in ("/etc/ufw", "/etc/default/ufw", "/etc/firewalld", "/usr/lib/firewalld"):
        moved = moved.replace(folder, f"{place}{folder}")
    return firewall.read_filter(here.lines(moved))


def test_firewalld_is_read_with_the_ports_of_its_services(shell: HostShell, place: Path):
    write(place / "zones", ZONES)
    write(
        place / "usr/lib/firewalld/services/https.xml",
        '<?xml version="1.0"?>\n<service>\n  <port protocol="tcp" port="443"/><port protocol="udp" port="443"/>\n</service>\n',
    )
    write(place / "etc/firewalld/services/ssh.xml", '<service><port port="2222" protocol="tcp"/></service>\n')
    write(place / "usr/lib/firewalld/services/ssh.xml", '<service><port protocol="tcp" port="22"/></service>\n')
    asked = f'case $1 in --state) echo running ;; *) cat "{place}/zones" ;; esac'
    seen = ask(shell, place, {"firewall-cmd": asked})
    assert seen is not None
    told = {port: seen.verdict(port) for port in (22, 443, 2222, 8000, 9005, 9006)}
    assert told == {22: "reject", 443: "allow", 2222: "allow", 8000: "reject", 9005: "deny", 9006: "allow"}


def test_nftables_are_read_where_firewalld_does_not_run(shell: HostShell, place: Path):
    write(place / "rules", RULES)
    seen = ask(shell, place, NO_FIREWALLD | {"nft": f'cat "{place}/rules"'})
    assert seen is not None
    told = (seen.kind, {port: seen.verdict(port) for port in (443, 8000, 9005)})
    assert told == ("nftables", {443: "allow", 8000: "deny", 9005: "allow"})


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        ("-P INPUT ACCEPT", "none"),
        ("-P INPUT ACCEPT\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-reject-input", "none"),
        ("-P INPUT ACCEPT\n-A INPUT -j ufw-before-input\n-A INPUT -p tcp -j DROP", "iptables"),
        ("-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "iptables"),
    ],
)
def test_without_nft_the_old_tables_are_looked_at(shell: HostShell, place: Path, listed: str, kind: str):
    write(place / "listed", f"{listed}\n")
    bare = HostShell(shell.words, str(_without_nft(shell, place)), shell.extra, shell.user)
    seen = ask(bare, place, NO_FIREWALLD | {"iptables": f'cat "{place}/listed"', "ip6tables": "exit 1"})
    assert seen is not None
    assert kind == seen.kind


def _without_nft(shell: HostShell, place: Path) -> Path:
    """Return a folder with the shell's programs but nft."""
    folder = place / "bare"
    folder.mkdir()
    for where in reversed(shell.path.split(":")):
        for program in Path(where).glob("*"):
            if program.name in {"sh", "sed", "printf", "tr", "grep", "sort", "cat", "id", "awk", "mawk", "dash"}:
                (folder / program.name).unlink(missing_ok=True)
                (folder / program.name).symlink_to(program)
    return folder


def test_ufw_that_is_on_is_believed_alone(shell: HostShell, place: Path):
    write(place / "etc/ufw/ufw.conf", "ENABLED=yes\n")
    write(place / "etc/default/ufw", 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n')
    seen = ask(shell, place, {"firewall-cmd": "exit 9", "nft": "exit 9"})
    assert seen is not None
    assert (seen.kind, seen.active) == ("ufw", True)


def test_ufw_that_is_off_yields_to_the_filter_that_is_on(shell: HostShell, place: Path):
    write(place / "etc/ufw/ufw.conf", "ENABLED=no\n")
    write(place / "etc/default/ufw", 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n')
    write(place / "rules", RULES)
    assert [each.kind for each in (ask(shell, place, NO_FIREWALLD | {"nft": f'cat "{place}/rules"'}),) if each] == [
        "nftables"
    ]
    off = ask(shell, place, NO_FIREWALLD | {"nft": "echo '{\"nftables\": []}'"})
    assert off is not None
    assert (off.kind, off.active) == ("ufw", False)


def test_without_rights_nothing_is_judged(shell: HostShell, place: Path):
    assert ask(shell, place, NO_FIREWALLD, uid=1000) is None


def test_rules_of_nat_that_take_a_port_elsewhere_are_read_whatever_the_filter(shell: HostShell, place: Path):
    listed = (
        "-P PREROUTING ACCEPT\n"
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
        "-A PREROUTING -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 8443\n"
        "-A PREROUTING -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080\n"
        "-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080\n"
    )
    write(place / "nat", listed)
    asked = f'case "$*" in "-t nat "*) cat "{place}/nat" ;; *) echo "-P INPUT ACCEPT" ;; esac'
    seen = ask(shell, place, NO_FIREWALLD | {"nft": "exit 1", "iptables": asked, "ip6tables": "exit 1"})
    assert seen is not None
    assert [(one.port, one.to, one.text.partition(" ")[0]) for one in seen.diversions] == [
        (443, "8443", "2"),
        (80, "10.0.0.5:8080", "4"),
    ]
