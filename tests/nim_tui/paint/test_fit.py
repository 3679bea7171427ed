"""Where objects stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.paint import HeapFit, Layout, fit_heap
from tests.nim_tui.paint.views import SIZES


def areas() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, 80), st.integers(1, 50))


@pytest.mark.parametrize(
    ("size", "rows", "stone", "slide"),
    [("50x16", 2, 12.0, 2), ("80x24", 3, 19.2, 3), ("120x40", 4, 21.4, 4), ("200x60", 6, 38.4, 6)],
)
def test_five_four_five_is_a_cairn_at_every_size(
    size: str, rows: int, stone: float, slide: int
) -> None:
    for heap, start in enumerate((5, 4, 5), 1):
        fit = fit_heap(*SIZES[size], start, largest=5, heap=heap)
        assert fit.layout is Layout.CAIRN
        assert (fit.size, fit.slide) == (rows, slide)
        assert fit.stone == pytest.approx(stone, abs=0.05)
        assert [box.h for box in fit.boxes] == [rows] * start
        assert all(box.w % 2 == 0 for box in fit.boxes)


@pytest.mark.parametrize(
    ("size", "pebble", "pitch"),
    [
        ("50x16", (2, 1), (3, 2)),
        ("80x24", (4, 2), (4, 3)),
        ("120x40", (4, 2), (4, 3)),
        ("200x60", (8, 4), (8, 5)),
    ],
)
def test_twenty_are_four_rows_of_five(
    size: str, pebble: tuple[int, int], pitch: tuple[int, int]
) -> None:
    fit = fit_heap(*SIZES[size], 20, largest=20)
    assert fit.layout is Layout.ROWS
    first, second, sixth = fit.boxes[0], fit.boxes[1], fit.boxes[5]
    assert (first.w, first.h) == pebble
    assert (second.x - first.x, first.y - sixth.y) == pitch
    assert (sixth.x, second.y) == (first.x, first.y)


@pytest.mark.parametrize(
    ("size", "ground", "mirror", "label"),
    [
        ("50x16", None, 0, 10),
        ("80x24", 15, 0, 16),
        ("120x40", 20, 1, 23),
        ("200x60", 30, 5, 37),
    ],
)
def test_ground_and_label_have_their_rows(
    size: str, ground: int | None, mirror: int, label: int
) -> None:
    for start in (5, 4):
        fit = fit_heap(*SIZES[size], start, largest=5)
        assert (fit.ground, fit.mirror, fit.label) == (ground, mirror, label)
        assert fit.foot == (label if ground is None else ground)


def test_without_a_label_its_row_is_free() -> None:
    assert fit_heap(26, 16, 5, largest=5, label=False).label is None
    assert fit_heap(26, 16, 5, largest=5, label=False).size == 3


def test_where_nothing_fits_there_is_a_number() -> None:
    fit = fit_heap(9, 5, 20, largest=20)
    assert fit.layout is Layout.COUNT
    assert fit.boxes == ()
    assert fit.object_at(4, 2) is None


@given(areas(), st.integers(0, 60), st.integers(1, 3), st.booleans())
def test_every_object_has_its_own_place_inside(
    area: tuple[int, int],
    start: int,
    heap: int,
    label: bool,  # noqa: FBT001 - drawn
) -> None:
    fit = fit_heap(*area, start, largest=max(start, 5), heap=heap, label=label)
    taken: set[tuple[int, int]] = set()
    for box in fit.boxes:
        cells = {(x, y) for x in range(box.x, box.right) for y in range(box.y, box.y + box.h)}
        assert not cells & taken
        taken |= cells
        assert box.x >= 0
        assert box.y >= 0
        # Slid out, too, a stone stays in its third.
        assert box.right + fit.slide <= fit.width
        assert box.y + box.h <= fit.height
    assert len(fit.boxes) in (start, 0)
    rows = [row for row in (fit.label, fit.ground) if row is not None]
    assert len(set(rows)) == len(rows)
    assert all(fit.foot <= row < fit.height for row in rows if fit.boxes)


@given(areas(), st.integers(1, 40), st.integers(1, 3))
def test_every_object_can_be_hit_everywhere_on_it(
    area: tuple[int, int], start: int, heap: int
) -> None:
    fit = fit_heap(*area, start, largest=start, heap=heap)
    for index, box in enumerate(fit.boxes):
        for x in (box.x, box.x + box.w // 2, box.right - 1):
            for y in (box.y, box.y + box.h - 1):
                assert fit.object_at(x, y) == index
        if fit.layout is Layout.CAIRN:
            assert fit.object_at(box.right - 1 + fit.slide, box.y) == index
    assert fit.object_at(-1, 0) is None
    assert fit.object_at(0, fit.height) is None


@given(st.sampled_from(list(SIZES.values())), st.lists(st.integers(1, 20), min_size=3, max_size=3))
def test_three_heaps_share_one_size(area: tuple[int, int], starts: list[int]) -> None:
    fits: list[HeapFit] = [
        fit_heap(*area, start, largest=max(starts), heap=heap) for heap, start in enumerate(starts)
    ]
    assert len({(fit.layout, fit.size, fit.stone, fit.ground, fit.label) for fit in fits}) == 1


def test_a_cairn_grows_narrower_upwards() -> None:
    for heap in (1, 2, 3):
        boxes = fit_heap(50, 38, 5, largest=5, heap=heap).boxes
        assert boxes[0].w > boxes[-1].w
        assert boxes[-1].w >= 0.5 * boxes[0].w


def test_a_text_is_centred() -> None:
    fit = fit_heap(26, 17, 5, largest=5)
    assert fit.centred(10) == 8
    assert fit.centred(40) == 0
