"""The boards without an account: their options, and the games that somebody left unfinished."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from backend.domain.nim import Heaps, Level, Rule
from nim_tui.config.settings import Settings
from nim_tui.model.board_options import BoardOptions, Scores, starting_heaps

if TYPE_CHECKING:
    from nim_tui.matches import Match

Start: TypeAlias = Literal["welcome", "hotseat", "practice", "demo"]


class LocalBoards:
    """What is chosen and played without an account, as long as the app runs.

    Attributes:
        scores: the results in practice.
        unfinished: games that no backend keeps, by their kind; coming back continues them.

    """

    def __init__(self, heaps: Heaps, rule: Rule, level: Level) -> None:
        self.scores = Scores()
        self.unfinished: dict[type[Match], Match] = {}
        self._heaps, self._level = heaps, level
        self._for_now = BoardOptions(rule=rule)

    def options(self, settings: Settings) -> BoardOptions:
        """The options now; level and names come from the settings."""
        return replace(self._for_now, level=settings.level, names=settings.hotseat_names)

    def choose(self, options: BoardOptions) -> None:
        """Other options: whoever chooses them does not want to go on with an old game."""
        self._for_now = options
        self.unfinished.clear()

    def first(self, start: Start) -> Match:
        """The board that the command line asks for; options chosen on screen do not apply."""
        from nim_tui import matches

        rule = self._for_now.rule
        if start == "demo":
            return matches.DemoMatch(self._heaps, rule)
        if start == "practice":
            return matches.PracticeMatch(self._level, self._heaps, rule, scores=self.scores)
        return matches.HotseatMatch(heaps=self._heaps, rule=rule)

    def practice(self, settings: Settings) -> Match:
        """A game against the computer: the unfinished one, or a new one."""
        from nim_tui.matches import PracticeMatch
        from nim_tui.matches.practice import YOU
        from nim_tui.text.game import COMPUTER

        options = self.options(settings)
        first = YOU if options.first == "amber" else COMPUTER
        return self.unfinished.pop(PracticeMatch, None) or PracticeMatch(
            options.level, self._new_heaps(), options.rule, first=first, scores=self.scores
        )

    def hotseat(self, settings: Settings) -> Match:
        """A game for two at this keyboard: the unfinished one, or a new one."""
        from nim_tui.matches import HotseatMatch

        options = self.options(settings)
        first = options.names[options.first == "blue"]
        return self.unfinished.pop(HotseatMatch, None) or HotseatMatch(
            options.names, self._new_heaps(), options.rule, first=first
        )

    def keep(self, match: Match) -> None:
        """Keep a game whose board closes, if it would be lost otherwise."""
        if not match.listed and not match.loops and match.game.state == "open":
            self.unfinished[type(match)] = match

    def _new_heaps(self) -> Heaps:
        dice = random.Random()  # noqa: S311 - a game's dice, not a secret
        return starting_heaps(self._for_now.heaps, self._heaps, dice)
