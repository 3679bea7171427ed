"""In practice a hint gives its reason; in other games there is neither."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Static

from backend.domain.nim import Heaps
from nim_tui.matches import HotseatMatch, LiveMatch, PracticeMatch
from nim_tui.screens.review.why import WhyScreen
from tests.nim_tui.screens.board.stage import FakeClient, Stage, at_board, clock, game, settled


def asked(stage: Stage) -> bool:
    return isinstance(stage.pilot.app.screen, WhyScreen)


def picture(stage: Stage) -> str:
    strips = stage.pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 40)])
async def test_a_hint_gives_its_reason(size: tuple[int, int]) -> None:
    async with at_board(PracticeMatch(now=clock), size) as stage:
        await stage.press("w")
        assert asked(stage)
        await settled(stage.pilot)
        text = picture(stage)
        for words in ("Hint: take 4 from heap 1, leaves 1", "3 odd", "An odd column: it's your",
                      "the rule flips", "leaves 1 · 4 · 5: every column even.",
                      "Any key closes this."):  # fmt: skip
            assert words in text, words
        await stage.press("a")
        assert not asked(stage)
        assert stage.says("selection") == "Hint: take 4 from heap 1, leaves 1"
        assert stage.chosen == (0, 0, 0), "the key has only closed the card"
        await stage.press("h", "w", "escape", "h")
        # Keys wait until the card is gone.
        await stage.until(lambda: not asked(stage) and stage.chosen == (4, 0, 0))


@pytest.mark.parametrize(
    ("heaps", "words"),
    [
        ((1, 2, 3), "No move can win. Taking 1 from heap 3 drags the game out."),
        ((1, 1, 3), "leaves 1 · 1 · 1: an odd number of heaps of 1."),
    ],
)
async def test_the_reason_near_the_end_or_when_lost(heaps: Heaps, words: str) -> None:
    async with at_board(PracticeMatch(heaps=heaps, now=clock)) as stage:
        await stage.press("w")
        await settled(stage.pilot)
        notes = str(stage.pilot.app.screen.query_one("#notes", Static).render())
        assert words in notes.replace("\n", " ")


async def test_no_hint_and_no_reason_in_a_game_between_people() -> None:
    mine = game(user1="bob", user2="alice")
    for table in (LiveMatch(FakeClient(mine), mine, now=clock), HotseatMatch(now=clock)):
        async with at_board(table) as stage:
            await stage.press("h", "w")
            assert not asked(stage)
            assert "Hint" not in stage.says("selection")
            assert all(stage.heap(number)._view.hint == 0 for number in (1, 2, 3))


async def test_an_overdue_game_is_claimed_with_its_key() -> None:
    late = game((1, 4), days=1)
    late = replace(late, waiting_since=late.waiting_since and late.waiting_since.replace(year=2025))
    client = FakeClient(late)
    async with at_board(LiveMatch(client, late, now=clock)) as stage:
        assert stage.says("selection") == "bob ran out of time. Claim the game?"
        await stage.press("k")
        await stage.until(lambda: client.asked == ["claim"])
        await stage.until(lambda: stage.says("turn") == "● You won")
