"""The tutorial's own backend: no versions, no codes, no list, and one message for every refusal.

What the client does differently there, free of msgspec and of httpx.
"""

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
from backend.domain.nim import DEFAULT_HEAPS, HEAP_NUMBERS, Heaps, Move, Rule


def is_empty(body: bytes) -> bool:
    """Whether a success has no content, which is how this backend says that there is no game."""
    return body.strip() in (b"", b"{}", b"null", b'""')


# What the `jsonwebtoken` library, which this backend verifies with, says of tokens.
_TOKEN_REFUSALS = ("jwt ", "invalid token", "invalid signature", "invalid algorithm")


def rejects_token(message: str) -> bool:
    """Whether a refusal, all of which have the same status here, is of the token itself."""
    return message.strip().casefold().startswith(_TOKEN_REFUSALS)


def game_in(item: Any) -> Game | None:
    """The game in an item of the tutorial's, decoded from JSON; None where it is not one.

    The item does not say how the game began: no heap began with fewer objects than it has now.
    """
    if not isinstance(item, dict):
        return None
    texts: list[Any] = [item.get(name) for name in ("gameId", "user1", "user2", "lastMoveBy")]
    counts: list[Any] = [item.get(f"heap{number}") for number in HEAP_NUMBERS]
    # A boolean is an int to Python, but not to the backend.
    if {type(text) for text in texts} != {str} or {type(count) for count in counts} != {int}:
        return None
    game_id, user1, user2, last_move_by = texts
    one, two, three = counts
    first, second, third = DEFAULT_HEAPS
    return Game(
        game_id=game_id,
        user1=user1,
        user2=user2,
        heaps=(one, two, three),
        start=(max(first, one), max(second, two), max(third, three)),
        last_move_by=last_move_by,
    ).settled(None)


def new_game_body(
    opponent: str, heaps: Heaps, rule: Rule, days_per_move: int | None
) -> dict[str, Any]:
    """The body of a request for a new game.

    Raises:
        BadRequest: for any game but the usual one, which is all that this backend offers.

    """
    if (heaps, rule, days_per_move) != (DEFAULT_HEAPS, "misere", None):
        raise BadRequest.of_fields(
            {"heaps": "must be 5 4 5, last object loses, no limit: this backend has no other game."}
        )
    return {"opponent": opponent}


def after_refusal(seen: Game, now: Game, user: str | None, move: Move, refusal: BadRequest) -> Game:
    """The outcome of a move that was refused: sent on the board `seen`, which is now `now`.

    A move sent again after its response was lost is refused, but the board shows that it counted.

    Raises:
        MoveRefused: the move did not count; the kind says why, as far as the board shows it.

    """
    applied = seen.board.allows(move) and now.heaps == seen.board.after(move).heaps
    if applied and now.last_move_by == user:
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
