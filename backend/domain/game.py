"""A game between two people: the record that every store keeps and every screen shows.

Pure and frozen. The transitions here assume that they are allowed; `decisions` says when they are
not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from backend.domain.nim import DEFAULT_HEAPS, Board, Heaps, Move, Rule

EndedBy: TypeAlias = Literal["play", "resign", "timeout", "decline"]
State: TypeAlias = Literal["open", "done"]
STATES: tuple[State, ...] = get_args(State)
ENDINGS: tuple[EndedBy, ...] = get_args(EndedBy)


@dataclass(frozen=True, slots=True)
class Played:
    """One move of the history: who left how many objects in which heap (1 to 3), and when (UTC)."""

    user: str
    heap: int
    left: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One game.

    Attributes:
        last_move_by: who moved last; at the start the creator, `user1`, so that `user2` begins.
        version: 0, then +1 for each move and for resign, claim and decline. A move by the
            tutorial's own client leaves it as it was.
        moves: the history, oldest first; it lacks the moves of the tutorial's own client.
        waiting_since: when the current turn began; None if that is unknown, as after a move by the
            tutorial's own client.
        request_id: the creator's own name for the request that created this game.
        rematch_of: the id of the game that this one is a rematch of.
        rematch_by: who asked for this rematch, who may be either player; None if that is unknown.
        invitation: the code of the open invitation that `user2` took.

    """

    game_id: str
    user1: str
    user2: str
    heaps: Heaps = DEFAULT_HEAPS
    last_move_by: str
    rule: Rule = "misere"
    start: Heaps = DEFAULT_HEAPS
    version: int = 0
    moves: tuple[Played, ...] = ()
    created_at: datetime | None = None
    waiting_since: datetime | None = None
    days_per_move: int | None = None
    winner: str | None = None
    ended_by: EndedBy | None = None
    ended_at: datetime | None = None
    request_id: str | None = None
    rematch_of: str | None = None
    rematch_by: str | None = None
    invitation: str | None = None

    @property
    def board(self) -> Board:
        """The heaps with their rule, for the player whose turn it is."""
        return Board(self.heaps, self.rule)

    @property
    def state(self) -> State:
        """`done` once a player has taken the last object, resigned, run out of time or declined."""
        return "done" if self.ended_by or self.board.over else "open"

    @property
    def turn(self) -> str | None:
        """Whose turn it is; None if the game is done."""
        return None if self.state == "done" else self.opponent_of(self.last_move_by)

    @property
    def deadline(self) -> datetime | None:
        """When the current turn runs out (UTC); None without a time limit."""
        if self.state == "done" or self.days_per_move is None or self.waiting_since is None:
            return None
        return self.waiting_since + timedelta(days=self.days_per_move)

    @property
    def sort_time(self) -> datetime | None:
        """What lists are ordered by: the start of the turn while open, the end when done."""
        if self.state == "done":
            return self.ended_at or self.waiting_since or self.created_at
        return self.waiting_since or self.created_at

    @property
    def inviter(self) -> str:
        """Who asked the other player for this game: `user1`, but for a rematch who asked for it."""
        return self.rematch_by if self.rematch_by in (self.user1, self.user2) else self.user1

    @property
    def invited(self) -> str:
        """The player who was asked for this game."""
        return self.opponent_of(self.inviter)

    def has_player(self, user: str) -> bool:
        """Whether `user` is one of the two."""
        return user in (self.user1, self.user2)

    def belongs_to(self, user: str, owned_from: datetime | None) -> bool:
        """Whether this is a game of the account that is called `user`.

        Args:
            user: the account's name, which another account may have had before.
            owned_from: the first moment of this account's games; None if all are its own.

        """
        if not self.has_player(user):
            return False
        # The tutorial's items have no time: they belong to the present holder of the name.
        return owned_from is None or self.created_at is None or self.created_at >= owned_from

    def opponent_of(self, user: str) -> str:
        """The other player."""
        return self.user2 if user == self.user1 else self.user1

    def expired(self, now: datetime) -> bool:
        """Whether the deadline has passed, so that the waiting player may claim the game."""
        return self.deadline is not None and now > self.deadline

    def after_move(self, user: str, move: Move, now: datetime) -> Game:
        """The game after a legal move by `user`, ended if that took the last object.

        Raises:
            ValueError: the move is not legal on this board.

        """
        board = self.board.after(move)
        moved = replace(
            self,
            heaps=board.heaps,
            last_move_by=user,
            version=self.version + 1,
            moves=(*self.moves, Played(user, move.heap, move.left, now)),
            waiting_since=now,
        )
        return moved.settled(now) if board.over else moved

    def settled(self, at: datetime | None) -> Game:
        """This game with its ending filled in, if the board is empty and the ending is missing.

        A game that the tutorial's own client ended has neither a winner nor an ending.
        """
        if self.ended_by or not self.board.over:
            return self
        winner = self.board.winner(self.last_move_by, self.opponent_of(self.last_move_by))
        return replace(self, winner=winner, ended_by="play", ended_at=at)

    def ended(self, how: EndedBy, winner: str | None, now: datetime) -> Game:
        """This game, ended without a move: one version later, on the same board."""
        return replace(self, version=self.version + 1, winner=winner, ended_by=how, ended_at=now)
