"""Pictures of the review, at a fixed time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from backend.domain.game import Game
from nim_tui.matches import LiveMatch
from nim_tui.paint import Depth
from nim_tui.screens.review.screen import ReviewScreen
from nim_tui.terminal.capabilities import Terminal
from tests.nim_tui.model.test_analysis import PLAYED, after_a_gap
from tests.nim_tui.screens.board.stage import NOW, FakeClient, clock, game, settled, stage_app

Snap = Callable[..., bool]

WON = replace(PLAYED, created_at=NOW - timedelta(days=3), ended_at=NOW)
LARGE = game((1, 3), (2, 5), (3, 1), (1, 0), (3, 0), (2, 1), (2, 0), heaps=(20, 13, 17))
BARE = Terminal(depth=Depth.NONE)
ASCII = Terminal(depth=Depth.NONE, unicode=False)


@pytest.mark.parametrize(
    ("of", "size", "keys", "theme", "terminal"),
    [
        pytest.param(WON, (50, 16), "3", "dusk", None, id="50x16"),
        pytest.param(WON, (50, 16), "3 b", "paper", None, id="binary-50x16-paper"),
        pytest.param(WON, (80, 24), "d", "dusk", None, id="80x24"),
        pytest.param(WON, (80, 24), "3 b", "okabe", None, id="binary-80x24-okabe"),
        pytest.param(WON, (80, 24), "3 b", "dusk", BARE, id="binary-no-color"),
        pytest.param(WON, (50, 16), "3", "dusk", ASCII, id="ascii"),
        pytest.param(WON, (120, 40), "3", "dusk", None, id="120x40"),
        pytest.param(WON, (120, 40), "3", "paper", None, id="120x40-paper"),
        pytest.param(LARGE, (120, 40), "2", "dusk", None, id="large-120x40"),
        pytest.param(after_a_gap(), (80, 24), "end left", "dusk", None, id="gap"),
    ],
)
def test_the_review(
    of: Game,
    size: tuple[int, int],
    keys: str,
    theme: str,
    terminal: Terminal | None,
    snap_compare: Snap,
) -> None:
    app = stage_app(theme=theme, shows=terminal)

    async def begin(pilot: Pilot[None]) -> None:
        await app.push_screen(ReviewScreen(LiveMatch(FakeClient(of), of, now=clock)))
        await settled(pilot)
        await pilot.press(*keys.split())
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=begin)
