"""Verdicts against perfect play, and the columns that explain them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move, Rule
from nim_tui.model.analysis import Judgement, Stage, columns, judge, made_even, stage, stops
from tests.nim_tui.screens.board.stage import NOW, game, hidden_move

GOOD, SLIP, LOST = Judgement

heap = st.integers(0, 7)
boards = st.builds(
    Board, st.tuples(heap, heap, heap), st.sampled_from(["misere", "normal"])
).filter(lambda board: not board.over)


@cache
def can_win(heaps: tuple[int, ...], rule: Rule) -> bool:
    """Whether the player to move can win, by exhaustive search without any theory."""
    if not any(heaps):
        return rule == "misere"
    return any(
        not can_win(tuple(sorted((*heaps[:i], left, *heaps[i + 1 :]))), rule)
        for i in range(len(heaps))
        for left in range(heaps[i])
    )


@given(boards, st.data())
def test_a_verdict_agrees_with_exhaustive_search(board: Board, data: st.DataObject) -> None:
    move = data.draw(st.sampled_from(list(board.moves())))
    verdict = judge(board, move)
    won_before = can_win(tuple(sorted(board.heaps)), board.rule)
    won_after = can_win(tuple(sorted(board.after(move).heaps)), board.rule)
    if verdict.judgement is GOOD:
        assert won_before
        assert not won_after
    elif verdict.judgement is SLIP:
        assert won_before
        assert won_after
        assert verdict.better
        for better in verdict.better:
            assert not can_win(tuple(sorted(board.after(better).heaps)), board.rule)
    else:
        assert not won_before
        assert not verdict.better


@given(boards)
def test_the_stage_says_what_decides(board: Board) -> None:
    match stage(board):
        case Stage.COLUMNS:
            odd = any(column.odd for column in columns(board.heaps, 7))
            assert board.winning == odd
            for move in board.winning_moves():
                after = board.after(move)
                assert not any(column.odd for column in columns(after.heaps, 7))
        case Stage.TURNING:
            assert board.winning
            for move in board.winning_moves():
                assert max(board.after(move).heaps) <= 1
                assert sum(board.after(move).heaps) % 2 == 1
                assert not made_even(board, move)
        case Stage.ONES:
            assert board.winning == (sum(board.heaps) % 2 == 0)
        case _:
            pytest.fail("the board is not over")


@given(st.tuples(heap, heap, heap), st.integers(7, 31))
def test_columns_are_the_heaps_in_binary(heaps: Heaps, largest: int) -> None:
    shown = columns(heaps, largest)
    for number, count in enumerate(heaps):
        assert sum(column.value for column in shown if column.ones[number]) == count
    assert [column.value for column in shown][-3:] == [4, 2, 1]
    assert len(shown) == max(3, largest.bit_length())


@pytest.mark.parametrize(("largest", "first"), [(1, 4), (7, 4), (8, 8), (15, 8), (16, 16)])
def test_larger_heaps_have_more_columns(largest: int, first: int) -> None:
    assert columns((1, 1, 1), largest)[0].value == first


PLAYED = game((2, 0), (1, 4), (3, 2), (1, 2), (3, 1), (3, 0), (1, 1), (1, 0))


def judged(of: Game) -> list[Judgement | None]:
    return [stop.verdict.judgement if stop.verdict else None for stop in stops(of)]


def test_a_game_is_judged_move_by_move_and_its_last_slip_is_where_it_was_lost() -> None:
    assert judged(PLAYED) == [GOOD, LOST, SLIP, GOOD, LOST, SLIP, GOOD, LOST]
    assert [stop.step.number for stop in stops(PLAYED) if stop.decisive] == [6]
    slip = stops(PLAYED)[2]
    assert slip.verdict is not None
    assert (slip.before, slip.verdict.better) == ((4, 0, 5), (Move(3, 4),))


def test_a_resigned_game_has_no_decisive_move() -> None:
    resigned = game((2, 0), (1, 4), (3, 2)).ended("resign", "alice", NOW)
    assert judged(resigned) == [GOOD, LOST, SLIP]
    assert not any(stop.decisive for stop in stops(resigned))


def test_a_game_without_moves_has_nothing_to_judge() -> None:
    assert stops(game().ended("decline", None, NOW)) == ()


def after_a_gap() -> Game:
    """Bob's first move is missing."""
    gone = hidden_move(game((2, 0)), "bob", 1, 4)
    for user, heap_, left in (
        ("alice", 3, 2), ("bob", 1, 2), ("alice", 1, 1), ("bob", 3, 0), ("alice", 1, 0),
    ):  # fmt: skip
        gone = gone.after_move(user, Move(heap_, left), NOW)
    return gone


def test_after_a_gap_the_final_board_shows_what_is_known() -> None:
    found = stops(after_a_gap())
    assert [stop.step.gap for stop in found] == [False, True, False, False, False, False]
    boards = [stop.after for stop in found]
    assert boards == [(5, 0, 5), None, (2, 0, 2), (1, 0, 2), (1, 0, 0), (0, 0, 0)]
    assert judged(after_a_gap()) == [GOOD, None, None, LOST, GOOD, LOST]
    assert not any(stop.decisive for stop in found), "the slip may be the move that is missing"


def test_an_unrecorded_end_shows_no_board() -> None:
    gone = hidden_move(hidden_move(game((2, 0)), "bob", 1, 0), "alice", 3, 0)
    assert [stop.after for stop in stops(gone)] == [(5, 0, 5)]
    late = after_a_gap()
    other = replace(late, last_move_by="bob", heaps=(0, 0, 0))
    assert [stop.after for stop in stops(other)][1:] == [None] * 5


@given(st.integers(0, 2**32), boards)
def test_every_board_of_a_whole_game_is_known(seed: int, board: Board) -> None:
    played = game(heaps=board.heaps)
    while played.turn:
        moves = list(played.board.moves())
        played = played.after_move(played.turn, moves[seed % len(moves)], NOW)
    found = stops(played)
    assert found[-1].after == (0, 0, 0)
    assert all(stop.verdict for stop in found)
    assert sum(stop.decisive for stop in found) <= 1
    for stop in found:
        if stop.decisive:
            assert stop.step.user != played.winner
