"""The words that every part of a specification is made of: ports, paths, origins, and secrets that are named."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]

_SECRET_WORDS = ("SECRET", "PASSWORD", "PASSWD", "TOKEN", "PRIVATE", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY")


def looks_secret(name: str) -> bool:
    """Whether a variable's or header's name says that its value is a secret."""
    upper = name.upper().replace("-", "_")
    return (
        any(word in upper for word in _SECRET_WORDS) or upper.endswith("_KEY") or upper in {"AUTHORIZATION", "COOKIE"}
    )


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\n" in path or "\0" in path:
        raise ValueError("must be an absolute path on the server, such as /etc/chat/chat.env")
    return path


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError("must be an origin: scheme and host and no path, such as https://chat.example.com (RFC 6454)")
    return value


def _unit_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@")
    if not value or not set(value) <= allowed or value.startswith("-"):
        raise ValueError("must be a unit's name, such as chat or chat.service (systemd.unit(5))")
    return value


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Origin = Annotated[str, AfterValidator(_origin)]
UnitName = Annotated[str, AfterValidator(_unit_name)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Spec(BaseModel):
    """A part of a site's specification: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FromEnvironment(Spec):
    """A secret that stands in an environment variable of the machine that runs wsfix."""

    from_env: str = Field(min_length=1, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class FromFile(Spec):
    """A secret that stands in a file of the machine that runs wsfix (its trailing newline is left out)."""

    from_file: str = Field(min_length=1)


Secret = FromEnvironment | FromFile
