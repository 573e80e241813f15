"""ufw's own files, read by the real shell from a tree as Debian has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import ufw
from wsfix.model.inside import Firewall

RULES = """*filter
### RULES ###

### tuple ### allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 443 -j ACCEPT

### tuple ### deny tcp 8000 0.0.0.0/0 any 0.0.0.0/0 in comment=69742773
-A ufw-user-input -p tcp --dport 8000 -j DROP
"""
DEFAULTS = 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\nIPT_MODULES=""\n'


def ask(shell: HostShell, place: Path) -> Firewall | None:
    folder = place / "etc/ufw"
    script = ufw.fragment().replace("/etc/default/ufw", str(place / "etc/default/ufw")).replace("/etc/ufw", str(folder))
    return ufw.read_filter(shell.lines(script))


@pytest.fixture
def host(place: Path) -> Path:
    write(place / "etc/ufw/ufw.conf", "# /etc/ufw/ufw.conf\nENABLED=yes\nLOGLEVEL=low\n")
    write(place / "etc/ufw/user.rules", RULES)
    write(place / "etc/ufw/user6.rules", RULES.replace("0.0.0.0/0", "::/0").replace("allow tcp 443", "deny tcp 443"))
    write(place / "etc/default/ufw", DEFAULTS)
    return place


@pytest.mark.parametrize(
    ("port", "family", "verdict"),
    [(443, "v4", "allow"), (443, "v6", "deny"), (8000, "v4", "deny"), (8000, "v6", "deny"), (22, "v4", "deny")],
)
def test_a_port_is_judged_as_the_rules_say(shell: HostShell, host: Path, port: int, family: str, verdict: str):
    seen = ask(shell, host)
    assert seen is not None
    assert verdict == seen.verdict(port, family)


def test_a_filter_that_is_off_lets_everything_in(shell: HostShell, host: Path):
    write(host / "etc/ufw/ufw.conf", "ENABLED=no\n")
    seen = ask(shell, host)
    assert seen is not None
    assert (seen.active, seen.verdict(8000)) == (False, "allow")


def test_without_ipv6_the_old_rules_say_it_all(shell: HostShell, host: Path):
    write(host / "etc/default/ufw", DEFAULTS.replace("IPV6=yes", "IPV6=no"))
    seen = ask(shell, host)
    assert seen is not None
    assert (seen.verdict(443, "v6"), seen.verdict(22, "v6")) == ("allow", "deny")


@pytest.mark.parametrize(
    ("policy", "verdict"), [("ACCEPT", "allow"), ("REJECT", "reject"), ("DROP", "deny"), ("", "deny")]
)
def test_the_default_is_that_of_the_defaults(shell: HostShell, host: Path, policy: str, verdict: str):
    write(host / "etc/default/ufw", DEFAULTS.replace("DROP", policy))
    seen = ask(shell, host)
    assert seen is not None
    assert verdict == seen.verdict(22)


def test_without_rules_there_are_none(shell: HostShell, host: Path):
    for name in ("user.rules", "user6.rules"):
        (host / "etc/ufw" / name).unlink()
    seen = ask(shell, host)
    assert seen is not None
    assert (seen.rules, seen.verdict(443)) == ((), "deny")


def test_what_may_not_be_read_is_not_judged(shell: HostShell, host: Path):
    (host / "etc/ufw").chmod(0)
    try:
        assert ask(shell.unprivileged(), host) is None
    finally:
        (host / "etc/ufw").chmod(0o755)
