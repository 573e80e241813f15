"""wsfix names the hop that breaks a WebSocket, repairs it in one transaction and proves it by a real handshake."""

__version__ = "0.1.0"
