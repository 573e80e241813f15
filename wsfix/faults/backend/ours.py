"""The site's own part of what PM2 keeps: its daemon, its application, what is saved of it, what its file declares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from wsfix.drivers.pm2 import Cli, Declared, declared
from wsfix.errors import NotObserved
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.pm2 import Application, Daemon, Pm2, Saved
from wsfix.model.service import Service


@dataclass(frozen=True)
class Ours:
    """PM2 as the site's service names it: a user, a PM2_HOME, an application, a file."""

    service: Service
    pm2: Pm2
    home: str
    program: str

    @property
    def name(self) -> str:
        """The application's name."""
        return self.service.name

    @property
    def user(self) -> str:
        """Whose daemon it is."""
        return self.service.owner

    @cached_property
    def daemon(self) -> Daemon | None:
        """The user's daemon, where it lives."""
        held = (one for one in self.pm2.daemons if one.home == self.home and one.user == self.user)
        return next(held, None)

    @property
    def everything(self) -> tuple[Application, ...]:
        """All that the user's daemon keeps; raises NotObserved where it lives and did not tell."""
        if self.daemon is None:
            return ()
        if self.daemon.applications is None:
            raise NotObserved(f"the list of {self.user}'s PM2", "`pm2 jlist` gave no answer")
        return self.daemon.applications

    @property
    def applications(self) -> tuple[Application, ...]:
        """The processes of the site's application; several in cluster mode, none where PM2 does not know it."""
        return tuple(one for one in self.everything if one.name == self.name)

    @property
    def application(self) -> Application:
        """The first of them; the rule does not apply where there is none."""
        if not self.applications:
            raise NotApplicable
        return self.applications[0]

    @property
    def saved(self) -> Saved:
        """The saved list."""
        if self.home not in self.pm2.saved:
            raise NotObserved(f"{self.home}/dump.pm2", "it could not be read")
        return self.pm2.saved[self.home]

    @cached_property
    def declared(self) -> Declared | None:
        """The application as the ecosystem file declares it, where one is named and readable."""
        text = self.pm2.ecosystems.get(self.service.ecosystem or "")
        found = declared(text) if text else ()
        return next((one for one in found if one.word("name") == self.name), None)

    @property
    def cli(self) -> Cli:
        """The commands of this daemon's user; none can be worded where no pm2 was found."""
        if not self.program:
            raise NotObserved("pm2", f"no pm2 was found that {self.user} could call")
        return Cli(self.user, self.home, self.program)

    @property
    def file(self) -> str:
        """The ecosystem file, or nothing."""
        return self.service.ecosystem or ""

    def place(self, word: str) -> str:
        """Return file and line of a word of the declaration, or the file alone."""
        return f"{self.file}:{self.declared.line_of(word)}" if self.declared else self.file

    def by_hand(self, words: str) -> str:
        """Word a pm2 command for a person."""
        return f"`pm2 {words}`" if self.user == "root" else f"`pm2 {words}` as {self.user}"


def ours(seen: Seen) -> Ours:
    """Return the site's part of PM2; the rule does not apply where its manager is another one."""
    pm2, service = seen.pm2, seen.site.service
    if service is None:
        raise NotApplicable
    wanted = next((one for one in pm2.wanted if one.user == service.owner and service.home in {None, one.home}), None)
    if wanted is None:
        raise NotObserved(f"PM2 of {service.owner}", f"there is no user {service.owner} on the host")
    own = (one.program for one in pm2.daemons if one.home == wanted.home and one.user == wanted.user)
    return Ours(service, pm2, wanted.home, next(own, "") or wanted.program)
