"""What a plan consists of, worded for the host's script: its files, their new bytes, and the actions."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from shlex import quote

from wsfix.errors import TransactionError
from wsfix.model.change import Action, Edit, EnvChange, Link, Plan

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
_WIDTH = 76

FileChange = Edit | Link | EnvChange


def describe(plan: Plan, fence: str) -> str:
    """Return the shell functions that the transaction's script reads the plan from.

    `fence` ends the here-documents; it is random, so no file can hold it.
    """
    files = file_changes(plan)
    actions = plan.actions
    keeps = sorted({path for action in actions for path in action.keeps} - {change.path for change in files})
    return "".join(
        (
            _function("registry", [_register(number, change) for number, change in enumerate(files, 1)]),
            _function("keeps", [_keep(number, path) for number, path in enumerate(keeps, len(files) + 1)]),
            _function("payloads", [_payload(number, change, fence) for number, change in enumerate(files, 1)]),
            _function("actions", [line for n, action in enumerate(actions, 1) for line in _action(n, action, fence)]),
        )
    )


def file_changes(plan: Plan) -> list[FileChange]:
    """Return the plan's changes of files, each path once and each writable on one line."""
    changes = [change for change in plan.changes if isinstance(change, Edit | Link | EnvChange)]
    seen: set[str] = set()
    for change in changes:
        _check_path(change.path)
        if change.path in seen:
            raise TransactionError(f"{plan.host}: the plan changes {change.path} twice; nothing was written")
        seen.add(change.path)
    for action in plan.actions:
        for path in action.keeps:
            _check_path(path)
    return [change for change in changes if not (isinstance(change, Edit) and change.before == change.after)]


def quote_value(value: str) -> str:
    """Quote a value so that systemd (systemd.exec(5), EnvironmentFile=), a shell and dotenv read the same one."""
    if any(character in value for character in "\n\r\0"):
        raise TransactionError("a value for an env file holds a line break; nothing was written")
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'(["\\`$])', r"\\\1", value) + '"'


def document(command: str, text: str, fence: str) -> str:
    """Word a command that reads `text` from a here-document."""
    lines = text.rstrip("\n")
    return f"{command} <<'{fence}'\n{lines}\n{fence}\n"


def one_line(text: str) -> str:
    """Make a title or an owner fit the journal, which is read line by line."""
    return " ".join(text.split())


def _function(name: str, bodies: list[str]) -> str:
    return f"{name}() {{\n{''.join(bodies)}:\n}}\n"


def _register(number: int, change: FileChange) -> str:
    """Name a file and its digests; `?` as the digest after means that only the host can know it."""
    match change:
        case Edit(after=None):
            words = ("remove", change.path, change.sha256 or "-", "-", "0", "-", "-")
        case Edit():
            after, holder = change.sha256_after or "-", f"{change.owner}:{change.group}"
            words = ("edit", change.path, change.sha256 or "-", after, f"{change.mode:o}", holder, "-")
        case EnvChange():
            holder = f"{change.owner}:{change.group}"
            words = ("env", change.path, change.sha256 or "-", "?", f"{change.mode:o}", holder, "-")
        case Link():
            _check_line(change.target)
            words = ("link", change.path, "-", "-", "0", "-", change.target)
    return f'"$visit" {number:03} {" ".join(quote(word) for word in words)} || return 1\n'


def _keep(number: int, path: str) -> str:
    return f"retain {number:03} {quote(path)} || return 1\n"


def _payload(number: int, change: FileChange, fence: str) -> str:
    match change:
        case Edit(after=bytes(after)):
            return document(f"payload {number:03}", _base64(after), fence)
        case EnvChange():
            lines = "".join(f"{_key(key)}={quote_value(value)}\n" for key, value in change.values)
            return document(f"settings {number:03}", _base64(lines.encode("utf-8", "surrogateescape")), fence)
        case _:
            return ""


def _action(number: int, action: Action, fence: str) -> Iterator[str]:
    yield f'mkdir "$txn/action/{number:03}" || return 1\n'
    for name, text in (("title", one_line(action.title)), ("do", action.do), ("undo", action.undo)):
        yield document(f"text action/{number:03}/{name}", text, fence)


def _base64(content: bytes) -> str:
    text = base64.b64encode(content).decode("ascii")
    return "\n".join(text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise TransactionError(f"{key!r} is not the name of a variable; nothing was written")
    return key


def _check_path(path: str) -> None:
    _check_line(path)
    if not path.startswith("/") or path == "/" or str(PurePosixPath(path)) != path or ".." in PurePosixPath(path).parts:
        raise TransactionError(f"{path!r} is not an absolute, plain path of a file; nothing was written")


def _check_line(text: str) -> None:
    if not text or any(character in text for character in "\n\0"):
        raise TransactionError(f"{text!r} does not fit on one line; nothing was written")
