"""Where each object is: in a cairn, in rows of five, or only in a number, as the room allows.

Sizes follow the heaps at the start, so nothing moves when objects are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from random import Random

PER_ROW = 5
# The width and the rows of a pebble, and the rows from one row of pebbles to the next.
_PEBBLES = ((8, 4, 5), (6, 3, 4), (4, 2, 3), (2, 1, 2), (2, 1, 1))
_SIZES = (6, 5, 4, 3, 2)


class Layout(Enum):
    """How a heap's objects are arranged."""

    CAIRN = "cairn"
    ROWS = "rows"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Box:
    """An object's place: columns and rows from the heap's upper left corner."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first column to the right of it."""
        return self.x + self.w


@dataclass(frozen=True, slots=True)
class HeapFit:
    """The geometry of one heap in a rectangle of ``width`` by ``height`` cells.

    ``boxes[i]`` is the place of object i (0 is the lowest); chosen stones of a cairn are
    ``slide`` columns further right. ``ground`` is the row of the ground, None if there is no
    room for one; below it ``mirror`` rows reflect. ``label`` is the row for the heap's label,
    None if none was asked for. ``size`` is the rows of an object, ``stone`` the nominal width of
    a cairn's stones, or the width that a pebble is painted in the middle of its box.
    """

    width: int
    height: int
    heap: int
    start: int
    layout: Layout
    size: int
    stone: float
    slide: int
    boxes: tuple[Box, ...]
    ground: int | None
    mirror: int
    label: int | None

    @property
    def foot(self) -> int:
        """The row just under the lowest object."""
        return max((box.y + box.h for box in self.boxes), default=self.height)

    def object_at(self, x: int, y: int) -> int | None:
        """The object at a cell, or None; a cairn's stones include a little room at their sides."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return None
        around = self.slide + 1 if self.layout is Layout.CAIRN else 0
        for index, box in enumerate(self.boxes):
            if box.y <= y < box.y + box.h and box.x - around <= x < box.right + around:
                return index
        return None

    def centred(self, length: int) -> int:
        """The column at which a text of ``length`` cells is centred under the heap."""
        return max(0, (self.width - length) // 2)


@lru_cache(maxsize=256)
def fit_heap(
    width: int, height: int, start: int, *, largest: int, heap: int = 1, label: bool = True
) -> HeapFit:
    """Fit a heap that began with ``start`` objects into ``width`` by ``height`` cells.

    ``largest`` is the largest of the three starts: all heaps of a board share one size.
    ``heap`` (1 to 3) seeds the stones. ``label`` keeps one row for the widget's label.
    The three heaps need the same width, or their sizes may differ.
    """
    largest = max(largest, start, 1)
    rows = max(0, height - 1 - label)  # one row less: the ground, or a blank
    plan = _cairn(width, rows, largest) or _rows(width, rows, largest)
    if plan is None:
        middle = max(0, (height - label) // 2)
        where = height - 1 if label and height > 1 else None
        return HeapFit(
            width, height, heap, start, Layout.COUNT, 0, 0.0, 0, (), None, 0, where or middle
        )
    layout, size, stone, slide, pitch = plan
    tiers = largest if layout is Layout.CAIRN else -(-largest // PER_ROW)
    used = tiers * pitch - (pitch - size)
    ground, mirror, foot, where = _stack(height, used, size, label=label)
    if layout is Layout.CAIRN:
        boxes = _cairn_boxes(width, foot, start, size, stone, slide, heap)
    else:
        step = _step(width, int(stone))
        boxes = _row_boxes(width, foot, start, (int(stone), size), (step, pitch))
        stone -= 0.5 if step == stone else 0  # or neighbours would touch
    return HeapFit(
        width, height, heap, start, layout, size, stone, slide, boxes, ground, mirror, where
    )


_Plan = tuple[Layout, int, float, int, int]  # layout, rows of an object, width, slide, pitch


def _cairn(width: int, rows: int, largest: int) -> _Plan | None:
    for size in _SIZES:
        # The slide is a sixth of the stone's width, and two columns stay free.
        stone = min(6.4 * size, (width - 2) * 6 / 7)
        if largest * size <= rows and stone >= (4 if size == 2 else 5) * size:
            return Layout.CAIRN, size, stone, max(1, round(stone / 6)), size
    return None


def _rows(width: int, rows: int, largest: int) -> _Plan | None:
    tiers = -(-largest // PER_ROW)
    for stone, size, pitch in _PEBBLES:
        if PER_ROW * stone <= width and tiers * pitch - (pitch - size) <= rows:
            return Layout.ROWS, size, float(stone), 0, pitch
    return None


def _stack(
    height: int, used: int, size: int, *, label: bool
) -> tuple[int | None, int, int, int | None]:
    """Ground row, rows of reflection, the row under the objects, and the label's row."""
    spare = height - used - label
    if spare >= 3:
        mirror = min(spare - 2, max(1, size - 1))
        # Free rows go above and below, so that the label stays near its heap.
        below = 1 + mirror + 1
        foot = height - label - below
        return foot, mirror, foot, height - 1 if label else None
    if spare == 2:
        return height - label - 2, 1, height - label - 2, height - 1 if label else None
    if (
        size == 2
    ):  # if room is short, the label is at the foot of the stones, and blank rows below it
        return None, 0, used, used if label else None
    return used, 0, used, used + 1 if label else None


def _cairn_boxes(
    width: int, foot: int, start: int, size: int, stone: float, slide: int, heap: int
) -> tuple[Box, ...]:
    boxes = []
    for index in range(start):
        random = Random(f"{heap}:{index}:{start}")  # noqa: S311 - the shape of a stone, not a secret
        taper = 1 - 0.4 * index / max(1, start - 1)
        wide = stone * taper * (1 + random.uniform(-0.07, 0.07))
        w = max(4, min(2 * round(wide / 2), 2 * int(stone / 2)))
        x = (width - w) // 2 + random.randint(-1, 1)
        boxes.append(Box(max(0, min(x, width - w - slide)), foot - (index + 1) * size, w, size))
    return tuple(boxes)


def _step(width: int, stone: int) -> int:
    """Columns from a pebble to its neighbour; the smallest are apart if there is room."""
    return stone + 1 if stone == 2 and PER_ROW * (stone + 1) - 1 <= width else stone


def _row_boxes(
    width: int, foot: int, start: int, pebble: tuple[int, int], steps: tuple[int, int]
) -> tuple[Box, ...]:
    w, h = pebble
    across, up = steps
    left = (width - across * (PER_ROW - 1) - w) // 2
    return tuple(
        Box(left + index % PER_ROW * across, foot - index // PER_ROW * up - h, w, h)
        for index in range(start)
    )
