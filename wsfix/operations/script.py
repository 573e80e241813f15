"""The scripts of a transaction: each one text for a POSIX shell, sent through standard input, begun only when whole.

A shell that meets the end of its input inside a function runs none of it, and runs the trap for EXIT (both dash and
busybox ash do); the call on the last line, with a nonce in its name, is the mark that all of it arrived.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from shlex import quote
from typing import Final

from wsfix.model.change import Plan, Reload
from wsfix.operations import manifest
from wsfix.operations.proxy import ProxyCommands

BASE: Final = "/var/lib/wsfix"
ACTION_SECONDS: Final = 120
"""How long one action may take; systemd itself gives a unit 90 s to start (systemd-system.conf(5))."""

APPLIED: Final = 0
REFUSED: Final = 3
UNDONE: Final = 4
BROKEN: Final = 5
NO_ROOM: Final = 73
NOT_WHOLE: Final = 75

_ENVELOPE: Final = """\
trap 'echo "wsfix: the script did not arrive whole; nothing was done" >&2; exit {not_whole}' EXIT
whole_{nonce}() {{
trap - EXIT
base={base}
txn=$base/txn/{transaction}
{body}
echo 'wsfix {nonce} end '"$code"
{look}
exit "$code"
}}
whole_{nonce}
"""

# The worker gets a session of its own (setsid(1)): neither a lost terminal nor the end of sshd's session reaches it.
# A refused transaction leaves nothing behind.
_APPLY: Final = """\
for tool in flock setsid; do
    command -v "$tool" > /dev/null || {{ echo "wsfix: the host has no $tool (util-linux)" >&2; exit {no_room}; }}
done
(
    umask 077
    mkdir -p "$base/txn" && chmod 700 "$base" && mkdir "$txn" && : >> "$base/mutex"
) || {{ echo "wsfix: $base cannot be written; are these root's rights?" >&2; exit {no_room}; }}
{worker}
code=$?
echo 'wsfix {nonce} begin'
cat "$txn/log" 2>/dev/null
grep -q ' open$' "$txn/journal" 2>/dev/null || rm -rf "$txn"
"""

_SHORT: Final = """\
echo 'wsfix {nonce} begin'
(
if [ ! -d "$base/txn" ]; then
    printf 'step\\tput back\\tfailed\\tthere is no transaction on this host\\n'
    exit {refused}
fi
{parts}
)
code=$?
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A text to send, and the words by which its answer is known."""

    text: str
    nonce: str
    transaction: str


def new_id(now: datetime | None = None) -> str:
    """Name a transaction so that names sort by time."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def apply_script(
    plan: Plan,
    *,
    proxy: ProxyCommands | None,
    owner: str,
    guard_seconds: int,
    look: str = "",
    transaction: str = "",
    base: str = BASE,
) -> Script:
    """Word the transaction: all of it, and a look at the host after it."""
    transaction, nonce = transaction or new_id(), secrets.token_hex(8)
    fence = f"fence-{nonce}"
    worker = "".join(
        (
            _settings(plan, proxy, base=base, transaction=transaction, owner=owner, seconds=guard_seconds),
            _part("journal"),
            manifest.describe(plan, fence),
            _texts(plan, proxy, fence),
            _part("apply"),
            "apply\n",
        )
    )
    sent = manifest.document("setsid sh", worker, f"worker-{nonce}")
    body = _APPLY.format(worker=sent, nonce=nonce, no_room=NO_ROOM)
    return _wrap(body, nonce=nonce, transaction=transaction, look=look, base=base)


def confirm_script(transaction: str, *, look: str = "", base: str = BASE) -> Script:
    """Word the confirmation: the guard is stopped and the change stays."""
    return _short(_part("journal") + _part("confirm"), transaction=transaction, look=look, base=base)


def rollback_script(transaction: str | None = None, *, force: bool = False, look: str = "", base: str = BASE) -> Script:
    """Word the way back: of the named transaction, else of the open one, else of the last that was confirmed."""
    choice = f"wanted={quote(transaction or '')} force={quote('force' if force else '')}\n"
    parts = _part("journal") + choice + _part("rollback")
    return _short(parts, transaction=transaction or "none", look=look, base=base)


def _short(parts: str, *, transaction: str, look: str, base: str) -> Script:
    nonce = secrets.token_hex(8)
    body = _SHORT.format(nonce=nonce, parts=parts, refused=REFUSED)
    return _wrap(body, nonce=nonce, transaction=transaction, look=look, base=base)


def _wrap(body: str, *, nonce: str, transaction: str, look: str, base: str) -> Script:
    then = f"echo 'wsfix {nonce} look'\n" + manifest.document("sh", look, f"look-{nonce}") if look else ""
    text = _ENVELOPE.format(
        nonce=nonce, not_whole=NOT_WHOLE, base=quote(base), transaction=quote(transaction), body=body, look=then
    )
    return Script(text, nonce, transaction)


def _settings(plan: Plan, proxy: ProxyCommands | None, *, base: str, transaction: str, owner: str, seconds: int) -> str:
    tests = proxy is not None and _concerns(plan, proxy)
    values = {
        "base": base,
        "txn": f"{base}/txn/{transaction}",
        "id": transaction,
        "owner": manifest.one_line(owner),
        "seconds": str(seconds),
        "limit": str(ACTION_SECONDS),
        "tree": proxy.tree if proxy else "",
        "tests": "yes" if tests else "",
        "reloads": "yes" if proxy and reloads(plan) else "",
    }
    return "".join(f"{name}={quote(value)}\n" for name, value in values.items())


def reloads(plan: Plan) -> bool:
    """Whether the proxy reads its configuration again at the end."""
    return plan.reload_proxy or any(isinstance(change, Reload) for change in plan.changes)


def _concerns(plan: Plan, proxy: ProxyCommands) -> bool:
    """Whether the proxy reads anything of the plan; a test of what it does not read could only fail for others."""
    return plan.reload_proxy or any(change.path.startswith(f"{proxy.tree}/") for change in manifest.file_changes(plan))


def _texts(plan: Plan, proxy: ProxyCommands | None, fence: str) -> str:
    """Word the function that writes what the host must be able to run and to tell without us."""
    texts = {"undo.sh": _undo(), "title": _title(plan)}
    if proxy:
        texts |= {"proxy/test": proxy.test, "proxy/reload": proxy.reload, "proxy/settled": proxy.settled}
    written = "".join(manifest.document(f"text {name}", text, fence) for name, text in texts.items())
    return f'text() {{\ncat > "$txn/$1" || room=none\n}}\ntexts() {{\nroom=\nactions\n{written}[ -z "$room" ]\n}}\n'


def _undo() -> str:
    place = 'txn=$(cd "$(dirname "$0")" && pwd)\nbase=${txn%/txn/*}\n'
    return f"#!/bin/sh\n{place}limit={ACTION_SECONDS}\n{_part('journal')}{_part('undo')}"


def _title(plan: Plan) -> str:
    faults = sorted({fault for change in plan.changes for fault in change.faults})
    names = [change.path for change in manifest.file_changes(plan)] + [action.title for action in plan.actions]
    return manifest.one_line(f"{' '.join(faults)}: {', '.join(names) or 'reload'}")


def _part(name: str) -> str:
    return resources.files("wsfix.operations").joinpath(f"sh/{name}.sh").read_text(encoding="utf-8")
