"""Why a write was refused, and the order of reasons where several are true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.decisions import claimed, declined, is_repeat, judge_move, resigned
from backend.domain.errors import (
    GameOver,
    IllegalMove,
    MoveRefused,
    NimError,
    NoSuchGame,
    NotExpired,
    NotYourTurn,
    Stale,
)
from backend.domain.game import Game
from backend.domain.nim import Move
from tests.backend.samples import START, games, new_game, played

LATER = START + timedelta(days=30)
ILLEGAL = Move(1, 99)


def reason(
    game: Game | None, user: str, move: Move, version: int | None = None
) -> type[NimError] | None:
    """The refusal's class; None for a repeat."""
    try:
        assert judge_move(game, user, move, version) is game
    except MoveRefused as error:
        if error.game is not game:
            raise
        return type(error)
    except NimError as error:
        return type(error)
    return None


def test_of_several_reasons_the_first_counts() -> None:
    # From the bottom up: each case makes one more reason true than the one before.
    game = played(new_game(), (1, 3), (2, 0))
    over = game.ended("resign", "Anna", START)
    assert reason(game, "Bert", ILLEGAL) is IllegalMove
    assert reason(game, "Anna", ILLEGAL) is NotYourTurn
    assert reason(game, "Anna", ILLEGAL, version=0) is Stale
    assert reason(over, "Anna", ILLEGAL, version=0) is GameOver
    assert reason(over, "Anna", Move(2, 0), version=1) is None
    assert reason(over, "Carl", Move(2, 0), version=1) is NoSuchGame
    assert reason(None, "Anna", Move(2, 0), version=1) is NoSuchGame


def test_without_a_version_a_second_equal_move_is_not_your_turn() -> None:
    game = played(new_game(), (1, 3))
    assert reason(game, "Bert", Move(1, 3)) is NotYourTurn
    assert reason(game, "Bert", Move(1, 3), version=0) is None


def test_a_repeat_is_recognized_by_player_version_heap_and_rest() -> None:
    game = played(new_game(), (1, 3), (2, 0))
    assert is_repeat(game, "Bert", Move(1, 3), 0)
    assert is_repeat(game, "Anna", Move(2, 0), 1)
    assert not is_repeat(game, "Anna", Move(1, 3), 0)
    assert not is_repeat(game, "Bert", Move(1, 2), 0)
    assert not is_repeat(game, "Bert", Move(2, 3), 0)
    assert not is_repeat(game, "Bert", Move(1, 3), 1)
    assert not is_repeat(game, "Bert", Move(1, 3), 2)
    assert not is_repeat(game, "Anna", Move(2, 0), -1)
    assert not is_repeat(game, "Bert", Move(1, 3), None)


def test_the_words_name_who_moved_or_whose_turn_it_is() -> None:
    game = played(new_game(), (1, 3))
    with pytest.raises(Stale, match="Bert moved first"):
        judge_move(game, "Anna", Move(2, 0), 0)
    with pytest.raises(NotYourTurn, match="Anna's turn"):
        judge_move(game, "Bert", Move(2, 0), None)


@given(games(), st.sampled_from(("Anna", "Bert")), st.data())
def test_every_applied_move_is_a_repeat_for_ever(
    game: Game, user: str, data: st.DataObject
) -> None:
    for version, made in enumerate(game.moves):
        move = Move(made.heap, made.left)
        assert (reason(game, made.user, move, version) is None) is True
        assert reason(game, game.opponent_of(made.user), move, version) is not None
    heap = data.draw(st.integers(1, 3))
    move = Move(heap, data.draw(st.integers(0, 20)))
    legal = game.turn == user and game.board.allows(move)
    # A refused write that the record would allow changed between two tries: look again.
    assert (reason(game, user, move) is Stale) == legal


@given(games(), st.sampled_from(("Anna", "Bert")))
def test_resigning_loses_an_open_game(game: Game, user: str) -> None:
    if game.state == "done":
        with pytest.raises(GameOver) as over:
            resigned(game, user, LATER)
        assert over.value.game == game
        return
    after = resigned(game, user, LATER)
    assert (after.state, after.ended_by, after.ended_at) == ("done", "resign", LATER)
    assert after.winner == game.opponent_of(user)
    assert (after.version, after.heaps, after.moves) == (game.version + 1, game.heaps, game.moves)


@given(games(), st.sampled_from(("Anna", "Bert")), st.integers(0, 60))
def test_a_claim_wins_after_the_deadline_of_the_other_one(game: Game, user: str, days: int) -> None:
    now = START + timedelta(days=days)
    if game.state == "done":
        with pytest.raises(GameOver):
            claimed(game, user, now)
    elif game.turn == user or game.deadline is None or now <= game.deadline:
        with pytest.raises(NotExpired) as early:
            claimed(game, user, now)
        assert early.value.game == game
    else:
        after = claimed(game, user, now)
        assert (after.state, after.ended_by, after.winner) == ("done", "timeout", user)


@given(games(), st.sampled_from(("Anna", "Bert")))
def test_only_the_invited_player_declines_and_only_before_the_first_move(
    game: Game, user: str
) -> None:
    if game.state == "done":
        with pytest.raises(GameOver):
            declined(game, user, LATER)
    elif not game.moves and user in ("Bert", game.invited):
        after = declined(game, user, LATER)
        assert (after.state, after.ended_by, after.winner) == ("done", "decline", None)
        assert after.version == game.version + 1
    elif len(game.moves) == 1 and (user, game.invited) == ("Anna", "Anna"):
        # Bert has asked for this rematch, and has moved first: Anna has not answered yet.
        assert declined(game, user, LATER).ended_by == "decline"
    else:
        with pytest.raises(NotYourTurn):
            declined(game, user, LATER)


def test_a_game_begun_by_the_tutorials_client_is_not_declined() -> None:
    begun = new_game(heaps=(5, 4, 2))
    with pytest.raises(NotYourTurn):
        declined(begun, "Bert", LATER)


def test_a_rematch_whose_first_move_is_not_the_only_one_is_not_declined() -> None:
    asked = new_game(rematch_of="another2another2", rematch_by="Bert")
    begun = played(asked, (1, 2))
    assert declined(begun, "Anna", LATER).ended_by == "decline"
    further = replace(begun, heaps=(2, 1, 5))
    for refused in (further, replace(asked, heaps=(5, 4, 2), last_move_by="Bert")):
        with pytest.raises(NotYourTurn):
            declined(refused, "Anna", LATER)


@pytest.mark.parametrize("ending", [resigned, claimed, declined])
def test_other_peoples_games_do_not_exist(ending: object) -> None:
    assert callable(ending)
    for game in (new_game(), new_game().ended("resign", "Anna", START)):
        with pytest.raises(NoSuchGame):
            ending(game, "Carl", LATER)
