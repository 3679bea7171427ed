"""The view of one heap: the painter's only input besides fit and look."""

from __future__ import annotations

from dataclasses import dataclass

from nim_tui.paint.look import Side


@dataclass(frozen=True, slots=True)
class Returned:
    """An object that returns at the end, in the colour of the player who took it."""

    by: Side
    move: int  # number of the move that took it, from 1
    last: bool = False  # the last object of the game


@dataclass(frozen=True, slots=True)
class HeapView:
    """One heap. Objects are numbered from 0, the lowest, and are taken from the top.

    ``count`` objects are left; the topmost ``chosen`` of them are about to be taken. Above are
    the outlines of the ``ghosts`` objects that the last move took. ``hover`` and ``hint`` count
    from the top of what is left. ``returned`` holds, at the end, for each object from 0 who took
    it (None: nobody did, or it has not returned yet). ``cheer``: sparks around the stones celebrate
    this player's win.

    The rest is motion, for the chosen stones: ``slide`` 0 in place, 1 out, up to 2 while they
    leave; ``colour`` 0 stone, 1 the player's; ``fade`` 0 solid, 1 gone, only the outline is left.
    """

    start: int
    count: int
    chosen: int = 0
    chosen_by: Side = "you"
    ghosts: int = 0
    ghosts_by: Side = "opp"
    hover: int = 0
    hover_by: Side = "you"
    hint: int = 0
    returned: tuple[Returned | None, ...] = ()
    cheer: Side | None = None
    slide: float = 1.0
    colour: float = 1.0
    fade: float = 0.0

    def is_chosen(self, index: int) -> bool:
        return self.count - self.chosen <= index < self.count

    def is_ghost(self, index: int) -> bool:
        return self.count <= index < self.count + self.ghosts and self.back(index) is None

    def back(self, index: int) -> Returned | None:
        """Who took the object, once it has returned."""
        return self.returned[index] if 0 <= index < len(self.returned) else None

    def number(self, index: int) -> int:
        """A chosen object's number, counted from the top."""
        return self.count - index
