"""What the review and the hint say."""

from __future__ import annotations

import pytest

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move, Rule
from nim_tui.model.analysis import stops
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from tests.nim_tui.model.test_analysis import PLAYED, after_a_gap
from tests.nim_tui.screens.board.stage import NOW, game


def said(of: Game, number: int, viewer: str | None = "alice") -> str:
    return str(review_text.verdict(stops(of)[number - 1], of, viewer)[0])


@pytest.mark.parametrize(
    ("number", "viewer", "sentence"),
    [
        (1, "alice", "Good: bob can't win from here."),
        (1, "bob", "Good: you can't win from here."),
        (3, "alice", "Slip: it let bob win. Better: 1 from heap 3."),
        (3, "bob", "Slip: it let you win. Better: 1 from heap 3."),
        (3, None, "Slip: it let bob win. Better: 1 from heap 3."),
        (5, "alice", "Already lost: no move could win."),
        (6, "alice", "Slip: it let you win. Better: 2 from heap 1. The game was lost here."),
        (8, "alice", "Already lost: no move could win."),
    ],
)
def test_a_verdict(number: int, viewer: str | None, sentence: str) -> None:
    assert said(PLAYED, number, viewer) == sentence


def test_a_verdict_has_a_form_for_fifty_columns() -> None:
    for user in ("bob", "b" * 20):
        played = game((2, 0), (1, 4), (3, 2), (1, 2), (3, 1), (3, 0), (1, 1), (1, 0), user1=user)
        for stop in stops(played):
            assert len(str(review_text.verdict(stop, played, "alice")[-1])) <= 46


def test_a_move_behind_a_gap_is_not_judged() -> None:
    assert said(after_a_gap(), 3) == review_text.NOT_JUDGED


def test_taking_the_last_one_is_good_where_it_wins() -> None:
    played = game((1, 0), heaps=(1, 0, 0))
    normal = Game(
        game_id="n", user1="bob", user2="alice", heaps=(2, 0, 0), start=(2, 0, 0),
        last_move_by="bob", rule="normal",
    ).after_move("alice", Move(1, 0), NOW)  # fmt: skip
    assert said(normal, 1) == "Good: it took the last object."
    assert said(played, 1) == "Already lost: no move could win."


@pytest.mark.parametrize(
    ("heaps", "rule", "mover", "sentences"),
    [
        (
            (4, 0, 2), "misere", "bob",
            ["An odd column: it's bob's move, and bob can win by making every column even.",
             review_text.MISERE],
        ),
        (
            (4, 0, 4), "misere", "alice",
            ["Every column is even. You can't win from here if they play perfectly.",
             review_text.MISERE],
        ),
        ((4, 0, 4), "normal", "bob",
         ["Every column is even. bob can't win from here if you play perfectly."]),
        ((1, 0, 1), "normal", "alice",
         ["Every column is even. You can't win from here if they play perfectly."]),
        ((1, 3, 1), "misere", "bob",
         ["One heap of two or more: it's bob's move, and bob can win.", review_text.MISERE]),
        ((1, 1, 1), "misere", "bob",
         ["An odd number of heaps of 1: it's bob's move, and bob will take the last object."]),
        ((1, 1, 0), "misere", "alice",
         ["An even number of heaps of 1: it's your move, and you won't take the last object."]),
        ((0, 0, 0), "misere", "alice",
         ["Nothing is left: bob took the last object and loses."]),
        ((0, 0, 0), "normal", "bob",
         ["Nothing is left: you took the last object and win."]),
    ],
)  # fmt: skip
def test_why(heaps: Heaps, rule: Rule, mover: str, sentences: list[str]) -> None:
    last = "bob" if mover == "alice" else "alice"
    found = review_text.standing(Board(heaps, rule), mover, "alice", last)
    assert [str(one) for one in found] == sentences


