"""Sentences about what has happened in games that are not on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from backend.domain.game import Game
from nim_tui.model.lobby import Lobby, invites, untouched
from nim_tui.text import game as game_text

_AGAIN = "wants a rematch"


@dataclass(frozen=True, slots=True)
class News:
    """A sentence for `viewer` about a game; the same event always has the same `key`."""

    game_id: str
    key: str
    text: str
    urgent: bool


def news(before: Lobby, after: Lobby) -> list[News]:
    """What has happened between two states of the list, except by the person themselves."""
    items = []
    me = after.viewer
    for game in (*after.open, *after.done):
        known = before.find(game.game_id)
        if known is not None and (known.version, known.heaps) == (game.version, game.heaps):
            continue
        if known is None and game.state == "done":
            continue
        if text := _news_text(game, me):
            items.append(
                News(game.game_id, f"{game.game_id}:{game.version}", text, game.turn == me)
            )
    return items


def _news_text(game: Game, me: str) -> str:
    other = game_text.name(game.opponent_of(me))
    if invites(game, me):
        return f"{other} {'invites you to a game' if game.rematch_of is None else _AGAIN}."
    if game.turn == me:
        if untouched(game):
            return ""
        return f"{game_text.last_move(game, me) or f'{other} moved'}. Your turn."
    if game.turn is not None or (game.ended_by == "play" and game.last_move_by == me):
        return ""
    if game.winner is None:
        return game_text.end(game, me) if game.inviter == me else ""
    gave_up = game.ended_by == "resign" and game.winner != me
    if gave_up or (game.ended_by == "timeout" and game.winner == me):
        return ""
    won = "won" if game.winner == me else "lost"
    return f"You {won} against {other}. {game_text.end(game, me)}"
