"""The checker itself: it explains what the rules allow, and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from backend.domain.game import Game
from backend.domain.nim import Move
from backend.wire import from_game
from tests.simulation.history import Exchange, Json, TutorialMove
from tests.simulation.linearizability import (
    NotLinearizable,
    Operation,
    check,
    of_exchange,
    of_tutorial,
)
from tests.simulation.small_world import GAME, NOON, new_game

START = new_game((2, 1, 1), "misere")
AFTER = START.after_move("bert", Move(1, 1), NOON)


def shown(game: Game) -> Json:
    found: Json = msgspec.to_builtins(from_game(game))
    return found


def asked(
    user: str, at: int, until: float, status: int = 0, answer: Any = None, **move: Any
) -> list[Operation]:
    body = msgspec.json.encode(move) if move else b""
    method = "POST" if move else "GET"
    url = httpx.URL(f"http://x/games/{GAME}")
    exchange = Exchange(user, user, method, url, [], body, at, 0.0, until, status, answer)
    return of_exchange(exchange)


def moved(user: str, at: int, until: float, status: int = 0, answer: Any = None) -> list[Operation]:
    sent: dict[str, Any] = {"changedHeap": "heap1", "changedHeapValue": 1, "version": 0}
    return asked(user, at, until, status, answer, **sent)


def test_a_lost_answer_may_have_had_its_effect_or_not() -> None:
    lost = moved("bert", 1, math.inf)
    check(START, [*lost, *asked("anna", 2, 3, 200, shown(AFTER))])
    check(START, [*lost, *asked("anna", 2, 3, 200, shown(START))])


def test_a_move_sent_again_answers_the_game_as_it_is() -> None:
    later = AFTER.after_move("anna", Move(2, 0), NOON)
    reply = asked(
        "anna", 2, 3, 200, shown(later), changedHeap="heap2", changedHeapValue=0, version=1
    )
    check(START, [*moved("bert", 1, math.inf), *reply, *moved("bert", 4, 5, 200, shown(later))])


def test_an_acknowledged_move_may_not_be_lost() -> None:
    made = moved("bert", 1, 2, 200, shown(AFTER))
    with pytest.raises(NotLinearizable, match="Not explained"):
        check(START, [*made, *asked("anna", 3, 4, 200, shown(START))])


def test_an_old_board_after_a_new_one_is_not_explained() -> None:
    made = moved("bert", 1, 5, 200, shown(AFTER))
    new, old = asked("anna", 2, 3, 200, shown(AFTER)), asked("anna", 4, 6, 200, shown(START))
    with pytest.raises(NotLinearizable):
        check(START, [*made, *new, *old])
    check(START, [*made, *asked("anna", 2, 7, 200, shown(AFTER)), *old])


def test_a_refusal_gives_the_reason_of_the_rules() -> None:
    check(START, moved("anna", 1, 2, 409, {"code": "not_your_turn", "game": shown(START)}))
    with pytest.raises(NotLinearizable):
        check(START, moved("anna", 1, 2, 409, {"code": "stale", "game": shown(START)}))


def test_a_move_that_nobody_made_is_not_explained() -> None:
    with pytest.raises(NotLinearizable):
        check(START, asked("anna", 1, 2, 200, shown(AFTER)))


def test_the_tutorials_client_raises_no_version() -> None:
    move = TutorialMove(GAME, "bert", 1, 1, 1, 2, outcome=True)
    seen = replace(START, heaps=(1, 1, 1), last_move_by="bert")
    check(START, [*of_tutorial(move), *asked("anna", 3, 4, 200, shown(seen))])
    with pytest.raises(NotLinearizable):
        check(START, [*of_tutorial(move), *asked("anna", 3, 4, 200, shown(START))])
