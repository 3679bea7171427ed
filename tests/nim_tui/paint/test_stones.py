"""One stone: its light, its edge, and its cells."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.paint import Cell, Depth, Look, blank
from nim_tui.paint.look import LEVELS, blend, ramp
from nim_tui.paint.stones import PEBBLE_POWER, STONE_POWER, ClearCell, Dot, dots, lay, stone

SIZES = st.tuples(st.integers(2, 40), st.integers(1, 6))


@given(SIZES, st.sampled_from((STONE_POWER, PEBBLE_POWER)))
def test_light_comes_from_the_upper_left(size: tuple[int, int], power: float) -> None:
    cells, rows = size
    shape = dots(cells, rows, float(cells), power)
    assert (len(shape), {len(line) for line in shape}) == (2 * rows, {2 * cells})
    assert all(0 <= level < LEVELS for line in shape for level, _ in line)

    def light(lines: Sequence[Sequence[Dot]]) -> int:
        return sum(level for line in lines for level, _ in line)

    upper, lower = shape[:rows], shape[rows:]
    assert light([line[:cells] for line in upper]) > light([line[cells:] for line in lower])
    assert light(upper) > light(lower)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_small_stones_have_hard_edges(rows: int) -> None:
    covers = {cover for line in dots(12, rows, 12.0, STONE_POWER) for _, cover in line}
    assert covers <= {0.0, 1.0}


def test_large_stones_have_edges_in_thirds() -> None:
    covers = {cover for line in dots(24, 4, 24.0, STONE_POWER) for _, cover in line}
    assert covers == {0.0, 1 / 3, 2 / 3, 1.0}
    hard = {cover for line in dots(24, 4, 24.0, STONE_POWER, soft=False) for _, cover in line}
    assert hard == {0.0, 1.0}


def test_a_wider_box_moves_the_stone_by_half_a_cell() -> None:
    narrow, wide = dots(10, 3, 10.0, STONE_POWER), dots(11, 3, 10.0, STONE_POWER)
    for one, other in zip(narrow, wide, strict=True):
        assert other[1:-1] == one
        assert other[0] == other[-1] == (0, 0.0)


def test_few_colours_are_never_mixed() -> None:
    look = Look(depth=Depth.MANY)
    colours = ramp(look, None)
    for line in stone(dots(18, 6, 18.0, STONE_POWER, soft=False), colours, look.colour("bg")):
        for cell in line:
            if isinstance(cell, Cell):
                assert {cell.fg, cell.bg} <= {*colours, None}
            elif isinstance(cell, ClearCell):
                assert {cell.fg.share, cell.bg.share} <= {0.0, 1.0}


def test_a_stone_is_cut_at_the_edges_and_lets_its_ground_through() -> None:
    look = Look()
    what = stone(dots(8, 4, 8.0, STONE_POWER), ramp(look, None), look.colour("bg"))
    rows = blank(6, 3, "#123456")
    lay(rows, -4, -2, what)
    lay(rows, 4, 2, what)
    assert [len(row) for row in rows] == [6, 6, 6]
    assert rows[0][5] == Cell(bg="#123456")
    faint = blank(8, 4, "#123456")
    lay(faint, 0, 0, what, 0.0)
    assert {cell.bg for row in faint for cell in row} == {"#123456"}


def test_a_ramp_goes_from_shadow_to_light() -> None:
    for depth in (Depth.TRUE, Depth.MANY, Depth.SIXTEEN):
        look = Look(depth=depth)
        for who in (None, "you", "opp"):
            side = None if who is None else "you" if who == "you" else "opp"
            assert len(ramp(look, side)) == LEVELS
            assert ramp(look, side)[0] != ramp(look, side)[-1]
            assert ramp(look, side, lit=True) != ramp(look, side)


def test_ramps_blend_by_degrees_where_colours_can_be_mixed() -> None:
    look = Look()
    one, other = ramp(look, None), ramp(look, "you")
    assert blend(one, other, 0) == one
    assert blend(one, other, 1) == other
    assert blend(one, other, 0.5) not in (one, other)
    few = Look(depth=Depth.MANY)
    one, other = ramp(few, None), ramp(few, "you")
    assert blend(one, other, 0.4) == one
    assert blend(one, other, 0.6) == other
