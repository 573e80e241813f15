"""A real browser: Chromium without a window, which trusts the lab's authority and finds its hosts; a page tells how it fared."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from websockets.sync.client import ClientConnection, connect

from tests.lab import machine
from tests.lab.machine import LabError

if TYPE_CHECKING:
    from tests.lab.state import HostCard

SECONDS: Final = 30.0
SWITCHES: Final = (
    "--headless=new",
    "--no-sandbox",  # root may not use it; the pages are the lab's own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
)


class Page:
    """The one tab, spoken to through the DevTools protocol."""

    def __init__(self, wire: ClientConnection) -> None:
        """Begin with an empty page; a file that changed on the host is not taken from a cache."""
        self._wire, self._number = wire, 0
        self._do("Network.enable")
        self._do("Network.setCacheDisabled", cacheDisabled=True)

    def visit(self, url: str) -> None:
        """Load a page; a failure to load it at all is an error."""
        failed = self._do("Page.navigate", url=url).get("errorText")
        if failed:
            raise LabError(f"the browser could not load {url}: {failed}")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, a promise awaited."""
        said = self._do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise LabError(f"the page said to {expression!r}: {said['exceptionDetails'].get('text')}")
        return said["result"].get("value")

    def socket(self, seconds: float = SECONDS) -> str:
        """What the page tells of its socket: `open` and the echo, or `closed` and the code."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.evaluate("document.body && document.body.dataset.socket")
            if told:
                return str(told)
            time.sleep(0.05)
        return "connecting"

    def _do(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        self._wire.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            said = json.loads(self._wire.recv(timeout=SECONDS))
            if said.get("id") == self._number:
                if "error" in said:
                    raise LabError(f"the browser refused {method}: {said['error'].get('message')}")
                return dict(said["result"])


@contextmanager
def browsing(card: HostCard) -> Iterator[Page]:
    """Start a browser of its own for one host, and leave nothing of it behind."""
    machine.need("chromium", "chromium")
    machine.need("certutil", "libnss3-tools")
    with tempfile.TemporaryDirectory(prefix="wsfix-browser-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        _trust(home, card.ca)
        rule = f"--host-resolver-rules=MAP {card.site} {card.address4}"
        words = ["chromium", *SWITCHES, rule, f"--user-data-dir={home / 'profile'}", "about:blank"]
        started = subprocess.Popen(
            words,
            env=os.environ | {"HOME": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            with connect(_tab(home, started), max_size=None, ping_interval=None, proxy=None) as wire:
                yield Page(wire)
        finally:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def _trust(home: Path, authority: str) -> None:
    """Put the lab's authority where Chromium on Linux looks for a user's own: the NSS database of the home directory."""
    held = home / ".pki" / "nssdb"
    held.mkdir(parents=True)
    machine.run("certutil", "-d", f"sql:{held}", "-N", "--empty-password")
    machine.run("certutil", "-d", f"sql:{held}", "-A", "-t", "C,,", "-n", "lab", "-i", authority)


def _tab(home: Path, started: subprocess.Popen[bytes]) -> str:
    """The address of the tab, as soon as the browser has written down its port."""
    port = home / "profile" / "DevToolsActivePort"
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and started.poll() is None:
        if port.exists() and port.read_text(encoding="ascii").count("\n"):
            list_ = f"http://127.0.0.1:{port.read_text(encoding='ascii').split()[0]}/json/list"
            with urllib.request.urlopen(list_, timeout=SECONDS) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise LabError("the browser did not start; try `chromium --headless=new --no-sandbox --dump-dom about:blank`")
