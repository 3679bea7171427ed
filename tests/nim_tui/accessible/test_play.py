"""Boards as lines and questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.domain.game import Game
from backend.domain.nim import Board, Move
from nim_tui.accessible.play import CHANGED, NOT_AN_ANSWER, TAKE_ONE, Play
from nim_tui.accessible.typed_line import TypedLine
from nim_tui.matches import HotseatMatch, LessonMatch, LiveMatch, PracticeMatch
from nim_tui.model.board_options import NAMES
from nim_tui.model.lessons import LESSONS, Lesson
from tests.nim_tui.accessible.stage import console, play, transcript
from tests.nim_tui.fakes import NOW, make_game
from tests.support import eventually_async


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def practice() -> PracticeMatch:
    return PracticeMatch("perfect", (2, 1, 0), seed=1, pause=at_once)


async def test_a_whole_game_by_prepared_answers() -> None:
    lines, played = await play(practice(), "a2", "back")
    assert played.match.game.winner == "You"
    assert lines == [
        "Practice, perfect: last object loses.",
        "You move first.",
        "Heap a: 2. Heap b: 1. Heap c: 0.",
        "Your turn. Which move?",
        "Answer a heap and how many to take, such as b3. Answer ? to hear what else.",
        "Answer: a2",
        "You took 2 from heap a.",
        "Heap a: 0. Heap b: 1. Heap c: 0.",
        "The computer took 1 from heap b.",
        "You won. The computer took the last object. 2 moves in 1 minute.",
        "Results, perfect: 1 won, 0 lost.",
        "Another game? Answer rematch, review or back.",
        "Answer: back",
        "Left: BACK",
    ]


@pytest.mark.parametrize("answer", ["a1", "A 1", "1 1", "  a   1 ", "11"])
async def test_ways_to_answer_a_move(answer: str) -> None:
    _, played = await play(HotseatMatch(), answer)
    assert played.match.game.heaps == (4, 4, 5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("b9", "Heap b has only 4 objects."),
        ("c0", TAKE_ONE),
        ("d1", NOT_AN_ANSWER),
        ("hint", "Not now: hint. Answer ? to hear what you can."),
        ("resign", "Not now: resign. Answer ? to hear what you can."),
        ("\x1b[2J", NOT_AN_ANSWER),
        ("9" * 500, NOT_AN_ANSWER),
    ],
)
async def test_what_cannot_be_answered_changes_nothing(answer: str, said: str) -> None:
    lines, played = await play(HotseatMatch(), answer)
    assert said in lines
    assert played.match.game.version == 0
    assert not any("\x1b" in line for line in lines)


async def test_an_empty_heap() -> None:
    lines, _ = await play(HotseatMatch(heaps=(0, 2, 3)), "a1")
    assert "Heap a is empty. Choose another one." in lines


async def test_two_people_at_one_keyboard_take_turns() -> None:
    lines, played = await play(HotseatMatch(heaps=(1, 1, 0)), "a1", "b1", "rematch")
    assert f"{NAMES[0]}'s turn. Which move?" in lines
    assert f"{NAMES[1]}'s turn. Which move?" in lines
    assert f"{NAMES[0]} won. {NAMES[1]} took the last object. 2 moves in 1 minute." in lines
    assert played.match.game.turn == NAMES[1], "the other player begins the rematch"


async def test_a_hint_is_a_winning_move_with_its_reason() -> None:
    lines, _ = await play(PracticeMatch("perfect", pause=at_once), "hint")
    hint = next(line for line in lines if line.startswith("Hint: "))
    best = Board((5, 4, 5)).best_move()
    assert best == Move(1, 1)
    assert hint == "Hint: take 4 from heap a, leaves 1, 4, 5: every column even."
    assert any(line.startswith("An odd column: ") for line in lines)


async def test_undo_and_restart() -> None:
    lines, played = await play(HotseatMatch(), "a1", "undo", "b2", "restart", "no", "moves")
    assert played.match.game.heaps == (5, 2, 5)
    assert "Leave this game and start again? Answer yes or no." in lines
    assert "Move 1: Ana took 2 from heap b. Heap a: 5. Heap b: 2. Heap c: 5." in lines
    _, played = await play(HotseatMatch(), "a1", "restart", "yes")
    assert played.match.game.version == 0


async def test_a_move_is_confirmed_where_the_settings_ask_for_it() -> None:
    lines, played = await play(HotseatMatch(), "a2", "no", "a1", "yes", confirm=True)
    assert "Take 2 from heap a, leaves 3. Answer yes or no." in lines
    assert played.match.game.heaps == (4, 4, 5)


async def test_a_review_judges_every_move() -> None:
    lines, _ = await play(HotseatMatch(heaps=(2, 1, 0)), "a1", "a1", "b1", "review")
    assert "Move 1: Ana took 1 from heap a. Heap a: 1. Heap b: 1. Heap c: 0. " in "\n".join(lines)
    assert any("Slip: it let Ben win. Better: 2 from heap a." in line for line in lines)


async def test_every_answer_that_help_names_is_one() -> None:
    lines, _ = await play(PracticeMatch("easy", pause=at_once), "a1", "?")
    named = [line.split(":")[0] for line in lines[lines.index("Answer: ?") + 1 :] if ": " in line]
    assert {"b3", "hint", "undo", "restart", "board", "moves", "back"} <= set(named)
    for word in {"hint", "undo", "restart", "board", "moves", "back"}:
        answered, _ = await play(PracticeMatch("easy", pause=at_once), "a1", word)
        assert NOT_AN_ANSWER not in answered
        assert not any(line.startswith("Not now") for line in answered)


async def test_a_lesson_is_told_its_slip_undone_and_won() -> None:
    learned: list[Lesson] = []
    match = LessonMatch(LESSONS[0], learned=learned.append, pause=at_once)
    lines, played = await play(match, "b3", "undo", "b2", "next")
    assert "Slip: you took the last object, and so you lose." in lines
    assert "You can go back to where you could win: answer undo." in lines
    assert "You won: the computer had to take the last object." in lines
    assert learned == [LESSONS[0]]
    assert isinstance(played.match, LessonMatch)
    assert played.match.lesson is LESSONS[1]
    # The idea is told once, and not again with each line that follows.
    assert sum(line.startswith("With two equal heaps") for line in lines) == 1


async def test_what_was_good_about_a_move_is_said_once() -> None:
    whole_game = LessonMatch(LESSONS[6], learned=lambda lesson: None, pause=at_once)
    lines, _ = await play(whole_game, "a2")
    assert "The computer" in " ".join(lines), "it has replied"
    assert sum(line.startswith("Good: ") for line in lines) == 1


class Opponent:
    """A client whose opponent moves when the test says so."""

    username = "ana"

    def __init__(self, game: Game) -> None:
        self.game = game
        self.moved = asyncio.Event()

    async def move(self, game: Game, heap: int, left: int) -> Game:
        self.game = game.after_move("ana", Move(heap, left), NOW)
        return self.game

    async def watch_game(self, game_id: str) -> AsyncIterator[Game]:
        while True:
            await self.moved.wait()
            self.moved.clear()
            self.game = self.game.after_move("bob", Move(1, self.game.heaps[0] - 1), NOW)
            yield self.game


@pytest.mark.parametrize("sent", [False, True])
async def test_a_move_for_a_board_that_nobody_has_heard_is_not_made(*, sent: bool) -> None:
    """The opponent moves while the person types, or when the answer is already on its way."""
    at = console(interactive=True)
    line = TypedLine()
    at.partial = lambda: bool(line.text)
    client: Any = Opponent(make_game("bob"))
    match = LiveMatch(client, client.game, now=lambda: NOW)
    playing = asyncio.ensure_future(Play(at, match).run())
    at.typed("a1")
    await eventually_async(lambda: match.game.version == 1)
    if sent:
        at.typed("c1")
        client.moved.set()
        await eventually_async(lambda: "bob's turn." in transcript(at))
    else:
        line.text = "c1"
        client.moved.set()
        await eventually_async(lambda: match.game.version == 2)
        assert "bob took 1 from heap a." not in transcript(at)
        line.text = ""
        at.typed("c1")
        at.release()
        await eventually_async(lambda: CHANGED in transcript(at))
    await eventually_async(lambda: "bob took 1 from heap a." in transcript(at))
    assert match.game.version == 2
    at.typed("c1")
    await eventually_async(lambda: match.game.version == 3)
    at.typed("back")
    await playing
