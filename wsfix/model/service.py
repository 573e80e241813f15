"""What keeps the backend running: a systemd unit, or an application of PM2."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wsfix.model.words import AbsolutePath, Spec, UnitName


class Service(Spec):
    """The unit, or the application of PM2, that keeps the backend running."""

    manager: Literal["systemd", "pm2"] = "systemd"
    name: UnitName
    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]*$")] | None = None
    """PM2: whose daemon keeps it; root where none is given."""
    home: AbsolutePath | None = None
    """PM2: its PM2_HOME; `.pm2` in the user's home directory where none is given."""
    ecosystem: AbsolutePath | None = None
    """PM2: the file that the application is started from."""

    @model_validator(mode="after")
    def _words_of_pm2(self) -> Service:
        if self.manager == "systemd" and (self.user or self.home or self.ecosystem):
            raise ValueError("user, home and ecosystem are words of PM2; a systemd unit says its user itself")
        return self

    @property
    def unit(self) -> str:
        """The unit's full name; of PM2 that of its startup unit, as `pm2 startup systemd` names it."""
        if self.manager == "pm2":
            return f"pm2-{self.owner}.service"
        return self.name if self.name.endswith(".service") else f"{self.name}.service"

    @property
    def owner(self) -> str:
        """The user whose PM2 daemon it is."""
        return self.user or "root"
