"""Draw docs/game.svg, the film of one game that the README opens with, from the real screens.

A script of keys plays it; nothing in it depends on the clock or on chance. Run by `make pictures`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time

from nim_tui.matches import PracticeMatch
from nim_tui.paint import Rows
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.review.screen import ReviewScreen
from tests.nim_tui.screens.board import stage as boards
from tests.nim_tui.screens.stage import Stage, make_app
from tests.pictures import DOCS, FILM, FILM_CAPTION, USUAL, at_rest, seen
from tests.svg import to_film

KEPT = DOCS / f"{FILM}.svg"

# Seconds that a frame is shown.
LONG, USUAL_TIME, KEY = 2.5, 1.2, 0.6


class Camera:
    """Takes the frames: what the screen shows after some keys, and for how long."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.frames: list[tuple[float, Rows]] = []

    async def take(self, seconds: float, *keys: str) -> None:
        """Press the keys, and take a frame."""
        await self._stage.press(*keys)
        await at_rest(self._stage)
        self.frames.append((seconds, seen(self._stage)))


class Thinking:
    """The computer's time to think, which ends when the script says so."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    async def pause(self, _: float) -> None:
        await self._over.wait()
        self._over.clear()

    def end(self) -> None:
        self._over.set()


def over(board: BoardScreen) -> bool:
    """Whether the game has ended."""
    return board.game.state == "done"


async def play(stage: Stage) -> list[tuple[float, Rows]]:
    """The script: the first screen, a game that is won, and three moves of its review."""
    camera, thinking = Camera(stage), Thinking()
    await camera.take(LONG)
    board = BoardScreen(PracticeMatch("perfect", now=boards.clock, pause=thinking.pause))
    await stage.app.push_screen(board)
    await camera.take(USUAL_TIME)
    await camera.take(LONG, "h")
    await camera.take(USUAL_TIME, "h")
    while not over(board):
        await camera.take(USUAL_TIME, "enter")
        if over(board):
            break
        played = len(board.game.moves)
        thinking.end()
        await stage.until(lambda: len(board.game.moves) > played)  # noqa: B023 - awaited here
        await camera.take(USUAL_TIME)
        if over(board):
            break
        best = board.game.board.best_move()
        await camera.take(KEY, "abc"[best.heap - 1])
        count = board.game.board.count(best.heap) - best.left
        if count > 1:
            await camera.take(KEY, str(count))
    camera.frames[-1] = (2 * LONG, camera.frames[-1][1])
    await stage.press("v")
    await stage.until(lambda: isinstance(stage.screen, ReviewScreen))
    await camera.take(LONG)
    await camera.take(USUAL_TIME, "right")
    await camera.take(LONG, "right")
    return camera.frames


async def film() -> str:
    """The film as SVG."""
    app = make_app()
    async with app.run_test(size=USUAL, notifications=True) as pilot:
        stage = Stage(pilot)
        await at_rest(stage)
        frames = await play(stage)
        palette = app.look.palette
    return to_film(frames, fg=palette.text, bg=palette.bg, title=FILM_CAPTION)


def main() -> int:
    """Write the file."""
    KEPT.write_text(asyncio.run(film()), encoding="utf-8")
    print(f"docs/{KEPT.name}")
    return 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, TZ="UTC")
        time.tzset()
        sys.exit(main())
