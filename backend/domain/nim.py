"""The rules of Nim, misère and normal. Pure and frozen; they are written nowhere else.

The theory is Bouton's (C. L. Bouton, "Nim, a game with a complete mathematical theory", Annals of
Mathematics 3, 1901): in normal play the player to move loses, against best play, if and only if the
nim-sum of the heaps is 0. Misère play is the same until every heap holds 0 or 1 objects. Then the
player to move loses if the number of heaps with 1 object is odd.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, assert_never, get_args

Rule: TypeAlias = Literal["misere", "normal"]
Level: TypeAlias = Literal["easy", "medium", "perfect"]
Heaps: TypeAlias = tuple[int, int, int]
Who = TypeVar("Who")

RULES: tuple[Rule, ...] = get_args(Rule)
LEVELS: tuple[Level, ...] = get_args(Level)
HEAP_NUMBERS = (1, 2, 3)
MOST_OBJECTS = 20
FEWEST_IN_ALL = 2
DEFAULT_HEAPS: Heaps = (5, 4, 5)

# How often the computer plays the best move on the medium level; otherwise it plays at random.
MEDIUM_SKILL = 0.6


@dataclass(frozen=True, slots=True)
class Move:
    """Take from heap number `heap` (1 to 3) until `left` objects are left in it."""

    heap: int
    left: int


@dataclass(frozen=True, slots=True)
class Board:
    """Three heaps, with a player to move. `heaps` are counts of objects, 0 to 20 each."""

    heaps: Heaps
    rule: Rule = "misere"

    @property
    def over(self) -> bool:
        """Whether the last object has been taken."""
        return not any(self.heaps)

    @property
    def nim_sum(self) -> int:
        """The heaps, added in binary without carrying."""
        one, two, three = self.heaps
        return one ^ two ^ three

    @property
    def endgame(self) -> bool:
        """Whether no heap holds more than one object, which is when misère strategy flips."""
        return max(self.heaps) <= 1

    def winner(self, last: Who, other: Who) -> Who:
        """Who wins once `last` has taken the last object; `other` is the opponent.

        Nothing else decides it. The players may be given as names, or as the SQL expressions by
        which a store finds the names.
        """
        match self.rule:
            case "misere":
                return other
            case "normal":
                return last
            case unknown:
                assert_never(unknown)

    @property
    def winning(self) -> bool:
        """Whether the player to move wins from here with best play.

        It holds on a board that is over, too: in misère the player to move has won, because the
        opponent took the last object.
        """
        match self.rule:
            case "misere":
                return sum(self.heaps) % 2 == 0 if self.endgame else self.nim_sum != 0
            case "normal":
                return self.nim_sum != 0
            case unknown:
                assert_never(unknown)

    def count(self, heap: int) -> int:
        """The objects in heap number `heap`."""
        return self.heaps[heap - 1]

    def allows(self, move: Move) -> bool:
        """Whether `move` takes one or more objects from one heap."""
        return move.heap in HEAP_NUMBERS and 0 <= move.left < self.count(move.heap)

    def moves(self) -> Iterator[Move]:
        """Every legal move, heap by heap, the smallest first."""
        for heap in HEAP_NUMBERS:
            for left in range(self.count(heap) - 1, -1, -1):
                yield Move(heap, left)

    def after(self, move: Move) -> Board:
        """The board with the other player to move.

        Raises:
            ValueError: the move is not legal here.

        """
        if not self.allows(move):
            raise ValueError(f"{move} is not legal on {self.heaps}")
        heaps = list(self.heaps)
        heaps[move.heap - 1] = move.left
        return Board((heaps[0], heaps[1], heaps[2]), self.rule)

    def winning_moves(self) -> list[Move]:
        """The moves after which the opponent cannot win against best play; may be empty."""
        return [move for move in self.moves() if not self.after(move).winning]

    def best_move(self) -> Move:
        """A winning move if there is one; otherwise one object from the largest heap.

        That drags the game out, which gives the opponent the most chances to slip.

        Raises:
            ValueError: the board is over.

        """
        if self.over:
            raise ValueError("the game is over: there is no move")
        if winning := self.winning_moves():
            return winning[0]
        largest = max(HEAP_NUMBERS, key=self.count)
        return Move(largest, self.count(largest) - 1)


def valid_heaps(heaps: tuple[int, ...] | list[int]) -> bool:
    """Whether a game can start from `heaps`: three, 0 to 20 objects each, at least two in total."""
    return (
        len(heaps) == len(HEAP_NUMBERS)
        and all(0 <= count <= MOST_OBJECTS for count in heaps)
        and sum(heaps) >= FEWEST_IN_ALL
    )


def computer_move(board: Board, level: Level, dice: random.Random) -> Move:
    """The computer's move on a level; the same seed of `dice` gives the same game.

    easy plays at random, medium plays the best move about six times in ten, perfect always does.

    Raises:
        ValueError: the board is over.

    """
    if level == "perfect" or (level == "medium" and dice.random() < MEDIUM_SKILL):
        return board.best_move()
    moves = list(board.moves())
    if not moves:
        raise ValueError("the game is over: there is no move")
    return dice.choice(moves)
