"""Two people at one keyboard: nothing is stored, nothing is sent."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator

from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from nim_tui.client.offline import Offline
from nim_tui.matches.base import Clock, Match, MatchAction, StyledText, new_local_game, rewound
from nim_tui.model.board_options import NAMES
from nim_tui.text import game as game_text


class HotseatMatch(Match):
    """The first named is ● and moves first; in a rematch the other player does."""

    home = "menu"

    def __init__(
        self,
        names: tuple[str, str] = NAMES,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        *,
        first: str | None = None,
        now: Clock = utc_now,
    ) -> None:
        self.names = names
        first = first or names[0]
        second = names[1] if first == names[0] else names[0]
        game = new_local_game(first, second, heaps, rule, now)
        super().__init__(game, viewer=None, amber=names[0], now=now)

    @property
    def mover(self) -> str | None:
        return self.game.turn

    @property
    def place(self) -> tuple[StyledText, ...]:
        one, two = self.names
        return (
            StyledText(game_text.name(one), "you"),
            StyledText(" and ", "muted"),
            StyledText(game_text.name(two), "opp"),
        )

    @property
    def offers(self) -> frozenset[MatchAction]:
        if self.game.state == "done":
            return frozenset(
                {MatchAction.REMATCH, MatchAction.REVIEW, MatchAction.NEW, MatchAction.OPTIONS}
            )
        back = {MatchAction.BACK} if self.game.moves else set()
        return frozenset({MatchAction.NEW, MatchAction.OPTIONS, *back})

    async def move(self, seen: Game, move: Move) -> Game:
        return seen.after_move(seen.turn, move, self.now()) if seen.turn else seen

    async def again(self) -> HotseatMatch:
        return HotseatMatch(
            self.names, self.game.start, self.game.rule, first=self.game.user1, now=self.now
        )

    async def back(self) -> HotseatMatch:
        """The board before the last move."""
        before = copy.copy(self)
        before.game = rewound(self.game, max(0, len(self.game.moves) - 1))
        return before

    async def changes(self) -> AsyncIterator[Game | Offline]:
        nothing: tuple[Game, ...] = ()
        for game in nothing:
            yield game
