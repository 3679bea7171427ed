"""Which notices a committed change owes, to whom, and in which words. Pure.

A notice is owed once for each (game, version, person, kind). The change itself has been accepted by
then: nothing here can turn it into an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from backend.domain.display import plain
from backend.domain.game import Game

Kind: TypeAlias = Literal[
    "invite", "accepted", "rematch", "your_turn", "won", "lost", "declined", "rematch_declined"
]


@dataclass(frozen=True, slots=True)
class Notice:
    """What `to` should learn about a game; it is also the outbox's key.

    Attributes:
        by: the other player, whom the words name.
        actor: whose doing it is, and so counts for whom; None if that is unknown.
        begun: when the game was created; whoever has the name of `to` later must not be told. None
            if that is unknown, as of the tutorial's games.

    """

    game_id: str
    version: int
    to: str
    kind: Kind
    by: str
    actor: str | None = field(default=None, compare=False)
    begun: datetime | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """The identity of this notice as a string: the same in every process and every try."""
        return f"{self.game_id}#{self.version}#{self.kind}#{self.to}"


def owed(game: Game) -> list[Notice]:
    """The notices owed by the change that led to this version of `game`."""
    if game.version == 0:
        if game.invitation is not None:
            # Whoever takes an open invitation knows of the game; its maker does not.
            return [_notice(game, game.user1, "accepted")]
        return [_notice(game, game.invited, "rematch" if game.rematch_by else "invite")]
    if game.turn is not None:
        return [_notice(game, game.turn, "your_turn")]
    if game.winner is None:
        kind: Kind = "rematch_declined" if game.rematch_by else "declined"
        return [_notice(game, game.inviter, kind)]
    loser = game.opponent_of(game.winner)
    return [_notice(game, game.winner, "won"), _notice(game, loser, "lost")]


def _notice(game: Game, to: str, kind: Kind) -> Notice:
    by, actor = game.opponent_of(to), _actor(game)
    return Notice(game.game_id, game.version, to, kind, by, actor, game.created_at)


def _actor(game: Game) -> str:
    """Who brought the game to this version."""
    match game.ended_by:
        case "resign" if game.winner is not None:
            return game.opponent_of(game.winner)
        case "timeout" if game.winner is not None:
            return game.winner
        case "decline":
            return game.invited
        case _ if game.version == 0 and game.invitation is not None:
            return game.user2
        case _:
            return game.last_move_by if game.version else game.inviter


_WORDS: dict[Kind, str] = {
    "invite": "{by} invites you to a game of Nim. It is your turn. Game {game}.",
    "accepted": "Nim: {by} has taken your invitation and moves first. Game {game}.",
    "rematch": "Nim: {by} wants a rematch. Game {game}.",
    "your_turn": "Nim: it is your turn against {by}. Game {game}.",
    "won": "Nim: you won against {by}. Game {game}.",
    "lost": "Nim: you lost against {by}. Game {game}.",
    "declined": "Nim: {by} declined your invitation. Game {game}.",
    "rematch_declined": "Nim: the rematch with {by} was declined. Game {game}.",
}


def words(notice: Notice) -> str:
    """The text message of a notice: who, and which game; never a link."""
    by = plain(notice.by, "your opponent")
    return _WORDS[notice.kind].format(by=by, game=plain(notice.game_id, "(see the list)"))


Outcome: TypeAlias = Literal["sent", "refused", "later"]
"""What became of a text message: handed over, refused for good, or to be tried again."""


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """Who may be texted, and how often.

    Attributes:
        prefixes: what an allowed number begins with; an empty tuple allows no number.
        per_number: texts per day (UTC) to one number.
        in_all: texts per day (UTC) to all numbers together.
        per_account: texts per day (UTC) that one account causes.
    """

    prefixes: tuple[str, ...] = ("+1",)
    per_number: int = 50
    in_all: int = 500
    per_account: int = 100
