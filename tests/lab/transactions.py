"""What a host remembers of transactions, read on the host itself."""

from __future__ import annotations

from tests.lab.host import Host, until
from wsfix.operations.status import Record, read_records, status_fragment


def remembered(host: Host) -> list[Record]:
    """Return every transaction that the host remembers, the oldest first."""
    return list(read_records(host.sh("sh -s", stdin=status_fragment(everything=True)).stdout))


def states(host: Host) -> list[str]:
    """Return in which state each of them is."""
    return [record.state for record in remembered(host)]


def until_state(host: Host, state: str, seconds: float = 60.0) -> Record:
    """Wait until the newest transaction is in a state."""
    until(seconds, f"the transaction on {host.name} to be {state}", lambda: states(host)[-1:] == [state])
    return remembered(host)[-1]


def journal(host: Host) -> str:
    """Return what the newest transaction noted of itself."""
    return host.sh('cat "$(ls -d /var/lib/wsfix/txn/*/ | tail -n 1)journal"', check=False).stdout
