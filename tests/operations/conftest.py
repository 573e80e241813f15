"""The field of a test, under each shell that this machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.field import Field, ScratchShell, ash, busybox


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> ScratchShell:
    if os.geteuid():
        pytest.skip("needs root: owners, mounts and namespaces are real")
    if request.param == "dash":
        return ScratchShell()
    if busybox() is None:
        pytest.skip("no busybox here (apt install busybox-static, or WSFIX_BUSYBOX=/path/to/busybox)")
    return ash(tmp_path)


@pytest.fixture
def field(shell: ScratchShell, tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path, shell)
    yield made
    made.leave()


@pytest.fixture
def dash_field(tmp_path: Path) -> Iterator[Field]:
    if os.geteuid():
        pytest.skip("needs root: owners, mounts and namespaces are real")
    made = Field(tmp_path, ScratchShell())
    yield made
    made.leave()
