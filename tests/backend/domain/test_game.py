"""The record of a game: whose turn, deadlines, the end, the order of lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from backend.domain.game import ENDINGS, Game
from backend.domain.nim import Move
from backend.service.ports import list_order, place_of
from tests.backend.samples import MINUTE, START, games, new_game, played

DAY = timedelta(days=1)


def test_the_invited_player_moves_first_and_then_they_take_turns() -> None:
    game = new_game()
    assert (game.turn, game.version, game.state) == ("Bert", 0, "open")
    game = played(game, (1, 3))
    assert (game.turn, game.version, game.heaps) == ("Anna", 1, (3, 4, 5))
    game = played(game, (3, 0))
    assert (game.turn, game.version, game.heaps) == ("Bert", 2, (3, 4, 0))
    assert [(made.user, made.heap, made.left) for made in game.moves] == [
        ("Bert", 1, 3),
        ("Anna", 3, 0),
    ]


@pytest.mark.parametrize(("rule", "winner"), [("misere", "Anna"), ("normal", "Bert")])
def test_the_last_object_ends_the_game(rule: str, winner: str) -> None:
    game = played(new_game(heaps=(0, 0, 2), start=(0, 0, 2), rule=rule), (3, 0))
    assert (game.state, game.turn, game.deadline) == ("done", None, None)
    assert (game.winner, game.ended_by, game.ended_at) == (winner, "play", START + MINUTE)


def test_a_deadline_follows_from_the_wait() -> None:
    assert new_game().deadline is None
    game = new_game(days_per_move=2)
    assert game.deadline == START + 2 * DAY
    assert not game.expired(START + 2 * DAY)
    assert game.expired(START + 2 * DAY + MINUTE)
    moved = played(game, (1, 0))
    assert moved.deadline == START + MINUTE + 2 * DAY
    assert new_game(days_per_move=2, waiting_since=None).deadline is None
    resigned = game.ended("resign", "Anna", START)
    assert resigned.deadline is None
    assert not resigned.expired(START + 99 * DAY)


@pytest.mark.parametrize(("rule", "winner"), [("misere", "Bert"), ("normal", "Anna")])
def test_an_end_that_the_tutorials_client_made_is_filled_in(rule: str, winner: str) -> None:
    empty = new_game(heaps=(0, 0, 0), rule=rule, last_move_by="Anna")
    assert (empty.state, empty.winner, empty.ended_by) == ("done", None, None)
    settled = empty.settled(START)
    assert (settled.winner, settled.ended_by, settled.ended_at) == (winner, "play", START)
    assert settled.version == empty.version
    assert settled.settled(START + DAY) == settled


def test_an_end_that_is_stored_wins_over_the_board() -> None:
    resigned = new_game().ended("resign", "Anna", START)
    assert resigned.settled(START + DAY) == resigned
    assert new_game().settled(START) == new_game()


@given(games())
def test_what_every_game_keeps(game: Game) -> None:
    assert game.state == ("done" if game.ended_by else "open")
    assert (game.turn is None) == (game.state == "done")
    ended = game.ended_by not in (None, "play")
    assert game.version == len(game.moves) + ended
    assert game.ended_by is None or game.ended_by in ENDINGS
    assert game.winner in (None, game.user1, game.user2)
    users = [made.user for made in game.moves]
    assert users == [("Bert", "Anna")[i % 2] for i in range(len(users))]
    heaps = list(game.start)
    for made in game.moves:
        assert 0 <= made.left < heaps[made.heap - 1]
        heaps[made.heap - 1] = made.left
    assert tuple(heaps) == game.heaps


@given(games())
def test_only_legal_moves_go_on(game: Game) -> None:
    with pytest.raises(ValueError, match="not legal"):
        game.after_move("Bert", Move(1, game.heaps[0]), START)


def test_the_two_players_and_nobody_else() -> None:
    game = new_game()
    assert game.has_player("Anna")
    assert game.has_player("Bert")
    assert not game.has_player("anna")
    assert not game.has_player("")
    assert (game.opponent_of("Anna"), game.opponent_of("Bert")) == ("Bert", "Anna")


def test_open_games_come_with_the_own_turn_first_and_the_longest_wait_first() -> None:
    wanted = [
        new_game(game_id="unknown wait", waiting_since=None, created_at=None),
        new_game(game_id="long", waiting_since=START),
        new_game(game_id="same", waiting_since=START),
        new_game(game_id="short", waiting_since=START + DAY),
        new_game(game_id="theirs", last_move_by="Bert", waiting_since=START),
        new_game(game_id="theirs, short", last_move_by="Bert", waiting_since=START + DAY),
    ]
    mixed = wanted[2:][::-1] + wanted[:2]
    assert sorted(mixed, key=lambda game: list_order(game, "Bert")) == wanted
    own = [list_order(game, "Anna")[0] for game in wanted]
    assert own == [1, 1, 1, 1, 0, 0]


def test_finished_games_come_with_the_latest_end_first() -> None:
    wanted = [
        new_game(game_id=str(days)).ended("resign", "Anna", START + days * DAY)
        for days in (3, 2, 1)
    ]
    unknown = new_game(game_id="x", heaps=(0, 0, 0), waiting_since=None, created_at=None)
    wanted.append(unknown)
    mixed = wanted[2:][::-1] + wanted[:2]
    assert sorted(mixed, key=lambda game: list_order(game, "Bert")) == wanted


@given(games())
def test_a_place_says_where_a_game_stands(game: Game) -> None:
    place = place_of(game, "Bert")
    assert (place.game_id, place.time) == (game.game_id, game.sort_time)
    assert place.rank == list_order(game, "Bert")[0]
