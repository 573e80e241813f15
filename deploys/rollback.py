"""Put the last transaction of this host back, or the one named by `--data transaction=ID`; `--data force=1` overwrites later edits."""

from pyinfra import host

from wsfix.operations.websocket import rollback

rollback(
    name="Put the last change back",
    transaction=host.data.get("transaction"),
    force=str(host.data.get("force", "")).lower() in {"1", "true", "yes"},
)
