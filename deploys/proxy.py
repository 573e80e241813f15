"""The same pass, narrowed to the proxy: locations, upgrade, upstreams, certificates."""

from wsfix.operations.websocket import look, repair, show

seen = look("proxy")
show(seen)
repair(name="Repair the WebSocket sites (proxy)", seen=seen)
