"""A container's port is published to every address, and Docker's own rules let it in past ufw.

Seen as: nothing; `ufw status` says that the port is denied, and anybody reaches the application in clear text.
Told apart: docker-proxy listens at a public address for a port that ufw does not let in. Docker translates the address
before the chains that ufw writes to are asked.
Changed: nothing; the container has to be made anew. The words to publish the port for the host alone are shown.
Source: docs.docker.com, "Packet filtering and firewalls" (Docker and ufw); moby/moby issue 4737.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import verdict_of
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Process

FAULT = Fault("WS207", "fw-docker-bypasses-ufw", Hop.TCP, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the ports that must not be reachable and that docker-proxy publishes."""
    site, firewall = seen.site, seen.inside.known("firewall", seen.inside.firewall)
    processes = seen.inside.known("processes", seen.inside.processes)
    if firewall.kind != "ufw" or not firewall.active:
        return
    port = site.backend.port if site.backend is not None else None
    backend = (port,) if port is not None and port not in site.firewall.open else ()
    for port in dict.fromkeys((*site.firewall.closed, *backend)):
        published = [each for each in seen.listeners(port) if each.public]
        by = [processes[pid] for each in published for pid in each.pids if pid in processes]
        docker = next((process for process in by if process.name == "docker-proxy"), None)
        verdict = verdict_of(firewall, port)
        if docker is None or verdict not in {"deny", "reject"}:
            continue
        inner = _container_port(docker) or port
        yield FAULT.finding(
            f"Docker publishes port {port} to everybody, although ufw does not let it in",
            Evidence(f"command of pid {docker.pid}", docker.command),
            Evidence("listeners", ", ".join(f"{each.address} port {port}" for each in published)),
            Evidence("ufw", f"port {port}: {verdict}, which is not asked for a published port"),
            severity=Severity.WARNING,
            advice=f"Publish it for the host alone: `docker run -p 127.0.0.1:{port}:{inner} …`, or under `ports:` of "
            f'compose.yaml `"127.0.0.1:{port}:{inner}"`, and make the container anew.',
            subject=str(port),
        )


def _container_port(process: Process) -> int | None:
    """Return the port inside, as docker-proxy is told it."""
    words = process.command.split()
    told = next((after for word, after in pairwise(words) if word == "-container-port"), "")
    return int(told) if told.isdigit() else None
