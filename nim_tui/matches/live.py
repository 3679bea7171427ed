"""A game between two people through a backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from backend.domain.clock import utc_now
from backend.domain.decisions import may_decline
from backend.domain.errors import NimError
from backend.domain.game import Game
from backend.domain.nim import Heaps, Move, Rule
from backend.domain.opponents import Opponent
from nim_tui.client.offline import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText
from nim_tui.text import game as game_text


class GameClient(Protocol):
    """What a live match needs of the client."""

    @property
    def username(self) -> str | None: ...

    async def move(self, game: Game, heap: int, left: int) -> Game: ...
    async def resign(self, game_id: str) -> Game: ...
    async def claim(self, game_id: str) -> Game: ...
    async def decline(self, game_id: str) -> Game: ...
    async def rematch(self, game_id: str) -> Game: ...
    async def opponents(self) -> Sequence[Opponent]: ...
    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps,
        rule: Rule,
        days_per_move: int | None,
        request_id: str | None,
    ) -> Game: ...
    def watch_game(self, game_id: str) -> AsyncIterator[Game | Offline]: ...


class LiveMatch(Match):
    """A match of the person who is signed in. Moves carry the version that was on the screen.

    `ends` is whether the backend can do more than moves: resign, decline, claim, rematch.
    """

    listed = True

    def __init__(
        self, client: GameClient, game: Game, *, ends: bool = True, now: Clock = utc_now
    ) -> None:
        self._client = client
        self._ends = ends
        me = client.username or game.user1
        super().__init__(game, viewer=me, amber=me, now=now)
        self._me = me

    @property
    def _opponent(self) -> str:
        return self.game.opponent_of(self._me)

    @property
    def place(self) -> tuple[StyledText, ...]:
        return (StyledText(game_text.name(self._opponent), "opp"),)

    def aside(self) -> tuple[StyledText, ...]:
        last = game_text.deadline(self.game, self.now()) or self.standing
        return (*super().aside(), *((StyledText(last, "text"),) if last else ()))

    @property
    def offers(self) -> frozenset[MatchAction]:
        if not self._ends:
            return frozenset(
                {MatchAction.NEXT, *({MatchAction.REVIEW} if self.game.state == "done" else ())}
            )
        if self.game.state == "done":
            return frozenset({MatchAction.REMATCH, MatchAction.REVIEW, MatchAction.NEXT})
        offers = {MatchAction.RESIGN, MatchAction.NEXT}
        if self.game.invited == self._me and may_decline(self.game, self._me):
            offers = {MatchAction.DECLINE, MatchAction.NEXT}
        if not self.mover and self.game.expired(self.now()):
            offers.add(MatchAction.CLAIM)
        return frozenset(offers)

    async def move(self, seen: Game, move: Move) -> Game:
        return await self._client.move(seen, move.heap, move.left)

    async def end(self, how: MatchAction) -> Game:
        if how is MatchAction.RESIGN:
            return await self._client.resign(self.game.game_id)
        if how is MatchAction.DECLINE:
            return await self._client.decline(self.game.game_id)
        return await self._client.claim(self.game.game_id)

    async def again(self) -> LiveMatch:
        """The rematch; where that is over already, or was declined, a new game like it.

        However often it is asked for, the new game is the same as long as it is open.
        """
        game = await self._client.rematch(self.game.game_id)
        while game.state == "done":
            game = await self._client.new_game(
                self._opponent,
                heaps=game.start,
                rule=game.rule,
                days_per_move=game.days_per_move,
                request_id=f"after {game.game_id}",
            )
        return LiveMatch(self._client, game, now=self.now)

    async def changes(self) -> AsyncIterator[Game | Offline]:
        """Once the game is over, its standing is known before the change is told."""
        async for change in self._client.watch_game(self.game.game_id):
            if isinstance(change, Game) and change.state == "done" and not self.standing:
                self.standing = await self._ask_standing()
            yield change

    async def _ask_standing(self) -> str:
        """The score between the two people in words; empty where it cannot be known now."""
        if not self._ends:
            return ""
        try:
            found = {one.username: one for one in await self._client.opponents()}
        except NimError:
            return ""  # the board is complete without it, and the watch tells what is wrong
        return game_text.standing(found.get(self._opponent, Opponent(self._opponent)))
