"""Every sentence about a game."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import (
    GameOver,
    IllegalMove,
    NimError,
    NotYourTurn,
    Stale,
    TooManyRequests,
    Unavailable,
)
from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move, Rule
from nim_tui.client.errors import Unreachable
from nim_tui.model.history import last_step, steps
from nim_tui.text import game as game_text
from tests.nim_tui.screens.board.stage import NOW, game, hidden_move

WON = replace(
    game((1, 4), (2, 0), (3, 2), (1, 2), (3, 1), (3, 0), (1, 1), (1, 0)),
    created_at=NOW - timedelta(days=3),
    ended_at=NOW,
)


def late(hours: float, turn: str = "bob") -> Game:
    """A game whose deadline is in that many hours."""
    moved = game((1, 4), days=7) if turn == "bob" else game(days=7)
    return replace(moved, waiting_since=NOW + timedelta(hours=hours) - timedelta(days=7))


@pytest.mark.parametrize(
    ("of", "viewer", "sentence"),
    [
        (game(), "alice", "Your turn"),
        (game(), "bob", "alice's turn"),
        (game((1, 4)), "alice", "bob's turn"),
        (game(), None, "alice's turn"),
        (WON, "alice", "You won"),
        (WON, "bob", "You lost"),
        (WON, None, "alice won"),
        (game().ended("decline", None, NOW), "alice", "Declined"),
        (game().ended("resign", "bob", NOW), "alice", "You lost"),
    ],
)
def test_turn(of: Game, viewer: str | None, sentence: str) -> None:
    assert game_text.turn(of, viewer) == sentence


@pytest.mark.parametrize(
    ("of", "viewer", "sentence"),
    [
        (game((1, 4), (3, 3)), "alice", "bob took 2 from heap 3"),
        (game((1, 4), (3, 3)), "bob", "You took 2 from heap 3"),
        (game((1, 4), (3, 3)), None, "bob took 2 from heap 3"),
        (game(), "alice", "bob invited you. You move first."),
        (game(), "bob", "alice moves first"),
        (game(), None, "alice moves first"),
        (hidden_move(game((1, 4)), "bob", 2, 1), "alice", "bob took 3 from heap 2"),
        (hidden_move(hidden_move(game(), "alice", 1, 1), "bob", 2, 1), "alice", ""),
    ],
)
def test_last_move(of: Game, viewer: str | None, sentence: str) -> None:
    assert game_text.last_move(of, viewer) == sentence


def test_the_last_move_after_a_gap_says_what_is_known() -> None:
    gap = hidden_move(game((1, 4)), "bob", 2, 1)
    after = gap.after_move("alice", Move(3, 2), NOW)
    assert steps(after)[-1].gap
    assert game_text.last_move(after, "alice") == "You left 2 in heap 3"
    assert game_text.took(steps(after)[-1]) == "heap 3 to 2"


@pytest.mark.parametrize(
    ("past", "sentence"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-9), "just now"),
        (timedelta(minutes=4), "4 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=35), "35 h"),
        (timedelta(hours=47), "2 d"),
        (timedelta(days=9), "9 d"),
    ],
)
def test_ago(past: timedelta, sentence: str) -> None:
    assert game_text.ago(NOW - past, NOW) == sentence


@pytest.mark.parametrize(
    ("hours", "short"), [(48, "2 d"), (13, "13 h"), (9, "! 9 h"), (0.2, "! 12 min")]
)
def test_deadline(hours: float, short: str) -> None:
    of = late(hours)
    assert game_text.time_left(of.deadline, NOW) == short
    assert game_text.deadline(of, NOW) == f"{short} left"
    assert game_text.urgent(of.deadline, NOW) is short.startswith("!")


def test_no_limit_and_a_limit_that_has_passed() -> None:
    assert game_text.deadline(game(), NOW) == ""
    assert not game_text.urgent(None, NOW)
    assert game_text.deadline(late(-1), NOW) == "overdue"


def test_waiting() -> None:
    assert (
        game_text.waiting(late(48), NOW) == "bob has 2 days left. You can leave; the game is saved."
    )
    assert (
        game_text.waiting(late(1), NOW) == "bob has 1 hour left. You can leave; the game is saved."
    )
    assert game_text.waiting(late(-1), NOW) == "bob ran out of time. Claim the game?"
    assert game_text.waiting(game((1, 4)), NOW).startswith("Waiting for bob. You can leave")


def test_selection_and_hint() -> None:
    assert game_text.selection(Move(1, 3), 5) == "Take 2 from heap 1, leaves 3"
    assert game_text.hint(Move(1, 1), Board((5, 4, 5))) == "Hint: take 4 from heap 1, leaves 1"


@pytest.mark.parametrize(
    ("heaps", "rule"), [((1, 4, 5), "misere"), ((1, 1, 1), "misere"), ((3, 3, 0), "normal")]
)
def test_a_hint_says_where_no_move_wins(heaps: Heaps, rule: Rule) -> None:
    board = Board(heaps, rule)
    hint = game_text.hint(board.best_move(), board)
    assert hint.startswith("No move wins. Take ")
    assert len(hint) <= 38, "beside its pill, 50 columns have no more room"


@pytest.mark.parametrize(
    ("of", "viewer", "sentence"),
    [
        (WON, "alice", "bob took the last object. 8 moves in 3 days."),
        (WON, "bob", "You took the last object. 8 moves in 3 days."),
        (game().ended("resign", "alice", NOW), "alice", "bob resigned."),
        (game().ended("resign", "alice", NOW), "bob", "You resigned."),
        (game().ended("timeout", "alice", NOW), "alice", "bob ran out of time."),
        (game().ended("decline", None, NOW), "bob", "alice declined the invitation."),
        (replace(WON, created_at=None), "alice", "bob took the last object. 8 moves."),
        (replace(WON, moves=WON.moves[:-2]), "alice", "bob took the last object."),
    ],
)
def test_end(of: Game, viewer: str, sentence: str) -> None:
    assert game_text.end(of, viewer) == sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Stale(game=game((2, 3), (2, 2))), "bob moved first. Here is the board now."),
        (Stale(game=game((2, 3))), "You moved in another window. Here is the board now."),
        (NotYourTurn(game=game((2, 3))), "It is bob's turn."),
        (GameOver(game=WON), "This game is over. Press r for a rematch."),
        (Unreachable(), "That move did not arrive. Press enter to try again."),
        (Unavailable(), "That move did not arrive. Press enter to try again."),
        (TooManyRequests(), TooManyRequests.default_message),
        (IllegalMove(), IllegalMove.default_message),
    ],
)
def test_refusals(error: NimError, sentence: str) -> None:
    assert game_text.refusal(error, game(), "alice") == sentence


HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b]0;x\x07",
    "\u202eevil",
    "a" * 200,
    "\n",
    "\U000e0001",
]


@given(name=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300)), other=st.text(max_size=30))
def test_no_name_breaks_a_sentence(name: str, other: str) -> None:
    of = game(user1=name or "x", user2=f"{other}2")
    moved = of.after_move(of.user2, Move(1, 2), NOW)
    replied = moved.after_move(of.user1, Move(2, 0), NOW) if moved.turn == of.user1 else moved
    ended = replied.ended("resign", of.user1, NOW)
    for sentence in (
        game_text.turn(of, None),
        game_text.last_move(replied, None),
        game_text.waiting(moved, NOW),
        game_text.end(ended, None),
        game_text.not_your_turn(moved),
        game_text.refusal(Stale(game=replied), of, None),
    ):
        assert sentence
        assert len(sentence) <= 80
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in sentence)


@given(st.data())
def test_the_history_accounts_for_every_object(data: st.DataObject) -> None:
    heaps = data.draw(st.tuples(*[st.integers(1, 20)] * 3))
    of = game(heaps=heaps)
    while of.turn and data.draw(st.booleans()):
        move = data.draw(st.sampled_from(list(of.board.moves())))
        of = of.after_move(of.turn, move, datetime.now(NOW.tzinfo))
    played = steps(of)
    assert sum(step.taken or 0 for step in played) == sum(heaps) - sum(of.heaps)
    assert (played[-1].after if played else heaps) == of.heaps
    assert last_step(of) == (played[-1] if played else None)
    assert not any(step.gap for step in played)
