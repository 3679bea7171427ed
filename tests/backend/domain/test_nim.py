"""The rules against exhaustive search, and their properties on every board that is allowed."""

from __future__ import annotations

import itertools
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mypy import api as mypy

from backend.domain import nim
from backend.domain.nim import (
    DEFAULT_HEAPS,
    LEVELS,
    MEDIUM_SKILL,
    MOST_OBJECTS,
    RULES,
    Board,
    Heaps,
    Level,
    Move,
    Rule,
    computer_move,
    valid_heaps,
)

SEARCHED = 6
ALL_HEAPS: list[Heaps] = [
    (one, two, three) for one, two, three in itertools.product(range(SEARCHED + 1), repeat=3)
]

counts = st.integers(0, MOST_OBJECTS)
rules = st.sampled_from(RULES)
boards = st.builds(Board, st.tuples(counts, counts, counts), rules)
running = boards.filter(lambda board: not board.over)


@cache
def won_by_search(heaps: Heaps, rule: Rule) -> bool:
    """Whether the player to move wins, by trying everything: no theory."""
    if heaps == (0, 0, 0):
        # The other one took the last object: who does so loses in misère, wins in normal play.
        return rule == "misere"
    return not all(won_by_search(after, rule) for after in _followers(heaps))


def _followers(heaps: Heaps) -> list[Heaps]:
    one, two, three = heaps
    return (
        [(left, two, three) for left in range(one)]
        + [(one, left, three) for left in range(two)]
        + [(one, two, left) for left in range(three)]
    )


def test_who_takes_the_last_object_loses_in_misere_and_wins_in_normal_play() -> None:
    winners = {rule: Board((0, 0, 0), rule).winner("last", "other") for rule in RULES}
    assert winners == {"misere": "other", "normal": "last"}


@given(boards)
def test_a_board_that_is_over_is_won_by_its_winner(board: Board) -> None:
    over = Board((0, 0, 0), board.rule)
    assert over.winning == (over.winner("who moved last", "to move") == "to move")


def test_a_rule_that_nobody_decided_is_an_error_and_never_the_other_rule() -> None:
    rule: Any = "third"
    with pytest.raises(AssertionError):
        Board((0, 0, 0), rule).winner("last", "other")
    with pytest.raises(AssertionError):
        _ = Board((1, 0, 0), rule).winning


def test_a_third_rule_does_not_pass_the_type_checker(tmp_path: Path) -> None:
    source = Path(nim.__file__).read_text("utf-8")
    changed = tmp_path / "nim.py"
    changed.write_text(
        source.replace('Literal["misere", "normal"]', 'Literal["misere", "x", "normal"]')
    )
    output, _, status = mypy.run(
        ["--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache"), str(changed)]
    )
    assert status == 1
    assert output.count('"assert_never"') == 2


@pytest.mark.parametrize("rule", RULES)
def test_the_verdict_is_that_of_the_whole_game_tree(rule: Rule) -> None:
    wrong = [
        heaps for heaps in ALL_HEAPS if Board(heaps, rule).winning != won_by_search(heaps, rule)
    ]
    assert wrong == []


@pytest.mark.parametrize("rule", RULES)
def test_the_moves_are_those_of_the_whole_game_tree(rule: Rule) -> None:
    for heaps in ALL_HEAPS:
        board = Board(heaps, rule)
        after = [board.after(move).heaps for move in board.moves()]
        assert sorted(after) == sorted(_followers(heaps))
        assert len(set(board.moves())) == len(after)


@pytest.mark.parametrize("rule", RULES)
def test_winning_moves_are_all_that_leave_the_other_one_lost(rule: Rule) -> None:
    for heaps in ALL_HEAPS:
        board = Board(heaps, rule)
        winning = set(board.winning_moves())
        for move in board.moves():
            assert (move in winning) == (not won_by_search(board.after(move).heaps, rule))


@pytest.mark.parametrize("rule", RULES)
def test_the_best_move_wins_where_a_move_wins_and_is_legal_anyway(rule: Rule) -> None:
    for heaps in ALL_HEAPS[1:]:
        board = Board(heaps, rule)
        best = board.best_move()
        assert board.allows(best)
        if won_by_search(heaps, rule):
            assert not won_by_search(board.after(best).heaps, rule)
        else:
            assert board.count(best.heap) == max(heaps)
            assert best.left == max(heaps) - 1


