"""Cells, which every painter returns, and functions for rows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

Colour = str | int | None
"""``#rrggbb``, the number of one of the terminal's 256, or None for the terminal's default."""


class Cell(NamedTuple):
    """One character cell. ``char`` is exactly one column wide."""

    char: str = " "
    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    reverse: bool = False


Row = list[Cell]
Rows = list[Row]


class Run(NamedTuple):
    """Neighbouring cells of the same style, which become one segment of a widget."""

    text: str
    fg: Colour
    bg: Colour
    bold: bool
    reverse: bool


def blank(width: int, height: int, bg: Colour = None) -> Rows:
    """A rectangle of spaces."""
    cell = Cell(bg=bg)
    return [[cell] * width for _ in range(height)]


def runs(row: Row) -> Iterator[Run]:
    """The row as the fewest runs of one style each, left to right."""
    start = 0
    while start < len(row):
        style = row[start][1:]
        end = start + 1
        while end < len(row) and row[end][1:] == style:
            end += 1
        yield Run("".join(cell.char for cell in row[start:end]), *style)
        start = end


def put(
    rows: Rows,
    x: int,
    y: int,
    text: str,
    fg: Colour = None,
    bg: Colour = None,
    *,
    bold: bool = False,
    reverse: bool = False,
) -> None:
    """Write ``text`` (one-column characters) into ``rows``, cut at the edges.

    With no ``bg`` each cell keeps its background, so that words can be on a pool of light.
    """
    if not 0 <= y < len(rows):
        return
    row = rows[y]
    for column, char in enumerate(text, x):
        if 0 <= column < len(row):
            under = row[column].bg if bg is None else bg
            row[column] = Cell(char, fg, under, bold, reverse)


def to_text(rows: Rows) -> str:
    """Only the characters, one line for each row: for tests and logs."""
    return "\n".join("".join(cell.char for cell in row).rstrip() for row in rows)
