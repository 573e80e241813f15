"""Another mind of the chat: it keeps waiting, or refuses, once the socket comes through a proxy that forwards the upgrade."""

from __future__ import annotations

from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host, until
from tests.lab.site import APP, NGINX_SITE

_GATE = "    if not allowed("
_ASKED, _OPEN = "/tmp/chat-asked", "/tmp/chat-open"
_LET_IN = '    if "x-real-ip" in websocket.headers:\n'


def held_behind_proxy(host: Host) -> None:
    """Let a handshake through the proxy wait until `let_in` is called; straight at the backend it is quick."""
    host.sh(f"rm -f {_ASKED} {_OPEN}")
    _think(
        host,
        f"{_LET_IN}        import asyncio\n        import pathlib\n\n"
        f"        pathlib.Path({_ASKED!r}).touch()\n"
        f"        while not pathlib.Path({_OPEN!r}).exists():\n            await asyncio.sleep(0.02)\n",
    )


def until_asked(host: Host) -> None:
    """Wait until a handshake stands before the door: the proof of a repair has begun, and cannot end."""
    until(60, "a handshake through the proxy", lambda: host.sh(f"test -e {_ASKED}", check=False).returncode == 0)


def let_in(host: Host) -> None:
    """Let in who waits, and who comes after."""
    host.sh(f"touch {_OPEN}")


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
