"""Learning to win: the list, a lesson on the board, slips and steps back, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.domain.nim import Board, Move
from nim_tui.config.settings import load_settings
from nim_tui.matches import lesson as lesson_match
from nim_tui.model.lessons import LESSONS, Lesson
from nim_tui.screens.board.screen import BoardScreen
from tests.nim_tui.screens.stage import Stage, running
from tests.support import at_length, eventually_async

SIZES = pytest.mark.parametrize("size", [(50, 16), *at_length((80, 24), (120, 40))])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The partner answers as soon as it can."""
    monkeypatch.setattr(lesson_match, "THINKING", 0.01)


def board(stage: Stage) -> BoardScreen:
    assert isinstance(stage.screen, BoardScreen)
    return stage.screen


async def take(stage: Stage, move: Move) -> None:
    """Make a move with the keys, and wait for the answer."""
    heap = board(stage).game.board.count(move.heap)
    before = len(board(stage).game.moves)
    await stage.press("abc"[move.heap - 1], *str(heap - move.left), "enter")
    await stage.until(
        lambda: len(board(stage).game.moves) >= before + 2 or board(stage).game.turn is None
    )


async def win(stage: Stage) -> None:
    """Play a lesson to its good end."""
    while board(stage).game.turn is not None:
        await stage.until(lambda: "Your turn" in stage.says("#turn"))
        await take(stage, board(stage).game.board.winning_moves()[0])
    await stage.until(lambda: "You won" in stage.says("#turn"))


async def test_all_lessons_are_won_in_a_row_and_remembered() -> None:
    async with running() as stage:
        await stage.press("l")
        await stage.at("LessonsScreen")
        assert "0 of 7 won" in stage.picture
        await stage.press("enter")
        await stage.at("BoardScreen")
        for number, lesson in enumerate(LESSONS, 1):
            await stage.until(lambda n=number: f"lesson {n} of 7" in stage.picture)  # type: ignore[misc] # a default binds the loop's value
            assert board(stage).game.start == lesson.start
            await win(stage)
            assert "You won: " in stage.says("#coach")
            if number < len(LESSONS):
                assert "The next lesson?" in stage.says("#selection")
                await stage.press("n")
        await eventually_async(lambda: len(load_settings().lessons_done) == 7)
        assert "Now win against the computer?" in stage.says("#selection")
        await stage.press("n")
        await stage.until(lambda: "practice" in stage.says("#place"))
        await stage.press("escape")
        await stage.at("WelcomeScreen")
    async with running() as stage:
        stage.app.settings = load_settings()
        await stage.press("l")
        await stage.at("LessonsScreen")
        assert stage.picture.count("✓") == 7
        await stage.press("7")
        await stage.at("BoardScreen")
        assert board(stage).game.heaps == (3, 4, 5), "any lesson can be repeated"


@SIZES
async def test_a_slip_is_shown_with_its_punishment_and_taken_back(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        await stage.press("l", "3")
        await stage.at("BoardScreen")
        assert stage.says("#coach").startswith("With two unequal heaps")
        await take(stage, Move(1, 4))
        assert stage.says("#coach").startswith("✗ Slip: you left 4 and 3, not equal. The computer")
        assert "leaves you 3 and 3, equal" in stage.says("#coach")
        assert "Back to where you could win?" in stage.says("#selection")
        await stage.click("#take")
        await stage.until(lambda: board(stage).game.heaps == (5, 0, 3))
        assert "Your turn" in stage.says("#turn")
        await take(stage, Move(1, 3))
        assert stage.says("#coach").startswith("✓ Good: 3 and 3, equal.")
        assert load_settings().lessons_done == ()
        await stage.press("u")
        await stage.until(lambda: board(stage).game.heaps == (5, 0, 3))


async def test_a_lost_lesson_is_not_won() -> None:
    async with running() as stage:
        await stage.press("l", "1")
        await stage.at("BoardScreen")
        await stage.press("b", "3", "enter")
        await stage.until(lambda: "You lost" in stage.says("#turn"))
        assert "you took the last object" in stage.says("#coach")
        await stage.press("u")
        await stage.until(lambda: board(stage).game.heaps == (0, 3, 0))
        await stage.press("escape")
        await stage.at("LessonsScreen")
        assert "0 of 7 won" in stage.picture


async def test_a_step_back_while_the_computer_thinks_is_not_overtaken_by_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lesson_match, "THINKING", 0.3)
    async with running() as stage:
        await stage.press("l", "3")
        await stage.at("BoardScreen")
        await stage.press("a", "enter")
        await stage.until(lambda: "Watch what the computer does" in stage.says("#coach"))
        await stage.press("u")
        await stage.until(lambda: board(stage).game.heaps == (5, 0, 3))
        await take(stage, Move(1, 3))
        assert board(stage).game.heaps == (3, 0, 2)


async def test_the_list_is_gone_through_with_the_keys_and_the_mouse() -> None:
    async with running() as stage:
        await stage.click("#lessons")
        await stage.at("LessonsScreen")
        for key, lesson in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 6), ("j", 0), ("G", 6), ("g", 0),
        ):  # fmt: skip
            await stage.press(key)
            assert before(LESSONS[lesson]) in words(stage), key
        assert await stage.pilot.click("#list", offset=(8, 4))
        await stage.at("BoardScreen")
        assert "Every column even" in stage.says("#place")
        await stage.press("escape")
        await stage.at("LessonsScreen")
        await stage.press("escape")
        await stage.at("WelcomeScreen")


def before(lesson: Lesson) -> str:
    from nim_tui.text.lessons import before

    return before(lesson)


def words(stage: Stage) -> str:
    return str(stage.screen.query_one("#about").render())


async def test_the_list_shows_the_next_lesson_after_one_was_won() -> None:
    async with running() as stage:
        await stage.press("l", "1")
        await stage.at("BoardScreen")
        await win(stage)
        await stage.press("escape")
        await stage.at("LessonsScreen")
        await stage.until(lambda: "1 of 7 won" in stage.picture)
        assert before(LESSONS[1]) in words(stage)


def shown(stage: Stage) -> list[str]:
    """The words that are to be seen where the coach speaks."""
    region = stage.screen.query_one("#coach").region
    rows = stage.picture.splitlines()[region.y : region.bottom]
    return " ".join(row[region.x : region.right] for row in rows).split()


def every_slip(lesson: Lesson) -> Iterator[Move]:
    board = Board(lesson.start)
    return (move for move in board.moves() if board.after(move).winning)


# Every lesson where there is the least room, and the longest two elsewhere.
@pytest.mark.parametrize(
    ("index", "size"),
    [(index, (50, 16)) for index in range(len(LESSONS))]
    + [
        pytest.param(*wider, marks=pytest.mark.reliability)
        for wider in ((3, (80, 24)), (5, (120, 40)))
    ],
)
async def test_everything_that_is_said_is_to_be_read_whole(
    index: int, size: tuple[int, int]
) -> None:
    lesson = LESSONS[index]
    async with running(size=size) as stage:
        await stage.press("l", str(index + 1))
        await stage.at("BoardScreen")
        await stage.until(lambda: "Your turn" in stage.says("#turn"))
        for move in [] if lesson.partner_begins else list(every_slip(lesson))[:4]:
            await take(stage, move)
            assert shown(stage) == stage.says("#coach").split()
            await stage.press("u")
            await stage.until(lambda: board(stage).game.heaps == lesson.start)
        await win(stage)
        assert shown(stage) == stage.says("#coach").split()
