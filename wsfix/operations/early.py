"""Checks the inventory's sites in pyinfra's own run before it connects to the first host."""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_state

from wsfix.engine import check_specs
from wsfix.errors import SpecError


def refuse_wrong_specs() -> None:
    """Ask for the check; call it from the `config.py` that pyinfra reads in its working directory.

    pyinfra has no hook between reading the inventory and connecting: its state calls back only for connections that
    are already being made, many at once. So the check stands in front of `State.init`, which is given the inventory.
    """
    if not ctx_state.isset():
        return
    state = ctx_state.get()
    proceed = state.init

    def init(inventory: Any, *words: Any, **more: Any) -> None:
        try:
            check_specs(inventory)
        except SpecError as error:
            raise PyinfraError(f"the inventory is wrong, and nothing was connected to:\n{error}") from None
        proceed(inventory, *words, **more)

    state.init = init
