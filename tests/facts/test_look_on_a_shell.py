"""The whole look: one script, its sections in order, and nothing concluded from what did not arrive."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.errors import LookFailed, NotObserved
from wsfix.facts import look
from wsfix.facts.wish import Transactions, Wish
from wsfix.model.inside import Inside, OpenTransaction
from wsfix.model.site import Site

NONCE = "0123456789abcdef"
CANARY = "canary-7f3a9c-value"
CONF = "pid /tmp/none.pid;\nerror_log stderr;\nevents {}\nhttp { access_log off; }\n"


@pytest.fixture
def wish(place: Path) -> Wish:
    write(place / "etc/nginx/nginx.conf", CONF)
    write(place / "with space/chat.env", f"LOG_LEVEL=info\nTOKEN={CANARY}\n")
    env_files = (str(place / "with space/chat.env"), str(place / "none.env"))
    return Wish(str(place / "etc/nginx/nginx.conf"), ("chat.service",), env_files, ("LOG_LEVEL",), ("TOKEN",))


def looked(shell: HostShell, wish: Wish) -> tuple[str, Inside]:
    done = shell.run(look.script(wish, NONCE))
    output = done.stdout.decode("utf-8", "surrogateescape")
    assert (done.returncode, done.stderr) == (0, b"")
    return output, look.read("web1", wish, NONCE, output)


def test_a_look_sees_this_machine(shell: HostShell, wish: Wish):
    output, inside = looked(shell, wish)
    assert {wish.main: CONF.encode()} == {
        path: each.content for path, each in (inside.files or {}).items() if path == wish.main
    }
    assert (inside.clock > 1e9, inside.salt) == (True, wish.salt)
    assert inside.listeners is not None
    assert inside.processes is not None
    assert CANARY not in output


def test_a_look_reads_env_files_by_digest(shell: HostShell, wish: Wish):
    _, inside = looked(shell, wish)
    there, absent = (inside.known("env", inside.env)[path] for path in wish.env_files)
    assert (there.exists, absent.exists) == (True, False)
    lines = [there.last("LOG_LEVEL"), there.last("TOKEN")]
    assert [("info", inside.digest("info")), (None, inside.digest(CANARY))] == [(x.value, x.digest) for x in lines if x]


def test_a_look_at_a_bare_host_knows_what_it_does_not_know(shell: HostShell, place: Path):
    wish = Wish(str(place / "none/nginx.conf"), extra=())
    bare = shell.with_programs(place / "bare", {"ss": "exit 1", "systemctl": "exit 1", "journalctl": "exit 1"})
    _, inside = looked(bare, wish)
    for what, value in (("files", inside.files), ("listeners", inside.listeners)):
        with pytest.raises(NotObserved, match=f"{what} was not seen"):
            inside.known(what, value)
    assert inside.services == {}


def test_a_look_without_root_says_so(shell: HostShell, wish: Wish):
    _, inside = looked(shell.unprivileged(), wish)
    assert "_sudo" in inside.missing["root"]
    with pytest.raises(NotObserved, match="_sudo"):
        inside.known("firewall of nobody", None)


def test_a_look_that_is_cut_anywhere_is_refused(wish: Wish):
    output, _ = looked(HostShell(("/bin/sh",), os.defpath + ":/usr/sbin"), wish)
    whole = output.rindex(f"@{NONCE} whole")
    for end in range(0, whole, max(1, whole // 60)):
        with pytest.raises(LookFailed, match="cut off"):
            look.read("web1", wish, NONCE, output[:end])


def said(**sections: str) -> str:
    parts = [f"@{NONCE} {name}\n{text}\n@{NONCE} end 0\n" for name, text in sections.items()]
    return "".join([*parts, f"@{NONCE} whole\n"])


def test_a_section_that_did_not_come_is_missing_and_not_empty():
    inside = look.read("web1", Wish(), NONCE, said(host="uid 0"))
    seen = (inside.files, inside.listeners, inside.processes, inside.services, inside.proxy, inside.firewall)
    assert seen == (None,) * 6
    assert {"files", "listeners", "processes", "units", "proxy", "firewall"} <= set(inside.missing)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("files", "no base64!"),
        ("processes", "pid 1"),
        ("processes", "clock now up then tick often"),
        ("env", "file x\ndigest y"),
        ("env", "line 1"),
        ("env", "unreadable"),
        ("sockets", "\udcff \udcff"),
    ],
)
def test_a_section_that_makes_no_sense_is_no_traceback(name: str, text: str):
    wish = Wish(env_files=("x",))
    assert isinstance(look.read("web1", wish, NONCE, said(host="uid 0", **{name: text})), Inside)


@pytest.mark.parametrize("sign", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_sign_in_a_journal_begins_a_line(sign: str):
    text = f"unit chat.service\nLoadState loaded\nActiveState active\nlog hello{sign}@{NONCE[:4]} x{sign}ActiveState failed"
    inside = look.read("web1", Wish(), NONCE, said(units=text))
    assert inside.services is not None
    assert (inside.services["chat.service"].active, len(inside.services["chat.service"].log)) == ("active", 1)


def test_a_mark_of_another_look_ends_nothing():
    text = f"unit chat.service\nLoadState loaded\nlog @{NONCE[::-1]} whole\nlog  @{NONCE} end\nActiveState active"
    inside = look.read("web1", Wish(), NONCE, said(units=text))
    assert inside.services is not None
    assert inside.services["chat.service"].active == "active"


def test_a_command_that_failed_and_said_nothing_is_missing():
    output = f"@{NONCE} listeners\n\n@{NONCE} end 127\n@{NONCE} sockets\n\n@{NONCE} end 0\n@{NONCE} whole\n"
    inside = look.read("web1", Wish(), NONCE, output)
    assert (inside.listeners, inside.sockets) == (None, {})


def test_the_open_transaction_is_asked_and_read_by_its_owner():
    opened = OpenTransaction("t1", "ops@here", 1.0, "open")
    wish = Wish(transactions=Transactions("echo t1", lambda text: opened if text == "t1" else None))
    assert opened == look.read("web1", wish, NONCE, said(transactions="t1")).transaction
    assert "echo t1" in look.script(wish, NONCE)


def test_the_wish_of_several_sites_is_joined():
    one = {
        "name": "a",
        "url": "wss://a.example/ws",
        "service": {"name": "chat"},
        "env": {"file": "/e", "origins_key": "O"},
    }
    two = {"name": "b", "url": "wss://b.example/ws", "service": {"name": "chat"},
           "env": {"file": "/e", "values": {"LOG": "x", "TOKEN": {"from_env": "T"}}}}  # fmt: skip
    wish = Wish.of([Site.model_validate(one), Site.model_validate(two)])
    assert (wish.units, wish.env_files, wish.public, wish.keys) == (
        ("chat.service",),
        ("/e",),
        ("LOG", "O"),
        ("LOG", "TOKEN", "O"),
    )


def test_behind_apache_its_program_its_unit_and_its_folder_are_looked_at(shell: HostShell, place: Path):
    site = Site.model_validate({"name": "a", "url": "wss://a.example/ws", "proxy": {"kind": "apache"}})
    wish = Wish.of([site])
    assert (wish.main, wish.all_units) == ("/etc/apache2/apache2.conf", ("apache2.service",))
    none = look.script(wish, NONCE).replace("/usr/sbin/apache2", "/no/apache2")
    output = shell.run(none).stdout.decode("utf-8", "surrogateescape")
    assert "Apache is not installed" in look.read("web1", wish, NONCE, output).missing["proxy"]


def test_the_fact_for_pyinfra_is_the_same_look(shell: HostShell, wish: Wish):
    fact = look.Snapshot()
    lines = shell.lines(fact.command(units="chat.service", main=wish.main))
    seen = fact.process(lines)
    assert wish.main in seen["files"]
