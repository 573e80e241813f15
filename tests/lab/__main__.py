"""The person's door to the lab: `python -m tests.lab up`, then break a host and look."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from typing import cast, get_args

from tests.lab import machine, state
from tests.lab.breaks import break_host, breaks, fingerprint
from tests.lab.furnish import Login, Variant
from tests.lab.host import Host
from tests.lab.image import RELEASES, Release, ensure_all
from tests.lab.laboratory import Lab, sweep
from tests.lab.machine import LabError
from tests.lab.systems import SYSTEMS


def main(words: list[str] | None = None) -> int:
    """Do what was asked; a failure is one sentence and exit code 1."""
    asked = _parser().parse_args(words)
    try:
        asked.do(asked)
    except LabError as failure:
        machine.say(str(failure))
        return 1
    return 0


def up(asked: argparse.Namespace) -> None:
    """Start the hosts that are asked for and do not run yet."""
    reason = machine.reason_unavailable()
    if reason:
        raise LabError(f"the lab can't run here: {reason}")
    name = state.kept_lab()
    wanted = dict(_wanted(word, asked) for word in asked.hosts)
    lab = Lab.load(name) if name else Lab.create()
    try:
        for host, variant in wanted.items():
            if host not in lab.hosts:
                lab.start(host, variant)
            elif not lab.hosts[host].running:
                lab.hosts[host].reset(variant)
    except BaseException:
        if name is None:
            lab.close()
        raise
    lab.keep()
    status(asked)


def build(_: argparse.Namespace) -> None:
    """Build the images that are missing; where the lab can't run, say why and leave it at that."""
    reason = machine.reason_unavailable()
    if reason:
        machine.say(f"no images are built: {reason}")
        return
    machine.prepare()
    ensure_all()


def status(_: argparse.Namespace) -> None:
    """Print how to reach each running host."""
    cards = state.running_hosts()
    if not cards:
        print("no host runs; `python -m tests.lab up` starts two")
    for card in cards:
        print(f"{card.name}  Debian {card.release}  {card.address4}  {card.address6}  {_serves(card)}")
        print(
            f"  ssh -i {card.key} -o UserKnownHostsFile={card.known_hosts} -p {card.ssh_port} {card.user}@{card.address4}"
        )


def shell(asked: argparse.Namespace) -> None:
    """Open a root shell on a host, or run one command there."""
    host = _running(asked.host)
    inside = ["nsenter", "-t", str(host.leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"]
    clean = ["/usr/bin/env", "-i", f"TERM={os.environ.get('TERM', 'dumb')}", "HOME=/root", "/bin/bash", "-l"]
    os.execvp("nsenter", [*inside, *clean, *(["-c", " ".join(asked.command)] if asked.command else [])])


def break_one(asked: argparse.Namespace) -> None:
    """Break a host, and print what a client sees now."""
    host = _running(asked.host)
    chosen = break_host(host, asked.name)
    seen = fingerprint(host, chosen)
    print(f"{host.name}: {chosen.name}. {chosen.says}")
    print(
        f"a client at {host.card.site}{chosen.path} now gets: {seen.word} {seen.body[:60]!r} (expected: {chosen.shows})"
    )


def list_breaks(_: argparse.Namespace) -> None:
    """Print the names of all breaks."""
    for system in SYSTEMS:
        for chosen in breaks(system).values():
            print(f"{system:9} {chosen.name:34} {chosen.shows:16} {chosen.says}")


def reset(asked: argparse.Namespace) -> None:
    """Make a host fresh again."""
    _running(asked.host).reset()
    print(f"{asked.host} is fresh again")


def down(_: argparse.Namespace) -> None:
    """Stop all hosts of the kept lab, and clear away what earlier runs left behind."""
    name = state.kept_lab()
    if name:
        Lab.load(name).close()
    with state.locked():
        sweep()
    print("no host runs any more")


def _serves(card: state.HostCard) -> str:
    if card.system is None:
        return "blank"
    return f"{'https' if SYSTEMS[card.system].tls else 'http'}://{card.site}/"


def _running(name: str) -> Host:
    lab = state.kept_lab()
    host = Lab.load(lab).hosts.get(name) if lab else None
    if host is None:
        raise LabError(f"no host {name} runs; `python -m tests.lab status` lists those that do")
    return host


def _wanted(word: str, asked: argparse.Namespace) -> tuple[str, Variant]:
    """Read debian12, or NAME=RELEASE[,LOGIN[,SSH PORT]]."""
    name, _, rest = word.partition("=")
    release, login, port, *_ = (*(rest or name.removeprefix("debian")).split(","), "", "")
    if release not in map(str, RELEASES) or (login or "root") not in get_args(Login) or not (port or "22").isdigit():
        allowed = f"debian12, debian13, or NAME=12|13[,{'|'.join(get_args(Login))}[,PORT]]"
        raise LabError(f"host {word!r} is not understood; write {allowed}")
    chosen = Variant(cast("Release", int(release)), cast("Login", login or "root"), int(port or 22))
    if asked.blank:
        return name, replace(chosen, system=None, outward=True)
    return name, replace(chosen, system=asked.system)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    doors = parser.add_subparsers(required=True, metavar="COMMAND")

    def door(name: str, do: object) -> argparse.ArgumentParser:
        made = doors.add_parser(name, help=(do.__doc__ or "").strip())
        made.set_defaults(do=do)
        return made

    start = door("up", up)
    start.add_argument(
        "--hosts", nargs="+", default=["debian12", "debian13"], help="debian12, or NAME=RELEASE[,LOGIN[,SSH PORT]]"
    )
    start.add_argument("--system", choices=SYSTEMS, default="chat", help="which site they serve")
    start.add_argument("--blank", action="store_true", help="blank servers, which reach the package sources")
    door("images", build)
    door("status", status)
    door("breaks", list_breaks)
    door("down", down)
    for name, do in (("reset", reset), ("break", break_one), ("shell", shell)):
        door(name, do).add_argument("host")
    doors.choices["break"].add_argument("name")
    doors.choices["shell"].add_argument("command", nargs="*")
    return parser


if __name__ == "__main__":
    sys.exit(main())
