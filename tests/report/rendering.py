"""A browser without a window that shows one file: what it asked for, what it complained of, how wide the page is."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.lab.browser import SWITCHES

SECONDS = 60.0


@dataclass
class Window:
    """The one tab, by the DevTools protocol; every event is kept."""

    wire: ClientConnection
    events: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    def do(self, method: str, **params: object) -> dict[str, Any]:
        self.number += 1
        self.wire.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            said = json.loads(self.wire.recv(timeout=SECONDS))
            if said.get("id") == self.number:
                assert "error" not in said, f"{method}: {said}"
                return dict(said["result"])
            self.events.append(said)

    def show(self, path: Path, width: int, scheme: str = "light") -> None:
        """Load a file at a width, as a phone below 500 pixels."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=720, deviceScaleFactor=1, mobile=width < 500)
        self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.do("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + SECONDS
        while self.value("document.readyState + location.href") != f"complete{path.as_uri()}":
            assert time.monotonic() < deadline, "the page was not loaded"
            time.sleep(0.05)

    def value(self, expression: str) -> Any:
        return self.do("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    @property
    def asked(self) -> list[str]:
        """Every URL that was asked for."""
        return [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]

    @property
    def complaints(self) -> list[str]:
        """What would stand in the console."""
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [json.dumps(e["params"]) for e in self.events if e["method"] in kinds]

    def paper(self) -> bytes:
        """Return the page as it would be printed."""
        return base64.b64decode(self.do("Page.printToPDF", printBackground=True)["data"])


@contextmanager
def window() -> Iterator[Window]:
    """Start a browser, and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix="wsfix-window-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder) / "profile"
        started = subprocess.Popen(
            ["chromium", *SWITCHES, f"--user-data-dir={profile}", "about:blank"],
            env=os.environ | {"HOME": folder}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            with connect(_tab(profile, started), max_size=None, ping_interval=None, proxy=None) as wire:
                shown = Window(wire)
                for domain in ("Page", "Network", "Log", "Runtime"):
                    shown.do(f"{domain}.enable")
                yield shown
        finally:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def _tab(profile: Path, started: subprocess.Popen[bytes]) -> str:
    port, deadline = profile / "DevToolsActivePort", time.monotonic() + SECONDS
    while time.monotonic() < deadline and started.poll() is None:
        if port.exists() and port.read_text(encoding="ascii").count("\n"):
            where = f"http://127.0.0.1:{port.read_text(encoding='ascii').split()[0]}/json/list"
            with urllib.request.urlopen(where, timeout=SECONDS) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("the browser did not start")
