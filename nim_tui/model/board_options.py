"""The options of boards without an account, and the results in practice. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from backend.domain.nim import Heaps, Level, Rule

HeapsChoice: TypeAlias = Literal["usual", "larger", "random"]
First: TypeAlias = Literal["amber", "blue"]

HEAPS_CHOICES: tuple[HeapsChoice, ...] = get_args(HeapsChoice)

LARGER: Heaps = (7, 9, 8)
MOST_RANDOM = 9
"""The most objects in a random heap, which a large terminal still shows as a cairn."""

NAMES = ("Ana", "Ben")
"""The players at one keyboard until they type their own names."""

MOST_NAME = 20
"""The most characters in such a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardOptions:
    """The choices for practice and for two players at one keyboard.

    Attributes:
        level: the computer's level.
        heaps: the heaps of a new game.
        rule: whether the last object loses or wins.
        first: who moves first: the one in amber (in practice the person) or the one in blue.
        names: the two players at one keyboard, amber first.

    """

    level: Level = "medium"
    heaps: HeapsChoice = "usual"
    rule: Rule = "misere"
    first: First = "amber"
    names: tuple[str, str] = NAMES


def starting_heaps(choice: HeapsChoice, usual: Heaps, dice: random.Random) -> Heaps:
    """The heaps of a new game; random ones hold one object at least."""
    match choice:
        case "usual":
            return usual
        case "larger":
            return LARGER
        case "random":
            one, two, three = (dice.randint(1, MOST_RANDOM) for _ in LARGER)
            return one, two, three


class Scores:
    """How many games were won and lost against each level since the client was started."""

    def __init__(self) -> None:
        self._games: dict[Level, tuple[int, int]] = {}

    def count(self, level: Level, *, won: bool) -> None:
        """Add a game that has ended."""
        wins, losses = self.of(level)
        self._games[level] = (wins + won, losses + (not won))

    def of(self, level: Level) -> tuple[int, int]:
        """Games won and lost."""
        return self._games.get(level, (0, 0))
