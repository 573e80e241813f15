"""The same pass, narrowed to the backend: its service runs and starts at boot."""

from wsfix.operations.websocket import look, repair, show

seen = look("backend")
show(seen)
repair(name="Repair the WebSocket sites (backend)", seen=seen)
