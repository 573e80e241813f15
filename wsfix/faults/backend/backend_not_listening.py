"""The backend runs, and no process of it listens on a TCP port.

Seen as: 502 at once (Apache: 503), while `systemctl status` says active (running) and the log may be empty.
Told apart: what keeps it says that it runs, nothing listens on its port, and its processes listen on no other port either;
there that is backend-port-differs. Why is read from the command (a unix socket), from the unit (a network of its own, no
address family for IP), else it is still starting or stuck before it listens.
Changed: with consent, what the unit forbids is allowed again by a drop-in, or a command that names a unix socket is given
the inventory's port; the unit is restarted. Else it is shown where it hangs.
Source: systemd.exec(5), PrivateNetwork=, RestrictAddressFamilies=; uvicorn, --uds; gunicorn, --bind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.drivers.frameworks import recognise
from wsfix.faults.backend.keeper import Keeper, between_two_deaths, keeper, own_ports
from wsfix.faults.backend.rewording import Words, reworded, run_instead
from wsfix.faults.backend.unitfile import drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.unit import ServiceState

FAULT = Fault(
    "WS550",
    "backend-not-listening",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=(
        "backend-wrong-entrypoint",
        "backend-module-missing",
        "django-apps-not-loaded",
        "gunicorn-worker-deprecated",
        "gunicorn-worker-missing",
        "backend-crash-loop",
        "backend-bind-denied",
        "backend-port-in-use",
        "backend-oom",
        "env-port-mismatch",
        "systemd-exec-failed",
        "pm2-wrong-name",
        "pm2-interpreter",
        "disk-full-logs",
    ),
    covers=("backend-listens-on-unix-socket", "systemd-private-network"),
)
_FAMILIES = "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"


@dataclass(frozen=True, slots=True)
class _Why:
    """What keeps it from listening, as far as it is known."""

    words: str
    advice: str
    lines: tuple[str, ...] = ()
    """What a drop-in has to say."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where it runs and listens nowhere."""
    if seen.works or seen.listening:
        return
    kept = keeper(seen)
    by_socket = seen.backend.socket is not None
    if not kept.running or between_two_deaths(seen, kept) or (not by_socket and _elsewhere(seen)):
        return
    why = _why_no_socket(seen, kept) if by_socket else _why(seen, kept)
    yield FAULT.finding(
        f"{kept.name} runs, and listens {'not on its socket' if by_socket else 'on no port'}: {why.words}",
        Evidence(kept.source, kept.state),
        Evidence("listeners", f"nothing listens on {seen.backend.words}"),
        Evidence(kept.command_source, kept.command),
        *(Evidence(kept.log_source, line) for line in kept.last_words[-1:]),
        severity=Severity.ERROR,
        safety=Safety.CONFIRM if why.lines or _by_port(seen) else Safety.ADVICE,
        advice=why.advice,
    )


def _elsewhere(seen: Seen) -> bool:
    """Whether it listens on another port, or the proxy dials a unix socket: then no port is missed."""
    upstream = seen.route.upstream if seen.config is not None else None
    return bool(own_ports(seen)) or (upstream is not None and bool(upstream.socket))


def _why_no_socket(seen: Seen, kept: Keeper) -> _Why:
    wanted, path, ports = seen.backend.words, _socket(kept.command), own_ports(seen)
    there = f"the socket {path}" if path and path != wanted else f"port {ports[0]}" if ports else ""
    if not there:
        return _stuck(kept)
    return _Why(
        f"its command has it listen on {there}",
        f"Let it listen on {wanted} (for uvicorn: `--uds {wanted}`), then {kept.again}; or name {there} in the inventory, and wsfix "
        "aims the proxy there.",
    )


def _why(seen: Seen, kept: Keeper) -> _Why:
    port, unit = seen.port, _unit(seen)
    path = _socket(kept.command)
    if path:
        return _Why(
            f"its command names the unix socket {path}",
            f"Let it listen on 127.0.0.1 port {port}, or let the proxy dial the socket and write so in the inventory.",
        )
    if unit is not None and unit.private_network:
        line = "PrivateNetwork=no"
        return _Why(
            "PrivateNetwork=yes gives it a network of its own",
            f"Write `{line}` into a drop-in of {unit.unit}.",
            (line,),
        )
    if unit is not None and unit.address_families and "AF_INET" not in unit.address_families:
        return _Why(
            f"RestrictAddressFamilies= leaves it {' '.join(unit.address_families)} alone",
            f"Write `{_FAMILIES}` into a drop-in of {unit.unit}.",
            (_FAMILIES,),
        )
    return _stuck(kept)


def _stuck(kept: Keeper) -> _Why:
    return _Why(
        "it is still starting, or stuck before it listens",
        f"Look where it hangs: `{kept.log_source}` and `py-spy dump` or `strace -p` of its process; a database, a lock or a "
        "download at the import are the usual ones.",
    )


def _unit(seen: Seen) -> ServiceState | None:
    service = seen.site.service
    return seen.unit if service is not None and service.manager == "systemd" else None


def _socket(command: str) -> str:
    """Return the unix socket that a command tells the server to listen on."""
    running = recognise(command)
    if running is None:
        return ""
    bound = running.option("-b", "--bind") or ""
    return running.option("--uds", "-u", "--unix-socket") or (bound[5:] if bound.startswith("unix:") else "")


def _by_port(seen: Seen) -> Words | None:
    """Return the unit's command with the port instead of the socket; None where its words are not certain."""
    if seen.backend.port is None:
        return None
    port = str(seen.backend.port)

    def change(words: Words) -> Words | None:
        path = _socket(" ".join(words))
        if not path:
            return None
        named = f"unix:{path}"
        if named in words:
            return tuple(f"127.0.0.1:{port}" if word == named else word for word in words)
        if "--uds" in words:
            at = words.index("--uds")
            return (*words[:at], "--host", "127.0.0.1", "--port", port, *words[at + 2 :])
        return None

    return reworded(seen, change)


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Allow what the unit forbids, or give the command its port; and restart it."""
    why, words, unit = _why(seen, keeper(seen)), _by_port(seen), _unit(seen)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
    elif why.lines and unit is not None:
        yield from drop_in(unit, "network", why.lines, FAULT.code)
        yield restart(seen, FAULT.code)
