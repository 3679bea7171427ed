"""What the rules make of an operation of the small world: `backend.domain.decisions`, in words too.

The backend is imported late, so that a protection can be taken out of it first.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.small_world import Op


def by_the_rules(game: Any, op: Op, now: datetime) -> Any:
    """The game that an operation leads to; None where the rules refuse it."""
    from backend.domain import decisions
    from backend.domain.errors import NimError
    from backend.domain.nim import Move

    if op.kind == "move":
        move = Move(op.heap, op.left)
        if decisions.refusal(game, op.who, move, op.version) is not None:
            return None
        return game.after_move(op.who, move, now)
    endings = {
        "resign": decisions.resigned,
        "claim": decisions.claimed,
        "decline": decisions.declined,
    }
    if op.kind not in endings:
        return None
    try:
        return endings[op.kind](game, op.who, now)
    except NimError:
        return None


def brief(game: Any) -> str:
    moves = ", ".join(f"{made.user} heap{made.heap} to {made.left}" for made in game.moves)
    ended = f", ended by {game.ended_by}, won by {game.winner}" if game.ended_by else ""
    return f"version {game.version}, {game.heaps}, last {game.last_move_by}{ended} [{moves}]"
