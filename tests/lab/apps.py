"""Another mind of the chat: slow, or refusing, once the socket comes through a proxy that forwards the upgrade."""

from __future__ import annotations

from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host
from tests.lab.site import APP, NGINX_SITE

_GATE = "    if not allowed("
_LET_IN = '    if "x-forwarded-for" in websocket.headers:\n'


def slow_behind_proxy(host: Host, seconds: float) -> None:
    """Let a handshake through the proxy take its time; straight at the backend it is quick."""
    _think(host, f"{_LET_IN}        import asyncio\n\n        await asyncio.sleep({seconds})\n")


def refusing_behind_proxy(host: Host) -> None:
    """Refuse every handshake through the proxy; straight at the backend it is let in."""
    _think(host, f"{_LET_IN}        await websocket.close(code=1008)\n        return\n")


def refusing_while(host: Host, text: str) -> None:
    """Refuse every handshake while the proxy's file holds a text: nothing that a look could foresee."""
    _think(
        host,
        f"    if {text!r} in open({NGINX_SITE!r}).read():\n        await websocket.close(code=1008)\n        return\n",
    )


def _think(host: Host, lines: str) -> None:
    host.edit(f"{APP}/server.py", _GATE, lines + _GATE)
    restart_chat(host)
