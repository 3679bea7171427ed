"""Playing on the tutorial's own backend, which knows no versions and tells every refusal alike."""

from __future__ import annotations

from typing import Any

from backend.domain.errors import (
    BadRequest,
    GameOver,
    IllegalMove,
    NimError,
    NotYourTurn,
    Stale,
)
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule


def invitation(
    opponent: str, heaps: Heaps, rule: Rule, days_per_move: int | None
) -> dict[str, Any]:
    """The body for a new game, where the backend can make no other.

    Raises:
        BadRequest: another game is wished than the only one there is.

    """
    if (heaps, rule, days_per_move) != (DEFAULT_HEAPS, "misere", None):
        raise BadRequest.of_fields(
            {"heaps": "must be 5 4 5, last object loses, no limit: this backend has no other game."}
        )
    return {"opponent": opponent}


def settled(seen: Game, now: Game, user: str | None, move: Move, refusal: BadRequest) -> Game:
    """The game after a refused move that was made on `seen`, where the game stands as `now`.

    A move sent again after its answer got lost is refused there; on the board it can be seen.

    Raises:
        MoveRefused: the move does not stand, and why, as far as the board tells.

    """
    mine = seen.board.allows(move) and now.heaps == seen.board.after(move).heaps
    if mine and now.last_move_by == user:
        return now
    error: type[NimError]
    if now.state == "done":
        error = GameOver
    elif now.heaps != seen.heaps:
        error = Stale
    elif now.turn != user:
        error = NotYourTurn
    else:
        error = IllegalMove
    raise error(game=now) from refusal
