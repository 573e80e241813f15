"""Every fragment runs under each shell that this machine has, in a folder that everybody may enter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, debian, small
from tests.operations.field import busybox


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that an unprivileged user can reach; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="wsfix-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, place: Path) -> HostShell:
    if request.param == "dash":
        return debian()
    if busybox() is None:
        pytest.skip("no busybox here (apt install busybox-static, or WSFIX_BUSYBOX=/path/to/busybox)")
    return small(place / "applets")
