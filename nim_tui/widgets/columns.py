"""The heaps in binary: a pebble for each 1 under 4, 2 and 1, and which columns are odd."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.geometry import Size

from backend.domain.nim import HEAP_NUMBERS, Heaps
from nim_tui.model.analysis import Column, columns
from nim_tui.paint import Depth, Look, Rows, Side, blank, paint_pebble, put
from nim_tui.widgets.scene import Painted

TABLE, COMPACT = 15, 6
"""Rows for the form with pebbles (further rows add space), and for the form with one row a heap.
With fewer rows, the digits are under the heaps of the board above."""

_COUNTS = 8  # column of the numbers of objects
_FIRST = 14  # where the binary columns begin
_PEBBLE = 5


class Columns(Painted):
    """Drawn in the form that fits its height."""

    DEFAULT_CSS = "Columns { width: 1fr; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._heaps: Heaps = (0, 0, 0)
        self._largest = 0
        self._side: Side = "you"
        self._reasons: Sequence[str] = ()
        self._ground = "bg"

    def show(
        self,
        heaps: Heaps,
        largest: int,
        side: Side,
        reasons: Sequence[str] = (),
        ground: str = "bg",
    ) -> None:
        """Show these heaps, with columns enough for `largest` objects.

        `side` is whose turn it is: an odd column is their chance. The first of the `reasons` that
        fits is in the last row of the form across. `ground` is the background's token.
        """
        self._heaps, self._largest, self._side = heaps, largest, side
        self._reasons, self._ground = reasons, ground
        self.paint_again()

    def paint(self, size: Size, look: Look) -> Rows:
        rows = blank(size.width, size.height, look.colour(self._ground))
        shown = columns(self._heaps, self._largest)
        if size.height >= TABLE:
            self._table(rows, shown, look, pebbles=True)
        elif size.height >= COMPACT:
            self._table(rows, shown, look, pebbles=False)
        else:
            self._across(rows, shown, look)
        return rows

    def _table(self, rows: Rows, shown: tuple[Column, ...], look: Look, *, pebbles: bool) -> None:
        width = len(rows[0])
        muted, text = look.colour("muted"), look.colour("text")
        worths = [f"{column.value}s" for column in shown]
        put(rows, 0, 0, "In binary", text, bold=True)
        meaning = f"each heap as {', '.join(worths[:-1])} and {worths[-1]}"
        if 12 + len(meaning) <= width:
            put(rows, 12, 0, meaning, muted)
        pitch = min(8, (width - _FIRST) // len(shown))
        at = [_FIRST + pitch * number + pitch // 2 for number in range(len(shown))]
        head = 2 if len(rows) > TABLE else 1
        for x, column in zip(at, shown, strict=True):
            put(rows, x - (len(str(column.value)) - 1) // 2, head, str(column.value), muted)
        for heap in HEAP_NUMBERS:
            y = head + (3 * heap - 1 if pebbles else heap)
            put(rows, 0, y, f"heap {heap}", muted)
            put(rows, _COUNTS, y, f"{self._heaps[heap - 1]:>3}", text, bold=True)
            for x, column in zip(at, shown, strict=True):
                self._digit(rows, (x, y), look, one=column.ones[heap - 1], pebble=pebbles)
        y = head + (10 if pebbles else 4)
        if pebbles:
            put(rows, 0, y, ("-" if look.ascii else "─") * width, look.colour("line"))
            y += 1
        put(rows, 0, y, "count", muted)
        for x, column in zip(at, shown, strict=True):
            if pebbles:
                put(rows, x, y, str(column.count), text, bold=True)
                short = pitch == _PEBBLE
                _parity(rows, x - 2 + short, y + 1, column, look, self._side, short=short)
            else:
                put(rows, x - 2, y, str(column.count), text, bold=True)
                if column.odd or pitch > _PEBBLE + 1:
                    _parity(rows, x, y, column, look, self._side, short=True)

    def _digit(
        self, rows: Rows, at: tuple[int, int], look: Look, *, one: bool, pebble: bool
    ) -> None:
        x, y = at
        if one and pebble:
            stone = paint_pebble(look, seed=(x + y) % 4)
            for row, cells in enumerate(stone, y - 1):
                rows[row][x - _PEBBLE // 2 : x - _PEBBLE // 2 + _PEBBLE] = cells
        elif one:
            put(rows, x, y, look.marks.left, look.colour("text"))
        else:
            put(rows, x, y, look.marks.taken, look.colour("line"))

    def _across(self, rows: Rows, shown: tuple[Column, ...], look: Look) -> None:
        """The digits under each heap, then the counts of the columns, then a reason."""
        width = len(rows[0])
        muted, text = look.colour("muted"), look.colour("text")
        third = width // len(HEAP_NUMBERS)
        pitch = 4 if len(shown) * 4 + 4 <= third else 3
        for heap in HEAP_NUMBERS:
            count = f"{self._heaps[heap - 1]} ="
            x = (heap - 1) * third + (third - len(count) - pitch * len(shown)) // 2
            put(rows, x, 1, count, text, bold=True)
            for number, column in enumerate(shown, 1):
                right = x + len(count) + pitch * number - 1
                value = str(column.value)
                put(rows, right + 1 - len(value), 0, value, muted)
                self._digit(rows, (right, 1), look, one=column.ones[heap - 1], pebble=False)
        names = [f"{column.value}s " for column in shown]
        x = (width - sum(len(name) + 11 for name in names) + 4) // 2
        for name, column in zip(names, shown, strict=True):
            put(rows, x, 2, name, muted)
            x += len(name)
            put(rows, x, 2, str(column.count), text, bold=True)
            _parity(rows, x + 2, 2, column, look, self._side)
            x += 11
        fitting = [reason for reason in self._reasons if cell_len(reason) <= width]
        reason = (*fitting, *self._reasons[-1:], "")[0]
        put(rows, max(0, (width - cell_len(reason)) // 2), 3, reason, text)


def _parity(
    rows: Rows, x: int, y: int, column: Column, look: Look, side: Side, *, short: bool = False
) -> None:
    """`odd` as a pill in the colour of whose turn it is, or `even`; `short` has no padding."""
    if not column.odd:
        put(rows, x, y, "even" if short else " even", look.colour("muted"))
        return
    bare = look.depth is Depth.NONE
    ink, fill = look.ink_on(side), look.colour(side)
    put(rows, x, y, "odd" if short else " odd ", ink, fill, bold=True, reverse=bare)
