"""Tables without a screen: who may move, what is offered, what supersedes what."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.game import Game
from backend.domain.nim import LEVELS, Board, Level, Move
from nim_tui.matches import DemoMatch, HotseatMatch, LiveMatch, MatchAction, PracticeMatch
from nim_tui.model.history import complete, supersedes
from nim_tui.text.game import COMPUTER
from tests.nim_tui.screens.board.stage import NOW, FakeClient, clock, game, hidden_move


def live(of: Game) -> LiveMatch:
    return LiveMatch(FakeClient(of), of, now=clock)


def test_what_a_live_table_offers() -> None:
    invited = live(game())
    assert invited.mover == "alice"
    assert invited.offers == {MatchAction.DECLINE, MatchAction.NEXT}
    waiting = live(game((1, 4), days=1))
    assert waiting.mover is None
    assert waiting.offers == {MatchAction.RESIGN, MatchAction.NEXT}
    overdue = live(replace(waiting.game, waiting_since=NOW.replace(day=1)))
    assert overdue.offers == {MatchAction.RESIGN, MatchAction.NEXT, MatchAction.CLAIM}
    own_invitation = live(game(user1="alice", user2="bob"))
    assert own_invitation.offers == {MatchAction.RESIGN, MatchAction.NEXT}
    done = live(game().ended("resign", "bob", NOW))
    assert done.offers == {MatchAction.REMATCH, MatchAction.REVIEW, MatchAction.NEXT}


def test_nobody_claims_a_game_on_their_own_turn() -> None:
    late = replace(game((1, 4), (2, 3), days=1), waiting_since=NOW.replace(day=1))
    overdue = live(late)
    assert late.expired(NOW)
    assert overdue.mover == "alice"
    assert overdue.offers == {MatchAction.RESIGN, MatchAction.NEXT}
    invited = live(replace(game(days=1), waiting_since=NOW.replace(day=1)))
    assert invited.offers == {MatchAction.DECLINE, MatchAction.NEXT}


def test_a_hint_is_offered_in_practice_only_and_only_to_who_moves() -> None:
    table = PracticeMatch(now=clock)
    assert MatchAction.HINT in table.offers
    table.take_over(table.game.after_move("You", Move(1, 0), NOW))
    assert table.offers == {MatchAction.RESTART, MatchAction.BACK, MatchAction.OPTIONS}
    for other in (HotseatMatch(now=clock), live(game()), DemoMatch(now=clock)):
        assert MatchAction.HINT not in other.offers


def test_who_is_amber() -> None:
    assert [HotseatMatch(now=clock).side(name) for name in ("Ana", "Ben")] == ["you", "opp"]
    assert [live(game()).side(name) for name in ("alice", "bob")] == ["you", "opp"]
    assert PracticeMatch(now=clock).side(COMPUTER) == "opp"


async def test_rounds_change_who_begins_but_not_the_colours() -> None:
    first = HotseatMatch(now=clock)
    second = await first.again()
    assert (first.game.turn, second.game.turn) == ("Ana", "Ben")
    assert second.side("Ana") == "you"
    assert (await second.again()).game.turn == "Ana"
    practice = PracticeMatch("easy", now=clock)
    assert (await practice.again()).game.turn == "You", "in practice the person moves first"


@given(level=st.sampled_from(LEVELS), seed=st.integers(0, 9), data=st.data())
async def test_the_computer_only_makes_legal_moves(
    level: Level, seed: int, data: st.DataObject
) -> None:
    async def at_once(seconds: float) -> None:
        assert seconds > 0

    heaps = data.draw(st.tuples(*[st.integers(1, 5)] * 3))
    table = PracticeMatch(level, heaps, seed=seed, now=clock, pause=at_once)
    changes = table.changes()
    dice = random.Random(seed)
    while table.game.turn:
        move = dice.choice(list(table.game.board.moves()))
        before: Board = table.game.board.after(move)
        assert table.take_over(await table.move(table.game, move))
        if table.game.turn:
            answer = await anext(changes)
            assert isinstance(answer, Game)
            assert Move(answer.moves[-1].heap, answer.moves[-1].left) in list(before.moves())
            assert table.take_over(answer)
    assert complete(table.game)


def test_only_newer_games_are_taken() -> None:
    old, new = game((1, 4)), game((1, 4), (3, 3))
    assert supersedes(new, old)
    assert not supersedes(old, new)
    assert not supersedes(old, old)
    silent = hidden_move(old, "bob", 2, 1)
    assert supersedes(silent, old)
    assert not supersedes(old, silent)
    over = new.ended("resign", "bob", NOW)
    assert supersedes(over, new)
    assert not supersedes(new, over)
