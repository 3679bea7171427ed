from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.game import Game
from nim_tui.model.lobby import Lobby, invites
from nim_tui.text.news import news
from nim_tui.widgets.game_rows import day, what
from tests.nim_tui.fakes import NOW, make_game, play


def announced(before: list[Game], after: list[Game], done: tuple[Game, ...] = ()) -> list[str]:
    was, now = Lobby("ana", tuple(before)), Lobby("ana", tuple(after), done)
    return [item.text for item in news(was, now)]


def test_an_invitation_a_move_and_an_end_are_announced() -> None:
    game = make_game("bob", creator="bob")
    assert announced([], [game]) == ["bob invites you to a game."]
    mine = play(game, (1, 0))
    assert announced([game], [mine]) == []
    theirs = play(mine, (2, 0))
    assert announced([mine], [theirs]) == ["bob took 4 from heap 2. Your turn."]
    resigned = mine.ended("resign", "ana", NOW)
    assert announced([mine], [], (resigned,)) == ["You won against bob. bob resigned."]


def test_the_players_own_actions_are_not_announced() -> None:
    mine = make_game("bob", creator="ana")
    assert announced([], [mine]) == []
    game = make_game("bob")
    assert announced([game], [], (game.ended("resign", "bob", NOW),)) == []
    assert announced([mine], [], (mine.ended("timeout", "ana", NOW),)) == []
    assert announced([game], [], (game.ended("decline", None, NOW),)) == []
    assert announced([mine], [], (mine.ended("decline", None, NOW),)) == [
        "bob declined the invitation."
    ]


def test_a_finished_game_that_was_never_open_here_is_not_announced() -> None:
    assert announced([], [], (make_game("bob").ended("resign", "ana", NOW),)) == []


def test_the_next_game_is_cyclic_and_never_the_same_one() -> None:
    games = tuple(make_game(name, game_id=name) for name in ("one", "two", "three"))
    lobby = Lobby("ana", games)
    assert [g and g.game_id for g in map(lobby.next_waiting, ("one", "three", None, "other"))] == [
        "two", "one", "one", "one",
    ]  # fmt: skip
    assert Lobby("ana", games[:1]).next_waiting("one") is None
    assert Lobby("ana").next_waiting(None) is None


def test_an_older_response_never_takes_a_move_back() -> None:
    old = make_game("bob", game_id="g")
    new = play(old, (1, 0))
    lobby = Lobby("ana", (old,)).with_game(new)
    assert lobby.open == (new,)
    assert lobby.with_open([old]).open == (new,)
    assert lobby.with_game(old) is lobby


def test_a_game_is_in_one_group_only() -> None:
    game = make_game("bob", game_id="g")
    ended = game.ended("resign", "ana", NOW)
    lobby = Lobby("ana", (game,)).with_done([ended, ended], more=False)
    assert (lobby.open, lobby.done) == ((), (ended,))
    assert lobby.with_open([game, game]).open == ()
    assert Lobby("ana").with_open([game, game]).open == (game,)
    assert Lobby("ana", (game,)).with_game(ended).done == (ended,)


def test_games_of_unknown_age_wait_longest() -> None:
    tutorial = replace(make_game("bob"), created_at=None, waiting_since=None)
    young, old = make_game("bob", minutes=1), make_game("bob", minutes=9)
    assert Lobby("ana").with_open([young, tutorial, old]).open == (tutorial, old, young)


@pytest.mark.parametrize(
    ("game", "words"),
    [
        (make_game("bob"), "invites you"),
        (make_game("bob", creator="ana"), "you invited"),
        (play(make_game("bob"), (1, 3)), "you took 2 from heap 1"),
        (replace(make_game("bob"), heaps=(1, 1, 1)), "moved"),
        (make_game("bob").ended("resign", "bob", NOW), "you resigned"),
        (make_game("bob").ended("timeout", "ana", NOW), "ran out of time"),
        (make_game("bob").ended("decline", None, NOW), "you declined"),
        (make_game("bob", creator="ana").ended("decline", None, NOW), "declined your invitation"),
        (play(make_game("bob"), (1, 0), (2, 0), (3, 0)), "you took the last one"),
    ],
)
def test_what_happened_last(game: Game, words: str) -> None:
    assert what(game, "ana") == words


def test_only_an_unanswered_invitation_invites() -> None:
    assert invites(make_game("bob"), "ana")
    assert not invites(make_game("bob", creator="ana"), "ana")
    assert not invites(play(make_game("bob"), (1, 0), (2, 0)), "ana")


def test_days_are_named() -> None:
    noon = NOW.astimezone().replace(month=11, day=22, hour=12)
    assert day(noon - timedelta(hours=11), noon) == "today"
    assert day(noon - timedelta(hours=13), noon) == "yesterday"
    assert day(noon - timedelta(days=18), noon) == "4 Nov"
    assert day(noon - timedelta(days=400), noon) == "18 Oct 2025"