def test_who_takes_the_last_object_loses_in_misere_only() -> None:
    last = Board((0, 1, 0), "misere").after(Move(2, 0))
    assert last.over
    assert last.winning
    assert not Board((0, 1, 0), "normal").after(Move(2, 0)).winning
    assert not Board((0, 1, 0), "misere").winning
    assert Board((0, 1, 0), "normal").winning


def test_the_default_board_is_misere_and_won_by_the_first_move() -> None:
    board = Board(DEFAULT_HEAPS)
    assert (board.heaps, board.rule, board.nim_sum) == ((5, 4, 5), "misere", 4)
    assert board.winning
    assert board.winning_moves() == [Move(1, 1), Move(2, 0), Move(3, 1)]


@given(running)
def test_a_won_board_has_a_winning_move_and_a_lost_one_has_none(board: Board) -> None:
    assert bool(board.winning_moves()) == board.winning


@given(running)
def test_a_move_takes_objects_from_one_heap_and_keeps_the_rule(board: Board) -> None:
    for move in board.moves():
        after = board.after(move)
        changed = [i for i in range(3) if after.heaps[i] != board.heaps[i]]
        assert changed == [move.heap - 1]
        assert after.heaps[move.heap - 1] == move.left < board.count(move.heap)
        assert after.rule == board.rule


@given(boards, st.integers(-3, 6), st.integers(-3, MOST_OBJECTS + 3))
def test_other_moves_are_refused(board: Board, heap: int, left: int) -> None:
    move = Move(heap, left)
    legal = move in set(board.moves())
    assert board.allows(move) == legal
    if not legal:
        with pytest.raises(ValueError, match="not legal"):
            board.after(move)


@given(boards)
def test_the_order_of_heaps_does_not_matter(board: Board) -> None:
    for one, two, three in itertools.permutations(board.heaps):
        assert Board((one, two, three), board.rule).winning == board.winning


@given(running, st.sampled_from(LEVELS), st.integers())
def test_a_seed_makes_the_computer_repeatable(board: Board, level: Level, seed: int) -> None:
    first, again = (computer_move(board, level, random.Random(seed)) for _ in range(2))
    assert first == again
    assert board.allows(first)


@given(running, st.randoms(use_true_random=False))
def test_the_perfect_computer_never_gives_away_a_won_position(
    board: Board, dice: random.Random
) -> None:
    mine = board.winning
    while not board.over:
        board = board.after(computer_move(board, "perfect", dice))
        assert not (mine and board.winning)
        if board.over:
            break
        board = board.after(computer_move(board, "easy", dice))
        assert board.winning or not mine
        mine = board.winning


def test_the_easy_computer_tries_every_move_about_as_often() -> None:
    board = Board((2, 3, 1))
    dice = random.Random(7)
    tries = 6000
    seen = [computer_move(board, "easy", dice) for _ in range(tries)]
    expected = tries / 6
    for move in board.moves():
        assert 0.85 * expected < seen.count(move) < 1.15 * expected


def test_the_medium_computer_plays_the_best_move_about_six_times_in_ten() -> None:
    board = Board((7, 9, 12))
    (best,) = board.winning_moves()
    dice = random.Random(7)
    tries = 6000
    hits = sum(computer_move(board, "medium", dice) == best for _ in range(tries))
    # A random move out of 28 finds it, too, now and then.
    expected = MEDIUM_SKILL + (1 - MEDIUM_SKILL) / 28
    assert abs(hits / tries - expected) < 0.03
    assert MEDIUM_SKILL == 0.6


@pytest.mark.parametrize("level", LEVELS)
def test_there_is_no_move_on_a_board_that_is_over(level: Level) -> None:
    with pytest.raises(ValueError, match="over"):
        computer_move(Board((0, 0, 0)), level, random.Random(1))


@pytest.mark.parametrize(
    ("heaps", "valid"),
    [
        ((5, 4, 5), True),
        ((20, 20, 20), True),
        ((0, 0, 2), True),
        ((1, 1, 0), True),
        ((0, 0, 1), False),
        ((0, 0, 0), False),
        ((21, 0, 0), False),
        ((-1, 5, 5), False),
        ((5, 5), False),
        ((5, 5, 5, 5), False),
        ((), False),
    ],
)
def test_where_a_game_can_start(heaps: tuple[int, ...], valid: bool) -> None:  # noqa: FBT001 - a table's column
    assert valid_heaps(heaps) == valid
    assert valid_heaps(list(heaps)) == valid
