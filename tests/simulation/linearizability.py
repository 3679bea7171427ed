"""Whether the history of one game can be explained by the rules: Wing and Gong's check.

Each operation has an interval, from its request to its answer. The history is linearizable if every
operation can be given one point in its interval so that, in the order of these points, each answer
is what the rules say. The rules are `backend.domain.decisions` and nothing else. States that were
reached before with the same operations done are not tried again (Lowe's improvement).

A success is an effect and a view of the game, each with a point of its own: the answer of a move
that was sent again shows the game as it is by then. An effect whose answer is not known may have
happened at any time after its request, or never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from backend.domain.decisions import declined, is_repeat, refusal, resigned
from backend.domain.errors import MoveRefused, NimError, Stale
from backend.domain.game import Game, Played
from backend.domain.nim import Heaps, Move
from tests.simulation.history import Exchange, Json, TutorialMove

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_STATES = 200_000

Step: TypeAlias = Callable[[Game], Game | None]
"""The state after an operation; None where the operation does not fit the state before it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One point to be found, between `asked` and `answered`; `optional`: it may be left out."""

    what: str
    asked: int
    answered: float
    step: Step
    optional: bool = False


class NotLinearizable(AssertionError):
    """No order of the operations explains the answers."""


def view(shown: Json) -> Game:
    """A game as an answer shows it, without its times."""
    return Game(
        game_id=shown["gameId"],
        user1=shown["user1"],
        user2=shown["user2"],
        heaps=(shown["heap1"], shown["heap2"], shown["heap3"]),
        last_move_by=shown["lastMoveBy"],
        rule=shown["rule"],
        start=tuple(shown["start"]),
        version=shown["version"],
        moves=tuple(
            Played(made["user"], int(made["heap"][-1]), made["left"], _ANY_TIME)
            for made in shown["moves"]
        ),
        winner=shown["winner"],
        ended_by=shown["endedBy"],
        rematch_by=shown["rematchBy"],
    )


def bare(game: Game) -> Game:
    """A game without what no answer can be compared by: its times, and how it came about."""
    return replace(
        game,
        moves=tuple(replace(made, at=_ANY_TIME) for made in game.moves),
        created_at=None,
        waiting_since=None,
        days_per_move=None,
        ended_at=None,
        request_id=None,
        rematch_of=None,
        invitation=None,
    )


def sees(shown: Json, asked: int, answered: float, what: str = "sees") -> Operation:
    """An answer that shows the game."""
    expected = view(shown)
    text = f"{what} version {expected.version} {expected.heaps} {expected.ended_by or ''}"
    return Operation(text, asked, answered, lambda game: game if game == expected else None)


def of_tutorial(move: TutorialMove) -> list[Operation]:
    """A move of the tutorial's own client, which has its own condition and raises no version."""
    if move.outcome is False:
        return []  # its condition is not ours to judge: a refusal changes nothing

    def step(game: Game) -> Game | None:
        mine = game.has_player(move.user) and game.last_move_by != move.user
        if not mine or not game.board.allows(Move(move.heap, move.left)):
            return None
        heaps = list(game.heaps)
        heaps[move.heap - 1] = move.left
        one, two, three = heaps
        moved = replace(game, heaps=(one, two, three), last_move_by=move.user)
        return bare(moved.settled(None))

    text = f"{move.user} (tutorial) leaves {move.left} in heap{move.heap}"
    return [Operation(text, move.asked, move.answered, step, optional=move.outcome is None)]


def of_exchange(exchange: Exchange) -> list[Operation]:
    """What one request to `/games/{id}…` has to say about that game."""
    action = exchange.path.split("/")[3] if exchange.path.count("/") > 2 else ""
    asked, answered, answer = exchange.asked, exchange.answered, exchange.answer
    if exchange.method == "GET" or action == "rematch":
        if exchange.method == "GET" and exchange.status in (200, 304) and answer:
            return [sees(answer, asked, answered, f"{exchange.user} looks and sees")]
        return []
    step, text = _effect(exchange, action)
    if exchange.status == 200 and answer is not None:
        shown = sees(answer, asked, answered, f"{exchange.user} is answered")
        return [Operation(text, asked, answered, step, optional=True), shown]
    if exchange.status in (400, 409) and answer is not None:
        return [Operation(f"{text}: {answer['code']}", asked, answered, _refused(exchange))]
    # No answer, or one that leaves it open.
    return [Operation(text, asked, math.inf, step, optional=True)]


