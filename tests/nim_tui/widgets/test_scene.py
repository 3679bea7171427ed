"""Which cells are repainted between two paintings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nim_tui.paint import Cell, HeapView, Look, Rows, fit_heap, paint_heap
from nim_tui.widgets.scene import changed_regions

SIZE = st.shared(st.tuples(st.integers(1, 6), st.integers(1, 6)), key="size")
CELLS = st.sampled_from([Cell("a"), Cell("b"), Cell("a", "#ffffff")])


@st.composite
def paintings(draw: st.DrawFn) -> Rows:
    width, height = draw(SIZE)
    return [[draw(CELLS) for _ in range(width)] for _ in range(height)]


@given(paintings(), paintings())
def test_repainting_the_regions_gives_the_new_painting(before: Rows, after: Rows) -> None:
    shown = [list(row) for row in before]
    regions = changed_regions(before, after)
    for region in regions:
        for y in range(region.y, region.bottom):
            shown[y][region.x : region.right] = after[y][region.x : region.right]
    assert shown == after
    assert bool(regions) == (before != after)


def test_a_row_of_another_length_is_repainted_whole() -> None:
    (region,) = changed_regions([[Cell("a")]], [[Cell("a"), Cell("b")]])
    assert (region.x, region.width) == (0, 2)


def test_most_of_a_heap_stays_as_it_is_in_a_move() -> None:
    fit, look = fit_heap(40, 30, 5, largest=5, heap=1), Look()
    first, second = (
        paint_heap(HeapView(5, 5, chosen=1, slide=slide), fit, look) for slide in (0.2, 0.9)
    )
    regions = changed_regions(first, second)
    assert 0 < sum(region.area for region in regions) < 40 * 30 / 3
