"""A move with the mouse in a real browser, and a picture of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from nim_tui.paint import DUSK
from nim_tui.widgets.board.heap import Heap
from tests.nim_tui.screens.stage import running
from tests.nim_tui.web.browser import PROGRAM, browsing
from tests.nim_tui.web.serving import serving
from tests.support import eventually_async, require

KEPT = Path(__file__).parents[3] / "build" / "pictures" / "browser.png"


async def cells(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The cells of heap 1's second object and of the button, on a board of this size."""
    async with running(start="hotseat", size=size) as stage:
        await stage.at("BoardScreen")
        await stage.press("a", "up")
        heap = stage.screen.query_one("#heap1", Heap)
        region, pill = heap.region, stage.screen.query_one("#take").region
        column = region.width // 2
        rows = [y for y in range(region.height) if heap.fit.object_at(column, y) == 3]
        return (region.x + column, region.y + rows[0]), (pill.x + 2, pill.y)


@pytest.mark.timeout(120)
async def test_a_move_with_the_mouse(tmp_path: Path) -> None:
    require(PROGRAM, "needs Chromium: apt install chromium")
    with (
        serving("--hotseat", home=tmp_path) as served,
        # The browser's child processes may still write while it is removed.
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
    ):
        async with browsing(Path(profile)) as browser:
            await browser.call("Page.navigate", url=served.url)
            await browser.until_drawn("Choose a heap: a, b or c")
            stone, pill = await cells(browser.size)
            await browser.click(*stone)
            await browser.until_drawn("Take 2 from heap 1, leaves 3")
            seen = len(browser.received)
            await browser.click(*pill)
            await browser.until_drawn("took 2 from heap 1", seen)
            await browser.until_drawn("Choose a heap: a, b or c", seen)

            async def shown() -> bytes:
                """The picture, once background and the opponent's banner are painted."""
                picture = await browser.picture()
                colours = await browser.colours(picture)
                ground, banner = (colours.get(c.lower(), 0) for c in (DUSK.bg, DUSK.opp))
                return picture if ground > 100_000 and banner > 500 else b""

            picture = await eventually_async(shown, timeout=15, what="a painted board")
            KEPT.parent.mkdir(parents=True, exist_ok=True)
            KEPT.write_bytes(picture)
            elsewhere = (url for url in browser.asked if not url.startswith((served.url, "data:")))
            assert list(elsewhere) == []
