"""What each operation may cost at most, in request units of DynamoDB, for the default heaps.

`test_costs.py` holds the store to it; `tests/scale.py` reckons with it.
"""

from __future__ import annotations

from typing import NamedTuple


class Units(NamedTuple):
    """Read units (consistent, up to 4 KB) and write units (up to 1 KB)."""

    reads: float = 0.0
    writes: float = 0.0

    def __add__(self, other: object) -> Units:
        assert isinstance(other, Units)
        return Units(self.reads + other.reads, self.writes + other.writes)

    def __mul__(self, times: object) -> Units:
        assert isinstance(times, int | float)
        return Units(self.reads * times, self.writes * times)


# The two accounts, the count of open games in an index; the item and its entries in two indexes.
NEW_GAME = Units(3, 3)
MOVE = Units(0, 1)
# One refused, then the item and, in both indexes, an entry that goes and one that comes.
ENDING = Units(0, 1 + 5)
LOOK = Units(1, 0)
# The marks of its number; the number's count, and a lease of twenty places under each of two caps.
TEXT = Units(3, 1 + 2 / 20)


def listing(games: int) -> Units:
    """A list of so many open games: the two queries, and each game."""
    return Units(1 + games, 0)