def _effect(exchange: Exchange, action: str) -> tuple[Step, str]:
    user = exchange.user
    if action == "":
        move, version, seen = _move(exchange)
        text = f"{user} leaves {move.left} in heap{move.heap} on version {version}"
        return (lambda game: _moved(game, user, move, version, seen)), text
    if action == "resign":
        return (
            lambda game: _ended(game, lambda: resigned(game, user, _ANY_TIME))
        ), f"{user} resigns"
    if action == "decline":
        return (
            lambda game: _ended(game, lambda: declined(game, user, _ANY_TIME))
        ), f"{user} declines"
    assert action == "claim"
    return (lambda game: _claimed(game, user)), f"{user} claims"


def _move(exchange: Exchange) -> tuple[Move, int | None, Heaps | None]:
    """The move, and the version and heaps of the board that its player saw, as far as sent."""
    body = exchange.sent()
    move = Move(int(body["changedHeap"][-1]), body["changedHeapValue"])
    if "seenHeaps" not in body:
        return move, body.get("version"), None
    one, two, three = body["seenHeaps"]
    return move, body.get("version"), (one, two, three)


def _moved(
    game: Game, user: str, move: Move, version: int | None, seen: Heaps | None
) -> Game | None:
    if is_repeat(game, user, move, version) or refusal(game, user, move, version, seen) is not None:
        return None
    return bare(game.after_move(user, move, _ANY_TIME))


def _ended(game: Game, ending: Callable[[], Game]) -> Game | None:
    try:
        return bare(ending())
    except NimError:
        return None


def _claimed(game: Game, user: str) -> Game | None:
    # Whether the deadline had passed is checked on the games' own times (`audit`).
    if game.state == "done" or game.turn == user:
        return None
    return bare(game.ended("timeout", user, _ANY_TIME))


def _refused(exchange: Exchange) -> Step:
    """A refusal: the board that it carries, and for a move the reason that the rules give."""
    answer = exchange.answer
    assert answer is not None
    expected = view(answer["game"]) if answer.get("game") else None
    is_move = exchange.path.count("/") == 2

    def step(game: Game) -> Game | None:
        if expected is not None and game != expected:
            return None
        if is_move and _reason(game, exchange) != answer["code"]:
            return None
        return game

    return step


def _reason(game: Game, exchange: Exchange) -> str:
    move, version, seen = _move(exchange)
    if is_repeat(game, exchange.user, move, version):
        return "it was made before"
    refused: MoveRefused | None = refusal(game, exchange.user, move, version, seen)
    # `judge_move` says so of a write that failed on a board that allows it by now.
    return refused.code if refused is not None else Stale.code


def check(start: Game, operations: Sequence[Operation]) -> None:
    """Raises: NotLinearizable, with the longest explanation that was found."""
    ordered = sorted(operations, key=lambda operation: operation.asked)
    longest: list[int] = []
    seen: set[tuple[int, Game]] = set()
    stack: list[tuple[int, Game, tuple[int, ...]]] = [(0, bare(start), ())]
    must = sum(1 << number for number, one in enumerate(ordered) if not one.optional)
    while stack:
        done, game, order = stack.pop()
        if done & must == must:
            return
        if len(order) > len(longest):
            longest = list(order)
        for number in _next(ordered, done):
            after = ordered[number].step(game)
            if after is None:
                continue
            reached = (done | 1 << number, after)
            if reached not in seen:
                seen.add(reached)
                stack.append((*reached, (*order, number)))
        if len(seen) > _MOST_STATES:
            raise NotLinearizable(f"{start.game_id}: undecided after {_MOST_STATES} states")
    raise NotLinearizable(_told(start, ordered, longest))


def _next(ordered: Sequence[Operation], done: int) -> Iterable[int]:
    """The operations that may have the next point: nothing that must come before them is left."""
    first_end = math.inf
    latest_start = -1
    for number, one in enumerate(ordered):
        if done >> number & 1:
            latest_start = max(latest_start, one.asked)
        elif not one.optional:
            first_end = min(first_end, one.answered)
    for number in reversed(range(len(ordered))):
        one = ordered[number]
        if not done >> number & 1 and one.asked < first_end and one.answered > latest_start:
            yield number


def _told(start: Game, ordered: Sequence[Operation], longest: Sequence[int]) -> str:
    players = f"{start.user1} against {start.user2}"
    lines = [f"game {start.game_id}: no order explains the answers."]
    lines.append(f"{players}, {start.rule}, from {start.start}. Explained so far:")
    lines += [f"  {ordered[number].what}" for number in longest]
    lines.append("Not explained:")
    lines += [
        f"  {one.what}  [{one.asked} to {one.answered:g}]"
        for number, one in enumerate(ordered)
        if number not in longest and not one.optional
    ]
    return "\n".join(lines)