@pytest.mark.parametrize(
    ("heaps", "rule", "sentences"),
    [
        ((4, 0, 5), "misere", ["Better was 1 from heap 3, leaves 4 · 0 · 4: every column even."]),
        ((1, 3, 1), "misere",
         ["Better was 2 from heap 2, leaves 1 · 1 · 1: an odd number of heaps of 1."]),
        ((0, 3, 0), "normal", ["Better was 3 from heap 2, leaves 0 · 0 · 0: the last object."]),
        ((5, 4, 0), "misere", ["Better was 1 from heap 1, leaves 4 · 4 · 0: every column even."]),
        ((3, 3, 3), "misere",
         ["Better was 3 from heap 1, leaves 0 · 3 · 3: every column even.",
          "Equally good: 3 from heap 2, 3 from heap 3."]),
    ],
)  # fmt: skip
def test_what_would_have_been_better(heaps: Heaps, rule: Rule, sentences: list[str]) -> None:
    board = Board(heaps, rule)
    found = review_text.better(board, board.winning_moves())
    assert [str(one) for one in found] == sentences


def test_a_hint_gives_its_reason() -> None:
    won, lost = Board((5, 4, 5)), Board((4, 0, 4))
    assert [str(one) for one in review_text.hint(won, won.best_move(), "You")] == [
        "An odd column: it's your move, and you can win by making every column even.",
        review_text.MISERE,
        "Best: 4 from heap 1, leaves 1 · 4 · 5: every column even.",
    ]
    assert [str(one) for one in review_text.hint(lost, lost.best_move(), "You")][-1] == (
        "No move can win. Taking 1 from heap 1 drags the game out."
    )


@pytest.mark.parametrize(
    ("of", "viewer", "sentence"),
    [
        (PLAYED, "alice", "You won in 8 moves, 8 minutes"),
        (PLAYED, None, "alice won in 8 moves, 8 minutes"),
        (after_a_gap(), "alice", "You lost"),
        (game((1, 4)).ended("resign", "alice", NOW), "alice", "You won: bob resigned"),
        (game((1, 4)).ended("resign", "bob", NOW), "alice", "You lost: you resigned"),
        (game((1, 4)).ended("timeout", "alice", NOW), "alice", "You won: bob ran out of time"),
        (game().ended("decline", None, NOW), "alice", "Declined"),
    ],
)
def test_how_a_game_came_out(of: Game, viewer: str | None, sentence: str) -> None:
    assert game_text.outcome(of, viewer) == sentence


def test_where_both_players_share_the_keyboard_neither_is_called_you() -> None:
    (sentence, *_) = review_text.standing(Board((4, 0, 4)), "Ben", None, "Ana")
    assert str(sentence) == (
        "Every column is even. Ben can't win from here if the other player plays perfectly."
    )
    (sentence, *_) = review_text.standing(Board((5, 0, 4)), "Ben", None, "Ana")
    assert str(sentence) == (
        "An odd column: it's Ben's move, and Ben can win by making every column even."
    )


def test_the_computer_begins_a_sentence_with_a_capital() -> None:
    (sentence, *_) = review_text.standing(Board((4, 0, 4)), game_text.COMPUTER, "You", "You")
    assert str(sentence).endswith("The computer can't win from here if you play perfectly.")
    (sentence, *_) = review_text.standing(Board((5, 0, 4)), game_text.COMPUTER, "You", "You")
    assert "it's the computer's move, and the computer can win" in str(sentence)


@pytest.mark.parametrize("rule", ["misere", "normal"])
def test_a_reason_has_a_form_for_eighty_columns(rule: Rule) -> None:
    for heaps in ((5, 4, 5), (4, 0, 4), (1, 3, 1), (1, 1, 1), (1, 1, 0)):
        for viewer in ("alice", "b" * 20, None):
            board = Board(heaps, rule)
            reason = review_text.standing(board, "b" * 20, viewer, "alice")[0]
            assert len(review_text.in_brief(board, reason, "b" * 20, viewer)) <= 78


def test_a_short_reason_agrees_with_the_long_one() -> None:
    for heaps, brief in (
        ((5, 4, 5), "An odd column: you can win from here."),
        ((4, 0, 4), "Every column is even. You can't win from here."),
    ):
        board = Board(heaps)
        reason = review_text.standing(board, "alice", "alice", "bob")[0]
        assert review_text.in_brief(board, reason, "alice", "alice") == brief
