"""Headless Chromium, driven through its DevTools protocol: enough to open a page and click.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.support import eventually_async

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--window-size=1000,640",
)
_ESCAPES = re.compile(r"\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b.")


@dataclass
class Browser:
    """One page: what its WebSocket received and sent, and each URL that it has requested."""

    socket: aiohttp.ClientWebSocketResponse
    received: str = ""
    sent: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def listen(self) -> None:
        """Handle the browser's messages until it ends."""
        async for frame in self.socket:
            message = json.loads(frame.data)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Network.webSocketFrameReceived":
                data = message["params"]["response"]
                if data["opcode"] == 2:
                    self.received += base64.b64decode(data["payloadData"]).decode(errors="replace")
            elif message["method"] == "Network.webSocketFrameSent":
                self.sent.append(json.loads(message["params"]["response"]["payloadData"]))
            elif message["method"] == "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])

    async def call(self, method: str, **parameters: Any) -> Any:
        """The result of a method of the protocol."""
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        message = await asyncio.wait_for(answer, 20)
        assert "error" not in message, message
        return message["result"]

    async def value(self, script: str) -> Any:
        """The value of a JavaScript expression on the page."""
        found = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the page's terminal; (0, 0) until they are known."""
        sizes = [each[1] for each in self.sent if each[0] == "resize"]
        return (sizes[-1]["width"], sizes[-1]["height"]) if sizes else (0, 0)

    async def click(self, column: int, row: int) -> None:
        """Click with the left button in the middle of a cell."""
        box = await self.value(
            "(({x, y, width, height}) => [x, y, width, height])"
            "(document.querySelector('.xterm-screen').getBoundingClientRect())"
        )
        x, y = (
            box[0] + box[2] * (column + 0.5) / self.size[0],
            box[1] + box[3] * (row + 0.5) / self.size[1],
        )
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def until_drawn(self, words: str, since: int = 0) -> None:
        """Wait until the app has sent these words, after the first `since` characters."""
        await eventually_async(
            lambda: words in _ESCAPES.sub("", self.received[since:]),
            timeout=20,
            what=f"{words!r} in the browser",
        )

    async def picture(self) -> bytes:
        """The page as PNG."""
        result = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(result["data"])

    async def colours(self, picture: bytes) -> dict[str, int]:
        """The number of pixels of each colour (`#rrggbb`) in a PNG."""
        encoded = base64.b64encode(picture).decode()
        found: dict[str, int] = await self.value(
            "(async () => {const i = new Image(); i.src = 'data:image/png;base64,"
            + encoded
            + "'; await i.decode(); const c = document.createElement('canvas');"
            "c.width = i.width; c.height = i.height; const x = c.getContext('2d');"
            "x.drawImage(i, 0, 0); const d = x.getImageData(0, 0, c.width, c.height).data;"
            "const n = {}; for (let k = 0; k < d.length; k += 4) {"
            "const h = '#' + [d[k], d[k+1], d[k+2]].map(v => v.toString(16).padStart(2, '0'))"
            ".join(''); n[h] = (n[h] || 0) + 1;} return n;})()"
        )
        return found


@contextlib.asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Browser]:
    """A browser with an empty profile in `folder`, on an empty page."""
    assert PROGRAM is not None
    process = subprocess.Popen(  # noqa: ASYNC220 - it starts in milliseconds, nothing else waits
        [PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        where = folder / "DevToolsActivePort"
        await eventually_async(
            lambda: where.exists() and where.read_text().count("\n"), timeout=30, what="Chromium"
        )
        port = where.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(
                pages[0]["webSocketDebuggerUrl"], max_msg_size=2**26
            ) as socket:
                browser = Browser(socket)
                listener = asyncio.create_task(browser.listen())
                for part in ("Network", "Page", "Runtime"):
                    await browser.call(f"{part}.enable")
                try:
                    yield browser
                finally:
                    await browser.call("Browser.close")
                    await listener
    finally:
        process.terminate()
        process.wait(20)
