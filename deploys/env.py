"""The same pass, narrowed to the env files and the origins in them."""

from wsfix.operations.websocket import look, repair, show

seen = look("env")
show(seen)
repair(name="Repair the WebSocket sites (env)", seen=seen)
