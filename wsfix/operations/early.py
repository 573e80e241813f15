"""Checks the inventory's sites in pyinfra's own run before it connects to the first host."""

from __future__ import annotations

from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.context import ctx_state

from wsfix.engine import check_specs
from wsfix.errors import SpecError


class _BeforeConnecting(BaseStateCallback):
    """Looks at every specification when pyinfra is about to connect to a host, whichever comes first."""

    @staticmethod
    def host_before_connect(state: State, host: Any) -> None:
        """Raise PyinfraError, which ends the run, with every complaint of every host."""
        del host
        try:
            check_specs(state.inventory)
        except SpecError as error:
            raise PyinfraError(f"the inventory is wrong; nothing was connected to\n{error}") from None


def refuse_wrong_specs() -> None:
    """Ask for the check; call it from the `config.py` that pyinfra reads in its working directory."""
    if ctx_state.isset():
        ctx_state.get().add_callback_handler(_BeforeConnecting())
