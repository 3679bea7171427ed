"""A person against the computer, and two computers alone."""

from __future__ import annotations

import asyncio

import pytest

from backend.domain.nim import Move
from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.matches import DemoMatch, PracticeMatch
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.tokens import MemoryVault
from tests.nim_tui.screens.board.stage import Stage, at_board, clock
from tests.support import unused_database


async def no_pause(seconds: float) -> None:
    """Think as fast as possible, yet let others have their turn."""
    assert seconds > 0
    await asyncio.sleep(0)


def practice(**changes: object) -> PracticeMatch:
    return PracticeMatch(now=clock, pause=no_pause, **changes)  # type: ignore[arg-type] # a test's shorthand


async def test_enter_a_enter_is_a_first_legal_move() -> None:
    app = NimApp(NimClient.embedded(unused_database()), vault=MemoryVault())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        async with asyncio.timeout(20):
            while not isinstance(app.screen, BoardScreen):
                await pilot.pause()
        await pilot.press("a", "enter")
        stage = Stage(pilot)
        await stage.until(lambda: stage.screen.game.moves)
        assert stage.screen.game.moves[0].heap == 1
        assert stage.screen.game.moves[0].left == 4


async def best(stage: Stage) -> None:
    """Play the best move with the keys."""
    board = stage.screen.game.board
    move = board.best_move()
    count = board.count(move.heap) - move.left
    before = len(stage.screen.game.moves)
    await stage.press("abc"[move.heap - 1], str(count), "enter")
    await stage.until(
        lambda: len(stage.screen.game.moves) >= before + 2 or stage.screen.game.turn is None
    )


async def test_a_whole_game_against_the_perfect_computer_can_be_won() -> None:
    async with at_board(practice(level="perfect", heaps=(5, 4, 5))) as stage:
        assert stage.says("turn") == "● Your turn"
        while stage.screen.game.turn:
            await best(stage)
        assert stage.says("turn") == "● You won", "5, 4, 5 is won for whoever begins"
        assert stage.says("last").startswith("The computer took the last object. ")
        await stage.press("r")
        await stage.until(lambda: stage.counts == (5, 4, 5))
        assert stage.says("turn") == "● Your turn"


async def test_a_lost_game_is_lost_against_the_perfect_computer() -> None:
    async with at_board(practice(level="perfect", heaps=(1, 2, 3))) as stage:
        while stage.screen.game.turn:
            await best(stage)
        assert stage.says("turn") == "You lost"
        assert stage.says("last").startswith("You took the last object. ")


async def test_a_hint_is_shown_and_then_chosen() -> None:
    async with at_board(practice(heaps=(5, 4, 5))) as stage:
        await stage.press("h")
        assert stage.says("selection") == "Hint: take 4 from heap 1, leaves 1"
        assert (stage.says("take"), stage.chosen) == ("h", (0, 0, 0))
        await stage.press("h")
        assert stage.says("selection") == "Take 4 from heap 1, leaves 1"
        assert stage.chosen == (4, 0, 0)
        await stage.press("escape", "h", "escape")
        assert stage.says("selection") == "Choose a heap: a, b or c"


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_a_hint_where_no_move_wins_says_so(size: tuple[int, int]) -> None:
    async with at_board(practice(heaps=(1, 4, 5)), size=size) as stage:
        await stage.press("h")
        assert stage.says("selection") == "No move wins. Take 1 from heap 3?"
        await stage.press("h")
        assert stage.chosen == (0, 0, 1)


async def test_starting_again_asks_once_a_game_has_begun() -> None:
    async with at_board(practice(level="easy", seed=1)) as stage:
        await stage.press("a", "enter")
        await stage.until(lambda: len(stage.screen.game.moves) == 2)
        await stage.press("r")
        assert isinstance(stage.pilot.app.screen, ConfirmScreen)
        await stage.press("y")
        await stage.until(lambda: stage.counts == (5, 4, 5))


async def test_the_same_seed_plays_the_same_game() -> None:
    played = []
    for _ in range(2):
        table = practice(level="easy", seed=7)
        table.take_over(await table.move(table.game, Move(1, 2)))
        async for answer in table.changes():
            assert not hasattr(answer, "retry_in")
            played.append(answer)
            break
    assert played[0] == played[1]


async def test_the_demo_plays_game_after_game_until_a_key() -> None:
    steps = asyncio.Semaphore(0)

    async def pause(seconds: float) -> None:
        assert seconds > 0
        await steps.acquire()

    table = DemoMatch(heaps=(1, 2, 1), seed=3, now=clock, pause=pause)
    async with at_board(table) as stage:
        assert str(stage.screen.query_one("#keys").render()) == "Press any key to play"
        turns: set[str] = set()
        openings: set[str] = set()

        def seen() -> bool:
            steps.release()
            turns.add(stage.says("turn"))
            if stage.counts == (1, 2, 1):
                openings.add(stage.says("last"))
            return {"● Ada's turn", "◆ Alan's turn", "● Ada won", "◆ Alan won"} <= turns

        await stage.until(seen)
        assert openings == {"Ada moves first", "Alan moves first"}
        await stage.press("z")
        assert stage.pilot.app.screen.query("#practice")


async def test_any_key_leaves_the_demo_and_does_nothing_else() -> None:
    async with at_board(DemoMatch(now=clock)) as stage:
        for key in ("a", "enter", "escape"):
            await stage.press(key)
            assert stage.pilot.app.screen.query("#practice")
            assert len(stage.pilot.app.screen_stack) == 1
            await stage.pilot.app.push_screen(BoardScreen(DemoMatch(now=clock)))


async def test_a_move_is_taken_back_with_the_computers_answer() -> None:
    async with at_board(practice(level="easy", seed=1)) as stage:
        assert "practice, easy" in stage.says("place"), "the level is shown at 80 columns, too"
        await stage.press("u")
        assert stage.counts == (5, 4, 5), "there is nothing to take back"
        for _ in range(2):
            await stage.press("c", "enter")
            await stage.until(lambda: stage.screen.game.turn == stage.screen.game.user2)
        before = stage.counts
        played = len(stage.screen.game.moves)
        await stage.press("b", "enter")
        await stage.until(lambda: len(stage.screen.game.moves) == played + 2)
        await stage.press("u")
        await stage.until(lambda: len(stage.screen.game.moves) == played)
        assert stage.counts == before
        assert stage.says("turn") == "● Your turn"


async def test_a_move_is_taken_back_while_the_computer_thinks() -> None:
    thinking = asyncio.Event()

    async def think(seconds: float) -> None:
        assert seconds > 0
        await thinking.wait()

    async with at_board(PracticeMatch(now=clock, pause=think)) as stage:
        await stage.press("a", "enter")
        await stage.until(lambda: stage.counts == (4, 4, 5))
        await stage.press("u")
        await stage.until(lambda: stage.counts == (5, 4, 5))
        thinking.set()
        await stage.press("b", "enter")
        await stage.until(lambda: len(stage.screen.game.moves) == 2)
        assert stage.screen.game.moves[0].heap == 2
