"""Pictures beside the game: the word nim, cairns for the forms, pebbles, thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple

from nim_tui.paint.cells import Cell, Rows, blank, put
from nim_tui.paint.colour import mix
from nim_tui.paint.fit import Box
from nim_tui.paint.ground import Footing, Site, paint_ground
from nim_tui.paint.look import LEVELS, Depth, Look, Ramp, Side, ramp
from nim_tui.paint.plain import paint_plain
from nim_tui.paint.stones import STONE_POWER, Dot, Dots, dots, lay, stone

WORD_WIDTH, WORD_HEIGHT = 28, 7
_STEM = 2.5  # columns; letters are four rows high
_SIZES = (7, 6, 5, 4, 3, 2)  # rows of a stone in a scene
_BIG_HEAP = 5  # with more objects than this, a thumbnail shows numbers


def thumbnails(counts: Sequence[int], starts: Sequence[int], look: Look) -> list[tuple[str, str]]:
    """Three heaps on one line, as texts with the token of their colour.

    What is left is ``text``, what was taken is ``line``, and every heap is five columns wide. If a
    heap began with more than five objects, the three numbers.
    """
    marks = look.marks
    if max(starts, default=0) > _BIG_HEAP:
        return [(f" {marks.dot} ".join(str(count) for count in counts), "text")]
    texts: list[tuple[str, str]] = []
    for place, (count, start) in enumerate(zip(counts, starts, strict=True)):
        last = place == len(starts) - 1
        gap = "" if last else " " * (_BIG_HEAP - start + 1)
        texts.append((marks.left * count, "text"))
        texts.append((marks.taken * (start - count) + gap, "line"))
    return [(text, token) for text, token in texts if text]


def paint_pebble(look: Look, seed: int = 0) -> Rows:
    """A small stone, five columns by two rows: a 1 in the table of binary digits."""
    rows = blank(5, 2, look.colour("bg"))
    if look.shaded:
        shape = dots(5, 2, 5.0, STONE_POWER)
        lay(rows, 0, 0, stone(shape, ramp(look, None, seed), look.colour("bg")))
    else:
        paint_plain(rows, Box(0, 0, 5, 2), look, None)
    return rows


def paint_scene(
    width: int, height: int, look: Look, cairns: Sequence[tuple[int, int]] = ((5, 1), (2, 0))
) -> Rows:
    """Cairns side by side on one ground, for the welcome screen and the forms.

    Each is (stones, how many of the topmost are amber). Sizes follow the rectangle.
    """
    return [list(row) for row in _scene(width, height, look, tuple(cairns))]


class _Object(NamedTuple):
    """A stone of a scene: its place, whose colour it has, and what seeds its tint."""

    box: Box
    who: Side | None
    tint: int


@lru_cache(maxsize=16)
def _scene(
    width: int, height: int, look: Look, cairns: tuple[tuple[int, int], ...]
) -> tuple[tuple[Cell, ...], ...]:
    site, size = _scene_site(width, height, cairns)
    objects = _scene_objects(site, size, cairns)
    lowest = tuple(
        Footing(box.x, _shape(box, look), ramp(look, who, tint))
        for box, who, tint in objects
        if box.y + box.h == site.foot
    )
    rows = paint_ground(site, look, lowest if look.depth is Depth.TRUE else ())
    for box, who, tint in objects:
        if look.shaded:
            colours = ramp(look, who, tint)
            lay(rows, box.x, box.y, stone(_shape(box, look), colours, look.colour("bg")))
        else:
            paint_plain(rows, box, look, who, open_=who is not None)
    return tuple(tuple(row) for row in rows)


def _scene_site(width: int, height: int, cairns: tuple[tuple[int, int], ...]) -> tuple[Site, int]:
    """The ground under the cairns, and how many rows a stone has on it."""
    tallest = max((stones for stones, _ in cairns), default=1)
    share = width / max(1, len(cairns))
    size = next((r for r in _SIZES if tallest * r + r <= height and 3.6 * r <= share), 1)
    mirror = min(size - 1, max(0, height - tallest * size - 1))
    foot = max(0, height - 1 - mirror)
    middles = tuple(share * (number + 0.5) for number in range(len(cairns)))
    rise, fall = max(1.0, min(foot, 12.0)), mirror + 1.5
    reach = share / 2 + 0.5
    return Site(width, height, foot, foot, mirror, middles, reach, rise, fall), size


def _scene_objects(
    site: Site, size: int, cairns: tuple[tuple[int, int], ...]
) -> tuple[_Object, ...]:
    tallest = max((stones for stones, _ in cairns), default=1)
    wide = min(5.3 * size, site.width / max(1, len(cairns)) - 2.5)
    objects: list[_Object] = []
    for number, (stones, amber) in enumerate(cairns):
        for index in range(stones):
            random = Random(f"scene:{number}:{index}")  # noqa: S311 - a shape, no secret
            w = 2 * round(wide * (1 - 0.35 * index / max(1, tallest - 1)) / 2)
            x = round(site.middles[number] - w / 2) + random.randint(-1, 1)
            who: Side | None = "you" if index >= stones - amber else None
            box = Box(x, site.foot - (index + 1) * size, max(2, w), size)
            objects.append(_Object(box, who, random.randrange(99)))
    return tuple(objects)


def _shape(box: Box, look: Look) -> Dots:
    soft = look.depth is Depth.TRUE
    return dots(box.w, box.h, float(box.w), STONE_POWER, soft=soft)


def paint_word(look: Look) -> Rows:
    """The word nim, its dot an amber stone: 28 columns by 7 rows."""
    rows = blank(WORD_WIDTH, WORD_HEIGHT, look.colour("bg"))
    if not look.shaded:
        return _plain_word(rows, look)
    letters = _letters(soft=look.depth is Depth.TRUE)
    light: Ramp = ramp(look, None, 0)
    if look.depth is Depth.TRUE:
        base = look.palette.stone_hi if look.palette.dark else look.palette.stone_mid
        light = _word_ramp(base, look.palette.bg)
    lay(rows, 0, 3, stone(letters, light, look.colour("bg")))
    # Two rows and a half, so that it hovers half a row above the letter.
    dot = (*dots(6, 2.5, 6.0, 2.3), ((0, 0.0),) * 12)
    lay(rows, 9, 0, stone(dot, ramp(look, "you"), look.colour("bg")))
    return rows


@lru_cache(maxsize=8)
def _word_ramp(base: str, bg: str) -> Ramp:
    return tuple(mix(base, bg, 0.24 * (1 - level / (LEVELS - 1))) for level in range(LEVELS))


_PLAIN_WORD = (
    "",
    "         ▗▄▄▖",
    "         ▝▀▀▘",
    "█▄▛▀▀█▙   ██   █▄▛▀█▄▛▀█▙",
    "██    ██  ██   ██  ██  ██",
    "██    ██  ██   ██  ██  ██",
    "██    ██  ██   ██  ██  ██",
)
_ASCII_WORD = (
    "",
    "         (##)",
    "",
    "##.###.   ##   ##.##.##.",
    "##'  '##  ##   ##' ##' ##",
    "##    ##  ##   ##  ##  ##",
    "##    ##  ##   ##  ##  ##",
)

Inside = Callable[[float, float], bool]


def _arch(left: float, span: float, *, tall: bool) -> Inside:
    """A stem at ``left`` and an arch to the right of it, ``span`` columns from edge to edge.

    A ``tall`` stem goes up to the top, the other begins where its arch does.
    Coordinates are columns and rows; a row is twice as high as a column is wide.
    """
    radius = span / 2
    middle, top = left + radius, 1.62

    def inside(x: float, y: float) -> bool:
        if not 0 <= y <= 4:
            return False
        if left + span - _STEM <= x <= left + span and y >= top:
            return True
        if left <= x <= left + _STEM and (tall or y >= top):
            return True
        if y > top:
            return False
        outer = ((x - middle) / radius) ** 2 + ((y - top) / top) ** 2
        inner = ((x - middle) / (radius - _STEM)) ** 2 + ((y - top) / (top - 0.95)) ** 2
        return outer <= 1 < inner

    return inside


@lru_cache(maxsize=2)
def _letters(*, soft: bool) -> Dots:
    """The letters without the dot, lit from above: 28 columns by 4 rows."""
    shapes: list[Inside] = [
        _arch(0.0, 8.0, tall=True),
        lambda x, y: 10.5 <= x <= 10.5 + _STEM and 0 <= y <= 4,
        _arch(15.5, 7.0, tall=True),
        _arch(15.5 + 7.0 - _STEM, 7.0, tall=False),
    ]
    offsets = (0.125, 0.375, 0.625, 0.875)
    rows = []
    for sub_y in range(8):
        row: list[Dot] = []
        for sub_x in range(2 * WORD_WIDTH):
            hits = sum(
                any(shape((sub_x + a) / 2, (sub_y + b) / 2) for shape in shapes)
                for a in offsets
                for b in offsets
            )
            cover = round(hits / 16 * 3) / 3 if soft else float(hits >= 8)
            row.append((LEVELS - 1 - sub_y, cover))
        rows.append(tuple(row))
    return tuple(rows)


def _plain_word(rows: Rows, look: Look) -> Rows:
    """The same word without light and shadow."""
    ink, amber = look.colour("text"), look.colour("you")
    lines = _ASCII_WORD if look.ascii else _PLAIN_WORD
    for y, line in enumerate(lines):
        put(rows, 0, y, line, amber if y < 3 else ink, bold=True)
    return rows
