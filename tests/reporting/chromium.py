"""A headless Chromium, driven through a pipe: what a page asks for, says, looks like and prints.

As a command it takes a picture of a page:

    python tests/reporting/chromium.py PAGE PICTURE.png [--width 1265] [--height 1612] [--dark]
"""

import argparse
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is missing, so no page was opened; on Debian: apt-get install chromium"
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ^NOTFOUND",  # nobody is reached, whoever asks
    "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 120.0


def executable() -> str | None:
    """Return the Chromium of this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One browser with one tab.

    Attributes
    ----------
    said
        Errors and warnings of the page that is open: its console, its policy, its scripts.
    """

    def __init__(self, netlog: Path | None = None) -> None:
        path = executable()
        if path is None:
            raise FileNotFoundError(MISSING)
        self.said: list[str] = []
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session = ""
        self._loaded = False
        self._home = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        theirs, self._write = os.pipe()
        self._read, answers = os.pipe()
        # The browser reads its orders from descriptor 3 and answers on 4.
        log = [f"--log-net-log={netlog}"] if netlog else []
        order = f'exec "$@" 3<&{theirs} 4>&{answers}'
        self._browser = subprocess.Popen(
            ["bash", "-c", order, "chromium", path, *_FLAGS, *log,
             f"--user-data-dir={self._home.name}", "about:blank"],
            pass_fds=(theirs, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs)
        os.close(answers)
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("Browser.close", session=False)
        self._browser.wait(timeout=_PATIENCE)  # only then is its net log whole
        os.close(self._write)
        os.close(self._read)
        self._home.cleanup()

    def open(self, page: Path) -> None:
        """Open a page and wait until it is there."""
        self.said.clear()
        self._loaded = False
        self._ask("Page.navigate", url=page.resolve().as_uri())
        while not self._loaded:
            self._hear()

    def look(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        """Give the window a size, and the reader a liking for light or dark."""
        phone = width < 600
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=phone,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page; of a promise, what it promises."""
        answer = self._ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:1_000])
        return answer["result"].get("value")

    def picture(self, target: Path, *, whole: bool = False) -> None:
        """Write what the window shows, or the whole page, as a PNG."""
        more: dict[str, Any] = {"captureBeyondViewport": whole}
        if whole:
            size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
            more["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}
            more["clip"]["scale"] = 1
        answer = self._ask("Page.captureScreenshot", format="png", **more)
        target.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self) -> bytes:
        """Return the page as it is printed on A4."""
        answer = self._ask(
            "Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True
        )
        return base64.b64decode(answer["data"])

    def _ask(self, method: str, *, session: bool = True, **given: Any) -> dict[str, Any]:
        number = next(self._numbers)
        order: dict[str, Any] = {"id": number, "method": method, "params": given}
        if session and self._session:
            order["sessionId"] = self._session
        data = json.dumps(order).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._hear()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _hear(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            data = os.read(self._read, 1 << 20)
            if not data or time.monotonic() > until:
                raise RuntimeError("Chromium ended without an answer.")
            self._rest += data
        one, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(one)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(told["exceptionDetails"].get("text")))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.said.append(json.dumps(told["args"])[:300])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.said.append(told["entry"]["text"])


def asked_for(netlog: Path) -> list[str]:
    """List the addresses that pages of this machine asked for, from the log of a browser's network.

    What a page causes, be it a request, a connection or a look-up of a name, is filed under the
    page's own origin; what the browser asks for itself, such as updates, is filed under others.
    """
    log = json.loads(netlog.read_text("utf-8"))
    found = set()
    for event in log["events"]:
        told = event.get("params", {})
        keys = ("network_isolation_key", "network_anonymization_key", "group_id")
        if any("file:" in str(told.get(key, "")) for key in keys):
            where = str(told.get("url") or told.get("host") or told.get("group_id"))
            found.add(where.partition(" <")[0])
    return sorted(where for where in found if not where.startswith("file:"))


def main() -> None:
    """Take a picture of a page."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("page", type=Path)
    reader.add_argument("picture", type=Path)
    reader.add_argument("--width", type=int, default=1265)
    reader.add_argument("--height", type=int, default=1612)
    reader.add_argument("--dark", action="store_true")
    reader.add_argument("--whole", action="store_true", help="the whole page, however long")
    given = reader.parse_args()
    if executable() is None:
        raise SystemExit(MISSING)
    with Chromium() as browser:
        browser.look(given.width, dark=given.dark, height=given.height)
        browser.open(given.page)
        browser.picture(given.picture, whole=given.whole)


if __name__ == "__main__":
    main()
