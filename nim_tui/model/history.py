"""The moves of a game, replayed: who took how many from where, and the board after each.

Pure. The history can have gaps, where the tutorial's own client moved. A gap is marked and never
filled by guessing, except for the newest move when the board itself shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS, Heaps


@dataclass(frozen=True, slots=True)
class Step:
    """One move.

    Attributes:
        number: from 1, as recorded; missing moves are not counted.
        taken: how many objects it took; None where a gap before it hides that.
        after: the heaps after it; None where a gap hides that.
        gap: whether at least one move is missing just before it.
        at: its time; None for a move that only the board shows.

    """

    number: int
    user: str
    heap: int
    left: int
    taken: int | None
    after: Heaps | None
    gap: bool
    at: datetime | None


def steps(game: Game) -> tuple[Step, ...]:
    """The moves of `game`, oldest first, with the one that only the board shows at the end."""
    known: list[Step] = []
    heaps: Heaps | None = game.start
    # user1 counts as the last mover, so user2 begins; the same user twice in a row is a gap.
    before = game.user1
    for number, played in enumerate(game.moves, 1):
        gap = played.user == before
        if heaps is not None and played.left >= heaps[played.heap - 1]:
            gap = True
        if gap or heaps is None:
            heaps, taken = None, None
        else:
            taken = heaps[played.heap - 1] - played.left
            heaps = _with(heaps, played.heap, played.left)
        known.append(
            Step(number, played.user, played.heap, played.left, taken, heaps, gap, played.at)
        )
        before = played.user
    return (*known, *_unrecorded(game, heaps, before, len(known)))


def _unrecorded(game: Game, heaps: Heaps | None, before: str, number: int) -> tuple[Step, ...]:
    """The newest move, if it is missing but the board shows it: one lower heap, another mover."""
    if heaps is None or game.last_move_by == before:
        return ()
    lower = [heap for heap in HEAP_NUMBERS if game.heaps[heap - 1] < heaps[heap - 1]]
    if len(lower) != 1:
        return ()
    heap = lower[0]
    left = game.heaps[heap - 1]
    taken = heaps[heap - 1] - left
    return (Step(number + 1, game.last_move_by, heap, left, taken, game.heaps, gap=False, at=None),)


def _with(heaps: Heaps, heap: int, left: int) -> Heaps:
    one, two, three = (left if n == heap else heaps[n - 1] for n in HEAP_NUMBERS)
    return (one, two, three)


def last_step(game: Game) -> Step | None:
    """The newest move, if it is known and the board agrees with it."""
    played = steps(game)
    if not played:
        return None
    newest = played[-1]
    if newest.user != game.last_move_by or newest.left != game.heaps[newest.heap - 1]:
        return None
    return newest


def complete(game: Game) -> bool:
    """Whether every move from the start to the current board is known."""
    played = steps(game)
    if any(step.gap for step in played):
        return False
    return (played[-1].after if played else game.start) == game.heaps


def supersedes(new: Game, old: Game) -> bool:
    """Whether `new` should replace `old` on the screen.

    The version decides. The tutorial's own client does not raise it, but the number of objects only
    ever falls, so among equal versions the board with fewer objects is newer.
    """
    if new.version != old.version:
        return new.version > old.version
    if sum(new.heaps) != sum(old.heaps):
        return sum(new.heaps) < sum(old.heaps)
    return new != old and not (old.state == "done" and new.state == "open")
