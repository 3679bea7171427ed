"""Leaves out of a frame what the terminal shows already.

Textual often draws whole rows, or the whole screen, of which most is as before. On this machine
that costs nothing; over a network it is what a frame weighs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from sys import intern

from rich.cells import cell_len

from nim_tui.ssh.environment import MOST_COLUMNS

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
# A run of one style, as Rich writes it: styles, text, and the end of them all.
_RUN = re.compile(r"((?:\x1b\[[\d;]*m)*)([^\x1b\x00-\x1f\x7f]+)(\x1b\[0m)?")
# One more than the widest terminal has, since columns are counted from 1.
_COLUMNS = MOST_COLUMNS + 1
# The right half of a character of two columns.
_HALF = "\x00"

Cells = list[str | None]


class Thinner:
    """Remembers what each cell shows: a style and a character, or None where that is not known."""

    def __init__(self) -> None:
        self._rows: dict[int, Cells] = defaultdict(lambda: [None] * _COLUMNS)

    def forget(self) -> None:
        """What the terminal shows is not known any more."""
        self._rows.clear()

    def thin(self, frame: str) -> str:
        """The frame without the runs that would change nothing."""
        first, *parts = _MOVE.split(frame)
        if not parts:
            return frame
        try:
            if first:
                raise ValueError
            pieces = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
            return "".join(
                self._needed(int(row), int(column), text.rstrip("\n"))
                for row, column, text in pieces
            )
        except ValueError:
            # Something moves the cursor, or changes what is shown elsewhere.
            self.forget()
            return frame

    def _needed(self, row: int, column: int, text: str) -> str:
        """What of a piece has to be drawn; all of it is taken as drawn from then on.

        Raises:
            ValueError: it is more than runs of text.

        """
        if not text:
            return f"\x1b[{row};{column}H"  # it only puts the cursor somewhere
        cells, drawn, pen = self._rows[row], [], None
        for run, new in _runs(text):
            end = column + len(new)
            if end > _COLUMNS:
                raise ValueError
            if cells[column:end] != new:
                if pen != column:
                    drawn.append(f"\x1b[{row};{column}H")
                drawn.append(run)
                _overwrite(cells, column, new)
                pen = end
            column = end
        return "".join(drawn)


def _overwrite(cells: Cells, column: int, new: list[str]) -> None:
    """Put characters into cells; what is left of a wide one that loses a half is not known."""
    end = column + len(new)
    if cells[column] == _HALF and column:
        cells[column - 1] = None
    cells[column:end] = new
    if end < _COLUMNS and cells[end] == _HALF:
        cells[end] = None


@lru_cache(maxsize=512)
def _runs(text: str) -> list[tuple[str, list[str]]]:
    """The runs of a piece, and the cells that each fills. Raises: ValueError."""
    found, at = [], 0
    for run in _RUN.finditer(text):
        style, words, end = run.groups()
        # A style without its end would reach what follows.
        if run.start() != at or bool(style) != bool(end):
            raise ValueError
        at = run.end()
        found.append((run[0], _cells(style, words)))
    if at != len(text):
        raise ValueError
    return found


def _cells(style: str, words: str) -> list[str]:
    if words.isascii():
        return [intern(style + char) for char in words]
    cells: list[str] = []
    for char in words:
        width = cell_len(char)
        if width == 0:
            raise ValueError  # it belongs to the character before it
        # Most cells of most sessions show the same: one string for all of them.
        cells.append(intern(style + char))
        cells += [_HALF] * (width - 1)
    return cells
