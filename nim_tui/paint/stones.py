"""One stone: its light, its edge, and the two colours of each of its cells.

A cell is two by two sub-pixels. Light and edge depend only on the size, the best pair of
colours on size and ramp: both are cached, so that painting a stone is only copying.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum, sqrt
from typing import NamedTuple

from nim_tui.paint.cells import Cell, Colour, Rows
from nim_tui.paint.colour import Rgb, hex_of, mix, rgb, to_hex
from nim_tui.paint.look import LEVELS, Ramp

STONE_POWER = 2.6
PEBBLE_POWER = 2.1
_SOFT_FROM = 4  # rows from which on edges are softened

# Glyphs and the sub-pixels they fill: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
# With the two colours swapped, these eight make every pattern.
_GLYPHS = ((0, " "), (3, "▀"), (5, "▌"), (1, "▘"), (2, "▝"), (4, "▖"), (8, "▗"), (9, "▚"))
# Each glyph with the places of the sub-pixels that it fills, and of the others.
_PATTERNS = tuple(
    (
        glyph,
        tuple(place for place in range(4) if mask >> place & 1),
        tuple(place for place in range(4) if not mask >> place & 1),
    )
    for mask, glyph in _GLYPHS
)

Dot = tuple[int, float]
"""A sub-pixel: level of light from 0 to 9, and how much of it the stone covers, 0 to 1."""

Dots = tuple[tuple[Dot, ...], ...]

_SAMPLES = (-0.375, -0.125, 0.125, 0.375)  # of a sub-pixel, from its middle
_CLEAR: Dot = (0, 0.0)
_UNKNOWN = "#000000"  # assumed for the terminal's default colour


class Ink(NamedTuple):
    """A colour that covers its background fully or in part."""

    colour: Colour
    share: float


_NO_INK = Ink(None, 0.0)


class ClearCell(NamedTuple):
    """A cell through which some of the background shows."""

    char: str
    fg: Ink
    bg: Ink


Stone = tuple[tuple[Cell | ClearCell | None, ...], ...]
"""Rows of finished cells, of cells that still need their background, and of nothing (None)."""


@lru_cache(maxsize=256)
def dots(cells: int, rows: float, width: float, power: float, *, soft: bool = True) -> Dots:
    """Light and edge of a stone ``width`` cells wide in the middle of ``cells`` by ``rows``.

    A box one cell wider than the stone moves it right by half a cell. Only large stones get a
    soft edge, and only if colours can be mixed (``soft``).
    """
    marks = _SAMPLES if soft and rows >= _SOFT_FROM else (0.0,)
    across = [(x + 0.5 - cells) / width for x in range(2 * cells)]
    down = [(y + 0.5) / rows - 1 for y in range(round(2 * rows))]
    # |x|^p at the samples of each column of sub-pixels, |y|^p at those of each row.
    columns = [[abs(x + mark / width) ** power for mark in marks] for x in across]
    lines = [[abs(y + mark / rows) ** power for mark in marks] for y in down]
    return tuple(
        tuple(_dot(x, y, _cover(column, line)) for x, column in zip(across, columns, strict=True))
        for y, line in zip(down, lines, strict=True)
    )


def _cover(column: list[float], line: list[float]) -> float:
    """How much of a sub-pixel is in the stone, |x|^p + |y|^p <= 1, in thirds."""
    if max(column) + max(line) <= 1:
        return 1.0
    if min(column) + min(line) > 1:
        return 0.0
    inside = sum(a + b <= 1 for a in column for b in line)
    return round(inside / (len(column) * len(line)) * 3) / 3


def _dot(x: float, y: float, cover: float) -> Dot:
    """The light on the sub-pixel with its centre at x, y; the stone reaches from -1 to 1."""
    if not cover:
        return _CLEAR
    light = -0.40 * x - 0.74 * y + 0.55 * sqrt(max(0.0, 1 - x * x - y * y))
    share = (min(1.0, max(-0.35, light)) + 0.35) / 1.35
    return round(share * (LEVELS - 1)), cover


@lru_cache(maxsize=256)
def stone(shape: Dots, ramp: Ramp, ground: Colour) -> Stone:
    """The stone in cells. ``ground`` is roughly its background, which weights the edges."""
    return tuple(
        tuple(
            _cell((upper[x], upper[x + 1], lower[x], lower[x + 1]), ramp, ground)
            for x in range(0, len(upper), 2)
        )
        for upper, lower in zip(shape[::2], shape[1::2], strict=True)
    )


@lru_cache(maxsize=4096)
def _cell(four: tuple[Dot, ...], ramp: Ramp, ground: Colour) -> Cell | ClearCell | None:
    """The glyph and the pair of colours nearest to four sub-pixels."""
    if not any(cover for _, cover in four):
        return None
    inks = tuple(Ink(ramp[level] if cover else None, cover) for level, cover in four)
    glyph, fg, bg = _exact_pair(inks) or _best_pair(inks, ground)
    if bg.share == 1 and (fg.share == 1 or glyph == " "):
        return Cell(glyph, None if glyph == " " else fg.colour, bg.colour)
    return ClearCell(glyph, fg, bg)


_Pair = tuple[str, Ink, Ink]  # a glyph, its colour, the colour behind it


def _exact_pair(inks: tuple[Ink, ...]) -> _Pair | None:
    """The pair if the four sub-pixels have at most two colours, as in most cells."""
    first = inks[0]
    other = next((ink for ink in inks if ink != first), None)
    if other is None:
        return " ", _NO_INK, first
    if any(ink not in (first, other) for ink in inks):
        return None
    mask = sum(1 << place for place, ink in enumerate(inks) if ink == other)
    for filled, glyph in _GLYPHS:
        if filled == mask:
            return glyph, other, first
        if filled == 15 - mask:
            return glyph, first, other
    return None


def _best_pair(inks: tuple[Ink, ...], ground: Colour) -> _Pair:
    """The pair with the smallest error of all patterns."""
    seen = [_seen(ink, ground) for ink in inks]
    best: tuple[float, _Pair] | None = None
    for glyph, fore, back in _PATTERNS:
        fg, error = _middle(inks, seen, fore, ground)
        if best is not None and error >= best[0] - 1e-6:
            continue
        bg, back_error = _middle(inks, seen, back, ground)
        error += back_error
        if best is None or error < best[0] - 1e-6:
            best = error, (glyph, fg, bg)
    assert best is not None
    return best[1]


def _seen(ink: Ink, ground: Colour) -> Rgb:
    """The visible colour of an ink on the background, as numbers to measure distances with."""
    if ink.share == 1 and isinstance(ink.colour, str):
        return rgb(ink.colour)
    under = hex_of(ground, _UNKNOWN)
    return rgb(mix(under, hex_of(ink.colour, _UNKNOWN), ink.share) if ink.share else under)


def _middle(
    inks: tuple[Ink, ...], seen: list[Rgb], group: tuple[int, ...], ground: Colour
) -> tuple[Ink, float]:
    """The one ink for a group of sub-pixels, and the error that it causes."""
    if not group:
        return _NO_INK, 0.0
    first = inks[group[0]]
    if all(inks[i] == first for i in group):
        return first, 0.0
    numbered = isinstance(ground, int) or any(isinstance(inks[i].colour, int) for i in group)
    if numbered:
        # No mixing with the terminal's own colours: take the one nearest to all of them.
        errors = {i: fsum(_apart(seen[i], seen[j]) for j in group) for i in group}
        chosen = min(group, key=lambda i: errors[i])
        return inks[chosen], errors[chosen]
    # fsum: the result of sum for fractions depends on the Python version, and two colours may tie.
    share = fsum([inks[i].share for i in group]) / len(group)
    weighted = [(rgb(str(inks[i].colour)), inks[i].share) for i in group if inks[i].share]
    weight = fsum([share for _, share in weighted])
    red, green, blue = (fsum([c[k] * share for c, share in weighted]) / weight for k in range(3))
    ink = Ink(to_hex((red, green, blue)), 1.0 if share > 0.999 else share)
    mean = _seen(ink, ground)
    return ink, fsum([_apart(mean, seen[i]) for i in group])


def _apart(one: Rgb, other: Rgb) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2


def lay(rows: Rows, x: int, y: int, what: Stone, strength: float = 1.0) -> None:
    """Put a stone into ``rows`` with its upper left corner at x, y, cut at the edges.

    A ``strength`` below 1 lets the background through everywhere, for a stone that fades.
    """
    for dy, line in enumerate(what, y):
        if not 0 <= dy < len(rows):
            continue
        row = rows[dy]
        for dx, cell in enumerate(line, x):
            if cell is None or not 0 <= dx < len(row):
                continue
            if isinstance(cell, Cell):
                row[dx] = cell if strength >= 1 else _thin(cell, row[dx].bg, strength)
            else:
                row[dx] = Cell(
                    cell.char,
                    _over(row[dx].bg, cell.fg, strength),
                    _over(row[dx].bg, cell.bg, strength),
                )


def _thin(cell: Cell, under: Colour, strength: float) -> Cell:
    fg = None if cell.fg is None else _over(under, Ink(cell.fg, 1.0), strength)
    return Cell(cell.char, fg, _over(under, Ink(cell.bg, 1.0), strength))


def _over(under: Colour, ink: Ink, strength: float) -> Colour:
    share = ink.share * strength
    if share <= 0:
        return under
    if share >= 1 or not (isinstance(under, str) and isinstance(ink.colour, str)):
        return ink.colour if share >= 0.5 else under
    return mix(under, ink.colour, share)
