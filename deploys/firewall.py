"""The same pass, narrowed to the packet filter: what must be open is, what must be closed is."""

from wsfix.operations.websocket import look, repair, show

seen = look("firewall")
show(seen)
repair(name="Repair the WebSocket sites (firewall)", seen=seen)
