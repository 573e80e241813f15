"""Fixtures of the lab: one lab for the session, and fresh hosts out of a pool for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab import image, machine
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.laboratory import Lab
from tests.lab.pool import Pool

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this room, so that `-m "not lab"` leaves it out; the longest tests begin, so that none is left over."""
    items.sort(key=lambda item: item.path != HERE / "test_provision.py")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.lab)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the images before the first test: no test's own time limit should pay for them."""
    chosen = any(item.path.is_relative_to(HERE) for item in session.items)
    if chosen and not session.config.option.collectonly and machine.reason_unavailable() is None:
        machine.prepare()
        image.ensure_all()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The session's lab; a machine that can't carry one skips, unless the lab is required."""
    reason = machine.reason_unavailable()
    if reason and _required():
        pytest.fail(f"the lab is required here, but: {reason}")
    if reason:
        pytest.skip(reason)
    made = Lab.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WSFIX_LAB_RUN", made.name)  # inventory/lab.py then names the hosts of this lab
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="session")
def pool(lab: Lab) -> Pool:
    """The session's running hosts."""
    return Pool(lab)


@pytest.fixture(params=image.RELEASES, ids=lambda release: f"debian{release}")
def release(request: pytest.FixtureRequest) -> image.Release:
    """Each release in turn, for the tests that ask for it."""
    found: image.Release = request.param
    return found


@pytest.fixture
def healthy_host(pool: Pool) -> Iterator[Callable[..., Host]]:
    """Give fresh hosts: `healthy_host(release=12, login="ops", ssh_port=2222, sshd=(...), site=True)`."""
    taken: list[Host] = []

    def fresh(**variant: object) -> Host:
        host = pool.take(Variant(**variant))  # type: ignore[arg-type]
        taken.append(host)
        return host

    try:
        yield fresh
    finally:
        for host in taken:
            pool.give_back(host)


def _required() -> bool:
    return os.environ.get("CI", "").lower() == "true" or os.environ.get("WSFIX_LAB") == "require"
