"""A real browser for the HTML report: headless Chromium, spoken to as the WebDriver standard says.

A dozen requests of https://www.w3.org/TR/webdriver2/ are all that is needed: no client library.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
]
# A proxy of the surroundings must not be asked for this machine.
_OPENER = build_opener(ProxyHandler({}))


class Browser:
    """One window."""

    def __init__(self, port: str, binary: str, profile: Path) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        options = {"binary": binary, "args": [*_FLAGS, f"--user-data-dir={profile}"]}
        logs = {"browser": "ALL", "performance": "ALL"}
        always = {"goog:chromeOptions": options, "goog:loggingPrefs": logs}
        session = self._ask("", {"capabilities": {"alwaysMatch": always}})
        self._base += f"/{session['sessionId']}"
        self.devtools(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )

    def _ask(self, path: str, body: Any = None, method: str = "POST") -> Any:
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = Request(self._base + path, data, {"Content-Type": "application/json"})
        request.method = method
        with _OPENER.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        """Loads a page; what was logged before is forgotten."""
        self._ask("/url", {"url": "about:blank"})
        self.log("browser")
        self.log("performance")
        self._ask("/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function with this body returns in the page."""
        return self._ask("/execute/sync", {"script": script, "args": list(arguments)})

    def keys(self, *keys: str) -> None:
        """Presses and releases each key, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def clipboard(self) -> str:
        """What was copied last."""
        script = "const done = arguments[0]; navigator.clipboard.readText().then(done, done)"
        return str(self._ask("/execute/async", {"script": script, "args": []}))

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Chromium's own protocol, for what the standard has not: schemes of colours, printing."""
        return self._ask("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What was logged since it was last asked for: `browser` (its console), `performance`."""
        return list(self._ask("/se/log", {"type": kind}))

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def screenshot(self) -> bytes:
        """The window as PNG."""
        return base64.b64decode(self._ask("/screenshot", method="GET"))

    def close(self) -> None:
        """Ends the browser."""
        self._ask("", method="DELETE")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for the whole session; skips the test where there is none."""
    driver = shutil.which("chromedriver")
    binary = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if driver is None or binary is None:
        pytest.skip("no chromium with chromedriver here (Debian: chromium, chromium-driver)")
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            said = (re.search(r"successfully on port (\d+)", line) for line in server.stdout)
            port = next(found[1] for found in said if found)
            browser = Browser(port, binary, tmp_path_factory.mktemp("profile"))
            yield browser
            browser.close()
        finally:
            server.terminate()
