"""Find what breaks the WebSockets of this host, show the change, make it in one transaction and prove it."""

from wsfix.operations.websocket import look, repair, show

seen = look()
show(seen)
repair(name="Repair the WebSocket sites", seen=seen)
