"""PM2 on the lab's hosts: a startup unit as `pm2 startup systemd` words it, and an application that is started and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.host import Host

PM2: Final = "/usr/local/lib/node_modules/pm2"


def put(disk: Disk, user: str, home: str) -> None:
    """Write the startup unit from PM2's own form, and a list without applications for its first start."""
    form = disk.at(f"{PM2}/lib/templates/init-scripts/systemd.tpl").read_text(encoding="utf-8")
    words = {"USER": user, "HOME_PATH": home, "NODE_PATH": "/usr/local/bin:/usr/bin", "PM2_PATH": f"{PM2}/bin/pm2"}
    for word, value in words.items():
        form = form.replace(f"%{word}%", value)
    disk.write(f"/etc/systemd/system/pm2-{user}.service", form)
    disk.write(f"{home}/dump.pm2", "[]\n")
    disk.own(home, user)
    disk.enable(f"pm2-{user}.service")


def run(host: Host, user: str, home: str, words: str, *, check: bool = True) -> str:
    """Run a command of PM2 as the user whose daemon it is, and give what it says."""
    command = f"cd / && runuser -u {user} -- env HOME={home.rpartition('/')[0]} PM2_HOME={home} pm2 {words}"
    return host.sh(command, check=check).stdout


def start(host: Host, user: str, home: str, ecosystem: str) -> None:
    """Start the applications of an ecosystem file and save them, as a person does on the first day.

    Not before the startup unit has its daemon: a client that finds none would start a second one.
    """
    host.sh(f"systemctl start pm2-{user}.service")
    run(host, user, home, f"start {ecosystem} --silent")
    run(host, user, home, "save --silent")
