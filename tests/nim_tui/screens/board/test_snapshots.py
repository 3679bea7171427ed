"""Pictures of the board, at a fixed time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from backend.domain.nim import Move
from nim_tui.matches import HotseatMatch, LessonMatch, LiveMatch, Match, PracticeMatch
from nim_tui.model.lessons import LESSONS
from nim_tui.paint import Depth
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.terminal.capabilities import Terminal
from tests.nim_tui.screens.board.stage import NOW, FakeClient, clock, game, settled, stage_app

Snap = Callable[..., bool]

YOUR_TURN = replace(
    game((3, 4), (2, 3), (3, 2), user1="alice", user2="bob", days=3),
    waiting_since=NOW - timedelta(days=1),
)
WAITING = replace(
    game((3, 4), (2, 3), (3, 2), (1, 3), user1="alice", user2="bob", days=3),
    waiting_since=NOW - timedelta(days=1),
)
WON = replace(
    game((1, 4), (2, 0), (3, 2), (1, 2), (3, 1), (3, 0), (1, 1), (1, 0)),
    created_at=NOW - timedelta(days=3),
    ended_at=NOW,
)
BARE = Terminal(depth=Depth.NONE)
ASCII = Terminal(depth=Depth.NONE, unicode=False)


async def live(of: object) -> Match:
    assert isinstance(of, type(WON))
    return LiveMatch(FakeClient(of), of, now=clock)


async def hotseat(_: object) -> Match:
    return HotseatMatch(now=clock)


async def twenty(_: object) -> Match:
    return HotseatMatch(heaps=(20, 13, 17), now=clock)


async def practice(_: object) -> Match:
    return PracticeMatch("perfect", now=clock)


SLIP = (4, Move(1, 5), Move(3, 1))
GOOD = (4, Move(3, 2), Move(1, 2))


async def lesson(of: object) -> Match:
    assert isinstance(of, tuple)
    return LessonMatch(LESSONS[of[0]], of[1:], now=clock)


@pytest.mark.parametrize(
    ("sit", "of", "size", "keys", "theme", "terminal"),
    [
        pytest.param(live, YOUR_TURN, (50, 16), "a 2", "dusk", None, id="your-turn-50x16"),
        pytest.param(live, YOUR_TURN, (80, 24), "a 2", "dusk", None, id="your-turn-80x24"),
        pytest.param(live, YOUR_TURN, (120, 40), "a 2", "dusk", None, id="your-turn-120x40"),
        pytest.param(live, YOUR_TURN, (80, 24), "a 2", "dusk", BARE, id="your-turn-no-color"),
        pytest.param(live, YOUR_TURN, (50, 16), "a 2", "dusk", ASCII, id="your-turn-ascii"),
        pytest.param(live, WAITING, (80, 24), "", "paper", None, id="waiting-paper"),
        pytest.param(live, WON, (80, 24), "", "dusk", None, id="won-80x24"),
        pytest.param(live, WON, (50, 16), "", "paper", None, id="won-50x16-paper"),
        pytest.param(hotseat, None, (120, 40), "c 2 enter b 2", "paper", None, id="hotseat-paper"),
        pytest.param(twenty, None, (80, 24), "c 3 enter a 3", "dusk", None, id="twenty"),
        pytest.param(lesson, SLIP, (80, 24), "", "dusk", None, id="lesson-slip-80x24"),
        pytest.param(lesson, SLIP, (50, 16), "", "paper", None, id="lesson-slip-50x16-paper"),
        pytest.param(lesson, SLIP, (80, 24), "", "dusk", BARE, id="lesson-slip-no-color"),
        pytest.param(lesson, GOOD, (120, 40), "b", "dusk", None, id="lesson-good-120x40"),
        pytest.param(practice, None, (80, 24), "h", "okabe", None, id="hint-okabe"),
    ],
)
def test_the_board(
    sit: Callable[[object], object],
    of: object,
    size: tuple[int, int],
    keys: str,
    theme: str,
    terminal: Terminal | None,
    snap_compare: Snap,
) -> None:
    app = stage_app(theme=theme, shows=terminal)

    async def begin(pilot: Pilot[None]) -> None:
        table = await sit(of)  # type: ignore[misc] # one of the six above
        await app.push_screen(BoardScreen(table))
        await settled(pilot)
        await pilot.press(*keys.split())
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=begin)
