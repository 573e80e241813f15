"""Runs the three after one another, several rounds, and prints medians and ratios; nothing is ever changed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.lab import image, machine
from tests.lab.commands import BIN, ROOT
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.lab.site import NGINX_MAP, NGINX_SITE, UNIT

HERE = Path(__file__).parent
ROUNDS = 5


def main() -> int:
    """Start a healthy host, measure, take it away."""
    reason = machine.reason_unavailable()
    if reason:
        print(f"make bench needs a lab host, but: {reason}", file=sys.stderr)
        return 1
    machine.prepare()
    image.ensure(12)
    lab = Lab.create()
    os.environ["WSFIX_LAB_RUN"] = lab.name
    try:
        host = lab.start("web1", Variant(release=12))
        host.wait_for_site()
        with tempfile.TemporaryDirectory() as folder:
            measure(contenders(host, Path(folder)))
    finally:
        lab.close()
    return 0


def contenders(host: Host, folder: Path) -> dict[str, Callable[[], None]]:
    """Return the three runs, each of which finds nothing to change."""
    for name, path in (("site.conf", NGINX_SITE), ("websocket.conf", NGINX_MAP), ("chat.service", UNIT)):
        (folder / name).write_text(host.read(path), encoding="utf-8")
    origins = host.sh("grep ^CORS_ORIGINS= /etc/chat/chat.env").stdout.strip()
    card = host.card
    inventory = folder / "hosts"
    ssh = f"-o UserKnownHostsFile={card.known_hosts} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath={folder}/%C"
    inventory.write_text(
        f"web1 ansible_host={card.address4} ansible_user=root ansible_ssh_private_key_file={card.key} "
        f"ansible_python_interpreter=/usr/bin/python3 ansible_ssh_common_args='{ssh}'\n",
        encoding="utf-8",
    )
    data = ("--data", f"bench_source={folder}", "--data", f"bench_origins={origins}")
    extra = ("-e", f"bench_source={folder}", "-e", f"bench_origins={origins}")
    deploy = HERE / "ordinary.py"
    return {
        "wsfix, dry run (looks, and opens the socket)": lambda: run(
            "pyinfra", "inventory/lab.py", "deploys/websocket.py", "--dry"
        ),
        "pyinfra, ordinary deploy of 12 operations, dry": lambda: run(
            "pyinfra", "inventory/lab.py", str(deploy), "--dry", *data
        ),
        "ansible-playbook, 12 tasks, check and diff": lambda: run(
            "ansible-playbook", "-i", str(inventory), "--check", "--diff", *extra, str(HERE / "playbook.yml")
        ),
    }


def run(*words: str) -> None:
    """Run one of them; a failure ends the measurement, since it would measure something else."""
    environ = {**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "1", "PYINFRA_PROGRESS": "off"}
    done = subprocess.run(
        [BIN / words[0], *words[1:]],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or ("changed=" in done.stdout and "changed=0" not in done.stdout):
        raise SystemExit(f"{words[0]} did not find the host as it should be:\n{done.stdout}{done.stderr}")


def measure(runs: dict[str, Callable[[], None]]) -> None:
    """Take turns, so that a busy moment hits all of them alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS + 1):
        for name, each in runs.items():
            began = time.monotonic()
            each()
            if round_:  # the first round only warms up
                times[name].append(time.monotonic() - began)
    first = statistics.median(next(iter(times.values())))
    print(f"one healthy host, nothing to change, median of {ROUNDS} rounds (lowest to highest)")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"  {name:<48} {median:6.2f} s  ({min(taken):.2f} to {max(taken):.2f})  x{median / first:.1f}")


if __name__ == "__main__":
    sys.exit(main())
