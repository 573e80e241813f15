"""Look at the WebSockets of this host and say what is wrong; nothing is ever written."""

from wsfix.operations.websocket import look, show

show(look(), planned=False)
