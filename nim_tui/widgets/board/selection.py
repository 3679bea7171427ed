"""What a player is about to take: a heap, and how many of its topmost objects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.domain.nim import HEAP_NUMBERS, Board, Move

# Seconds within which a second digit joins the first: 1 and 2 are 12.
JOIN = 0.8


@dataclass(frozen=True, slots=True)
class Selection:
    """`count` objects, one or more, from the top of heap number `heap`."""

    heap: int
    count: int = 1

    def move(self, board: Board) -> Move:
        """The move that takes them."""
        return Move(self.heap, board.count(self.heap) - self.count)

    def more(self, board: Board, by: int) -> Selection:
        """That many more or fewer, between one and all."""
        return replace(self, count=max(1, min(board.count(self.heap), self.count + by)))

    def kept_on(self, board: Board) -> Selection | None:
        """As much of it as the board still has; None if the heap is empty."""
        left = board.count(self.heap)
        return replace(self, count=min(self.count, left)) if left else None


def beside(board: Board, heap: int | None, step: int) -> Selection | None:
    """One object of the next heap that has any; `step` is 1 to the right, -1 to the left."""
    first = 0 if step > 0 else len(HEAP_NUMBERS) + 1
    here = first if heap is None else heap
    for _ in HEAP_NUMBERS:
        here = (here + step - 1) % len(HEAP_NUMBERS) + 1
        if board.count(here):
            return Selection(here)
    return None


class Digits:
    """Joins digits that are typed quickly into one number."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0.0

    def typed(self, digit: str, at: float) -> int:
        """The number so far, after `digit` was typed at `at` seconds of a clock."""
        joins = self._text and at - self._at <= JOIN and len(self._text) < 2
        self._text = self._text + digit if joins else digit
        self._at = at
        return int(self._text)

    def forget(self) -> None:
        """Let the next digit begin a new number."""
        self._text = ""
