"""Changes as values: an edit of a file, an action on a service, and the plan of one host made of both."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, field

from wsfix.model.finding import Finding, Safety


@dataclass(frozen=True, slots=True)
class Edit:
    """A file's bytes before and after; `before` is None for a file that is made, `after` None for one removed."""

    path: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)
    faults: tuple[str, ...]
    sha256: str | None
    """Of the file on the host when it was looked at; None when it did not exist. The drift check compares it."""
    safety: Safety = Safety.SAFE
    mode: int = 0o644
    """For a file that is made."""
    owner: str = "root"
    group: str = "root"

    def diff(self) -> str:
        """Return the change as a unified diff of the visible text."""
        before = [] if self.before is None else self.before.decode("utf-8", "replace").splitlines(keepends=True)
        after = [] if self.after is None else self.after.decode("utf-8", "replace").splitlines(keepends=True)
        source = "/dev/null" if self.before is None else f"a{self.path}"
        target = "/dev/null" if self.after is None else f"b{self.path}"
        lines = difflib.unified_diff(before, after, source, target)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    @property
    def sha256_after(self) -> str | None:
        """The digest that the file has when the edit is made."""
        return None if self.after is None else hashlib.sha256(self.after).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link that is made; its undo removes it."""

    path: str
    target: str
    faults: tuple[str, ...]
    safety: Safety = Safety.SAFE

    def diff(self) -> str:
        """Return the change in the words of git's diff for a link."""
        return f"--- /dev/null\n+++ b{self.path}\n@@ -0,0 +1 @@\n+{self.target} (symbolic link)\n"


@dataclass(frozen=True, slots=True)
class EnvChange:
    """Values that are set in an env file on the host; the other lines never leave it."""

    path: str
    values: tuple[tuple[str, str], ...] = field(repr=False)
    """Variable and new value."""
    hidden: frozenset[str]
    """Variables whose value is masked wherever it is shown."""
    visible: tuple[str, str]
    """The file's lines as they may be shown, before and after."""
    faults: tuple[str, ...]
    sha256: str | None
    safety: Safety = Safety.SAFE
    mode: int = 0o640
    owner: str = "root"
    group: str = "root"

    def diff(self) -> str:
        """Return the change as a unified diff in which every value that is not public is masked."""
        before, after = (text.splitlines(keepends=True) for text in self.visible)
        source = "/dev/null" if self.sha256 is None else f"a{self.path}"
        return "".join(difflib.unified_diff(before, after, source, f"b{self.path}", n=1))


@dataclass(frozen=True, slots=True)
class Action:
    """A command and the command that takes it back, both for a POSIX shell, neither holding a secret."""

    do: str
    undo: str
    """Empty where nothing needs to be taken back, such as a reload."""
    title: str
    """What the operator reads: `start chat.service`."""
    cost: str
    """What it does to people who are connected: `keeps open sockets`, `drops 12 open sockets`."""
    faults: tuple[str, ...]
    safety: Safety = Safety.SAFE
    keeps: tuple[str, ...] = ()
    """Files that the command itself rewrites; they are backed up and put back byte for byte."""
    rank: int = 50
    """Actions run in ascending rank: daemon-reload before restart, restart before reload of the proxy."""


@dataclass(frozen=True, slots=True)
class Reload:
    """The wish that the proxy reads its configuration again; the plan keeps one for the host."""

    faults: tuple[str, ...]


Change = Edit | Link | EnvChange | Action | Reload


@dataclass(frozen=True, slots=True)
class Held:
    """A change that is not made, and why."""

    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done on one host, as one transaction."""

    host: str
    changes: tuple[Change, ...] = field(default=(), repr=False)
    held: tuple[Held, ...] = field(default=(), repr=False)
    advice: tuple[Finding, ...] = field(default=(), repr=False)
    unworded: tuple[Finding, ...] = field(default=(), repr=False)
    """Of the advice: what wsfix changes elsewhere, and has no words for as it stands here; its advice says why."""
    inhibited: str = ""
    """Why nothing may be changed on this host now."""
    busy: bool = False
    """Whether that is because another transaction holds the host."""
    proxy: str = "nginx"
    """The proxy of the host, as a sentence names it."""
    reload_proxy: bool = False
    reload_cost: str = ""
    also_activates: tuple[str, ...] = ()
    """Files that somebody edited and never loaded: the reload makes them live too."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do on the host."""
        return not self.changes and not self.reload_proxy

    def diff(self) -> str:
        """Return the diffs of all files, one for each."""
        return "".join(change.diff() for change in self.changes if not isinstance(change, Action | Reload))

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions in the order in which they run."""
        found = [change for change in self.changes if isinstance(change, Action)]
        return tuple(sorted(found, key=lambda action: action.rank))
