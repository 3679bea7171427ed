"""Two people at one keyboard, by keys."""

from __future__ import annotations

from nim_tui.matches import HotseatMatch
from tests.nim_tui.screens.board.stage import at_board, clock


def table(**changes: object) -> HotseatMatch:
    return HotseatMatch(now=clock, **changes)  # type: ignore[arg-type] # a test's shorthand


async def test_a_game_from_the_first_move_to_the_last() -> None:
    async with at_board(table()) as stage:
        assert stage.says("turn") == "● Ana's turn"
        assert stage.says("selection") == "Choose a heap: a, b or c"
        await stage.press("a")
        assert (stage.counts, stage.chosen) == ((5, 4, 5), (1, 0, 0))
        assert stage.says("selection") == "Take 1 from heap 1, leaves 4"
        await stage.press("enter")
        assert (stage.counts, stage.chosen) == ((4, 4, 5), (0, 0, 0))
        assert stage.says("turn") == "◆ Ben's turn"
        assert stage.says("last") == "Ana took 1 from heap 1"
        await stage.press("c", "5", "enter", "b", "4", "enter", "a", "4", "enter")
        assert stage.counts == (0, 0, 0)
        assert stage.says("turn") == "● Ana won"
        assert stage.says("last").startswith("Ben took the last object. 4 moves")
        assert "4 ◆ 4 from heap 1" in stage.says("moves")


async def test_the_loser_of_the_start_begins_the_rematch() -> None:
    async with at_board(table(heaps=(1, 1, 0))) as stage:
        await stage.press("a", "enter", "b", "enter")
        assert stage.says("turn") == "● Ana won"
        await stage.press("r")
        await stage.until(lambda: stage.says("turn") == "◆ Ben's turn")
        assert stage.counts == (1, 1, 0)


async def test_five_quick_enters_make_one_move() -> None:
    async with at_board(table()) as stage:
        await stage.press("a", *["enter"] * 5)
        assert stage.counts == (4, 4, 5)
        assert len(stage.screen.game.moves) == 1


CHOICES = [
    ("b", (0, 1, 0)),
    ("a up up", (3, 0, 0)),
    ("a up down down", (1, 0, 0)),
    ("a up up up up up up", (5, 0, 0)),
    ("a 3", (3, 0, 0)),
    ("a up a", (1, 0, 0)),
    ("a c", (0, 0, 1)),
    ("a right", (0, 1, 0)),
    ("a left", (0, 0, 1)),
    ("right", (1, 0, 0)),
    ("left", (0, 0, 1)),
    ("up", (1, 0, 0)),
    ("a up escape", (0, 0, 0)),
    ("tab tab up", (0, 1, 0)),
    ("tab tab 2", (0, 2, 0)),
    ("a 0", (1, 0, 0)),
]


async def test_every_key_that_chooses() -> None:
    async with at_board(table()) as stage:
        for keys, chosen in CHOICES:
            await stage.sit(table())
            await stage.press(*keys.split())
            assert stage.chosen == chosen, keys
            assert stage.counts == (5, 4, 5)


async def test_digits_typed_quickly_join() -> None:
    async with at_board(table(heaps=(20, 20, 20))) as stage:
        await stage.press("a", "1", "2")
        assert stage.chosen == (12, 0, 0)
        await stage.press("up", "1", "5")
        assert stage.chosen == (15, 0, 0)


async def test_what_cannot_be_chosen_is_said_and_forgotten_with_the_next_key() -> None:
    async with at_board(table(heaps=(0, 4, 5))) as stage:
        await stage.press("a")
        assert stage.says("error") == "✗ Heap 1 is empty. Choose another one."
        await stage.press("b")
        assert (stage.says("error"), stage.chosen) == ("", (0, 1, 0))
        await stage.press("9")
        assert stage.says("error") == "✗ Heap 2 has only 4 objects."
        assert stage.chosen == (0, 1, 0)
        await stage.press("escape", "escape")
        assert stage.pilot.app.screen.query("#practice"), "leaving leads to the welcome screen"


async def test_by_focus_alone() -> None:
    async with at_board(table(heaps=(1, 1, 0))) as stage:
        await stage.press("tab", "up", "tab", "tab", "tab")
        assert stage.screen.focused is stage.screen.query_one("#take")
        assert str(stage.screen.focused.render()).startswith("▌")
        await stage.press("enter")
        assert stage.counts == (0, 1, 0)
        await stage.press("b", "enter", *["tab"] * 4, "enter")
        await stage.until(lambda: stage.counts == (1, 1, 0))


async def test_moves_are_taken_back_one_by_one() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        await stage.press("a", "enter", "b", "2", "enter")
        assert stage.counts == (4, 2, 5)
        await stage.press("u")
        await stage.until(lambda: stage.counts == (4, 4, 5))
        assert stage.says("turn") == "◆ Ben's turn"
        await stage.press("u")
        await stage.until(lambda: stage.counts == (5, 4, 5))
        assert stage.says("turn") == "● Ana's turn"
        await stage.press("u", "c", "enter")
        await stage.until(lambda: stage.counts == (5, 4, 4))


async def test_only_heaps_that_still_have_objects_are_proposed() -> None:
    async with at_board(HotseatMatch(heaps=(1, 2, 0), now=clock)) as stage:
        assert stage.says("selection") == "Choose a heap: a or b"
        await stage.press("1")
        assert stage.says("error").endswith("Choose a heap first: a or b.")
        await stage.press("a", "enter")
        assert stage.counts == (0, 2, 0)
        assert stage.says("selection") == "Choose heap b"
        # Only one heap is left, so a number alone says it all.
        await stage.press("2")
        assert stage.says("selection") == "Take 2 from heap 2, leaves 0"
