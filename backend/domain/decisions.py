"""Why a conditional write was refused, decided from the current game.

The stores call `judge_move` with the record that their failed write returned, so nothing is read a
second time. If several reasons hold, the first in this order counts: no such game, repeated move
(which is not refused), game over, stale, not your turn, illegal.
"""

from __future__ import annotations

from datetime import datetime

from backend.domain.display import quoted
from backend.domain.errors import (
    GameOver,
    IllegalMove,
    MoveRefused,
    NoSuchGame,
    NotExpired,
    NotYourTurn,
    Stale,
)
from backend.domain.game import Game, Played
from backend.domain.nim import Heaps, Move


def is_repeat(game: Game, user: str, move: Move, version: int | None) -> bool:
    """Whether this very move was applied before: same player, board seen, heap and objects left.

    Each of our moves raises the version by one and adds one entry to the history. A move by the
    tutorial's own client does neither. So the move made on version `n` is `moves[n]`.
    """
    if version is None or not 0 <= version < len(game.moves):
        return False
    made = game.moves[version]
    return (made.user, made.heap, made.left) == (user, move.heap, move.left)


def judge_move(
    game: Game | None, user: str, move: Move, version: int | None, seen: Heaps | None = None
) -> Game:
    """The game, if the refused write only repeated a move that was applied before.

    Raises:
        NoSuchGame: it does not exist, or `user` does not play in it.
        GameOver, Stale, NotYourTurn, IllegalMove: with the current board.

    """
    if game is None or not game.has_player(user):
        raise NoSuchGame
    if is_repeat(game, user, move, version):
        return game
    refused = refusal(game, user, move, version, seen)
    if refused is None:
        # The write failed although the record allows it: the game changed between two tries.
        raise Stale(game=game)
    raise refused


def refusal(
    game: Game, user: str, move: Move, version: int | None, seen: Heaps | None = None
) -> MoveRefused | None:
    """Why one of its players may not make this move; None if the rules allow it.

    The caller saw `version` with the heaps `seen`, as far as it says so.
    """
    if game.state == "done":
        return GameOver(game=game)
    if version not in (None, game.version) or seen not in (None, game.heaps):
        return Stale(_moved_first(game, user), game=game)
    if game.turn != user:
        return NotYourTurn(
            f"It is {quoted(str(game.turn))}'s turn. Wait for their move.", game=game
        )
    if not game.board.allows(move):
        return IllegalMove(game=game)
    return None


def _moved_first(game: Game, user: str) -> str | None:
    last: Played | None = game.moves[-1] if game.moves else None
    if last is None or last.user == user:
        return None
    return f"{quoted(last.user)} moved first. Look at the board again."


def resigned(game: Game, user: str, now: datetime) -> Game:
    """The game after `user` resigned; the opponent wins.

    Raises:
        NoSuchGame, GameOver.

    """
    _must_be_open(game, user)
    return game.ended("resign", game.opponent_of(user), now)


def claimed(game: Game, user: str, now: datetime) -> Game:
    """The game won by `user`, because the opponent missed the deadline.

    Raises:
        NoSuchGame, GameOver, NotExpired.

    """
    _must_be_open(game, user)
    if game.turn == user:
        raise NotExpired("It is your turn. Make your move instead.", game=game)
    if not game.expired(now):
        raise NotExpired(game=game)
    return game.ended("timeout", user, now)


def declined(game: Game, user: str, now: datetime) -> Game:
    """The game ended without a winner, by the invited player before their first move.

    Raises:
        NoSuchGame, GameOver, NotYourTurn.

    """
    _must_be_open(game, user)
    if not may_decline(game, user):
        raise NotYourTurn(
            "Only the invited player can decline, before the first move. Resign instead.",
            game=game,
        )
    return game.ended("decline", None, now)


def may_decline(game: Game, user: str) -> bool:
    """Whether `user` may decline this open game.

    Those are the invited player, and `user2` in any case. Whoever asks for a rematch may be the one
    who moves first; the other one may decline even after that first move.
    """
    if not _begun(game):
        return user in (game.user2, game.invited)
    return user == game.invited == game.user1 and game.turn == user and _only_one_move(game)


def _begun(game: Game) -> bool:
    return bool(game.moves) or game.heaps != game.start


def _only_one_move(game: Game) -> bool:
    """Whether the board is as the one recorded move left it."""
    if len(game.moves) != 1:
        return False
    made = game.moves[0]
    taken = game.start[made.heap - 1] - made.left
    return sum(game.start) - sum(game.heaps) == taken


def _must_be_open(game: Game, user: str) -> None:
    if not game.has_player(user):
        raise NoSuchGame
    if game.state == "done":
        raise GameOver(game=game)
