"""Games as JSON documents and as rows of text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS, Move
from backend.domain.opponents import Opponent
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import clean, harmless

if TYPE_CHECKING:
    from nim_tui.model.analysis import Stop
    from nim_tui.shell.output import Output

HEADING = ("id", "opponent", "heaps", "state", "time")
_LONGEST_NAME = 200


def document(game: Game) -> Any:
    """A game as the API answers it."""
    import msgspec

    from backend import wire

    return msgspec.to_builtins(wire.from_game(game))


def show_game(out: Output, game: Game, viewer: str) -> None:
    """Print one game: its document, or its row in a list of games."""
    if out.as_json:
        out.document(document(game))
    else:
        show_rows(out, [game], viewer)


def show_rows(out: Output, games: Iterable[Game], viewer: str) -> None:
    """Print games, one a line."""
    if out.is_terminal:
        now = datetime.now(UTC)
        out.table([_for_people(game, viewer, now) for game in games], HEADING)
    else:
        out.table([_for_pipe(game, viewer) for game in games])


def _for_people(game: Game, viewer: str, now: datetime) -> tuple[str, ...]:
    when = game_text.deadline(game, now) or game_text.last_move_ago(game, now)
    heaps = " ".join(map(str, game.heaps))
    opponent = game_text.name(game.opponent_of(viewer))
    return harmless(game.game_id), opponent, heaps, game_text.turn(game, viewer), when


def _for_pipe(game: Game, viewer: str) -> tuple[str, ...]:
    """Whole names, and the deadline as in JSON; empty where there is none."""
    return (
        harmless(game.game_id),
        clean(game.opponent_of(viewer), _LONGEST_NAME),
        ",".join(map(str, game.heaps)),
        game_text.turn(game, viewer),
        "" if game.deadline is None else game.deadline.isoformat().replace("+00:00", "Z"),
    )


def opponent_document(one: Opponent) -> dict[str, Any]:
    """An opponent as the API answers it."""
    last = one.last_played
    return {
        "username": one.username,
        "won": one.won,
        "lost": one.lost,
        "open": one.open,
        "lastPlayed": None if last is None else last.isoformat().replace("+00:00", "Z"),
    }


def opponent_row(one: Opponent) -> tuple[str, ...]:
    """An opponent as a row of a table."""
    return clean(one.username, _LONGEST_NAME), str(one.won), str(one.lost), str(one.open)


def review_document(game: Game, stops: Iterable[Stop]) -> dict[str, Any]:
    """A finished game, judged move by move."""
    return {
        "gameId": game.game_id,
        "rule": game.rule,
        "moves": [_judged(stop) for stop in stops],
    }


def _judged(stop: Stop) -> dict[str, Any]:
    step, verdict = stop.step, stop.verdict
    better = verdict.better[0] if verdict is not None and verdict.better else None
    return {
        "user": step.user,
        "heap": f"heap{step.heap}",
        "take": step.taken,
        "left": step.left,
        "heaps": None if stop.after is None else list(stop.after),
        "verdict": None if verdict is None else verdict.judgement.name.lower(),
        "better": None if better is None else _move_document(stop, better),
    }


def _move_document(stop: Stop, move: Move) -> dict[str, Any]:
    assert stop.before is not None
    assert move.heap in HEAP_NUMBERS
    return {"heap": f"heap{move.heap}", "take": stop.before[move.heap - 1] - move.left}
