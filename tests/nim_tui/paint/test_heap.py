"""Painted heaps: what is there is seen, and nothing is seen outside."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from unicodedata import east_asian_width

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nim_tui.paint import (
    DUSK,
    OKABE,
    PAPER,
    Depth,
    Glyphs,
    HeapView,
    Look,
    Palette,
    Returned,
    Rows,
    contrast,
    fit_heap,
    paint_heap,
    to_text,
)
from nim_tui.paint.look import MARKS
from tests.nim_tui.paint.views import LOOKS, SIZES, board, views

# Everything the painter draws. All are one column wide; those that East Asian terminals may show
# two columns wide are why there is an ASCII mode.
BLOCKS = set(" ▀▄█▌▐▘▝▖▗▚")
LINES = set("╭─╮│╰╯╌╎═╗║╝")
SIGNS = {MARKS.you, MARKS.opp, MARKS.last, MARKS.dot}
DIGITS = set("0123456789")
SPARKS = set("·+*")
PALETTES = pytest.mark.parametrize("palette", [DUSK, PAPER, OKABE], ids=lambda p: p.name)


def paint(view: HeapView, size: str = "80x24", look: Look | None = None, heap: int = 1) -> Rows:
    fit = fit_heap(*SIZES[size], view.start, largest=max(5, view.start), heap=heap)
    return paint_heap(view, fit, look or Look())


@settings(max_examples=150)
@given(views(), LOOKS, st.integers(1, 60), st.integers(1, 42))
def test_a_picture_fills_its_rectangle_and_no_more(
    view: HeapView, look: Look, width: int, height: int
) -> None:
    rows = paint_heap(view, fit_heap(width, height, view.start, largest=view.start), look)
    assert [len(row) for row in rows] == [width] * height
    chars = {cell.char for row in rows for cell in row}
    if look.ascii:
        assert all(" " <= char <= "~" for char in chars)
    else:
        assert chars <= BLOCKS | LINES | SIGNS | DIGITS | SPARKS | set("()")
        assert not {char for char in chars if east_asian_width(char) in "WF"}
    colours = {colour for row in rows for cell in row for colour in (cell.fg, cell.bg)}
    if look.depth is Depth.NONE:
        assert colours == {None}
    elif look.depth is Depth.TRUE:
        assert all(colour is None or isinstance(colour, str) for colour in colours)
    else:
        numbers = {colour for colour in colours if isinstance(colour, int)}
        assert colours <= numbers | {None}
        assert not numbers or max(numbers) < int(look.depth)
    if look.depth is not Depth.NONE:
        assert not any(cell.reverse for row in rows for cell in row)


@settings(max_examples=40)
@given(views(), LOOKS)
def test_the_same_again_is_the_same_picture(view: HeapView, look: Look) -> None:
    assert paint(view, look=look) == paint(replace(view), look=replace(look))


def test_no_two_heaps_are_alike() -> None:
    view = HeapView(5, 5)
    assert len({str(paint(view, heap=heap)) for heap in (1, 2, 3)}) == 3


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_a_win_has_sparks_beside_the_stones_and_nowhere_else(size: str, glyphs: Glyphs) -> None:
    end = HeapView(5, 0, returned=tuple(Returned("you", number) for number in range(1, 6)))
    look = Look(DUSK, Depth.TRUE, glyphs)
    calm, won = paint(end, size, look), paint(replace(end, cheer="you"), size, look)
    changed = [
        (before, after)
        for old, new in zip(calm, won, strict=True)
        for before, after in zip(old, new, strict=True)
        if before != after
    ]
    assert changed
    for before, after in changed:
        assert before.char == " "
        assert after.fg == look.colour("you")
        assert after.bg == before.bg


@pytest.mark.parametrize("size", list(SIZES))
def test_what_stays_does_not_move_when_others_go(size: str) -> None:
    fit = fit_heap(*SIZES[size], 5, largest=5)
    full, less = (paint_heap(HeapView(5, count), fit, Look()) for count in (5, 2))
    lowest = fit.boxes[1].y
    assert full[lowest:] == less[lowest:]
    assert full[:lowest] != less[:lowest]


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_each_state_of_an_object_looks_different(size: str, depth: Depth, glyphs: Glyphs) -> None:
    look = Look(DUSK, depth, glyphs)
    states = [
        HeapView(5, 4),
        HeapView(5, 5),
        HeapView(5, 5, chosen=1),
        HeapView(5, 4, ghosts=1),
        HeapView(5, 5, hover=1),
        HeapView(5, 5, hint=1),
        HeapView(5, 4, returned=(None,) * 4 + (Returned("you", 3),)),
        HeapView(5, 4, returned=(None,) * 4 + (Returned("opp", 3),)),
        HeapView(5, 4, returned=(None,) * 4 + (Returned("opp", 3, last=True),)),
    ]
    texts = [to_text(paint(view, size, look)) for view in states]
    # Words and shapes alone tell them apart: no colour is needed.
    assert len(set(texts)) == len(states)


def test_chosen_stones_are_out_and_numbered_from_the_top() -> None:
    plain, chosen = paint(HeapView(5, 5)), paint(HeapView(5, 5, chosen=2))
    fit = fit_heap(*SIZES["80x24"], 5, largest=5)
    text = to_text(chosen).split("\n")
    for index, number in ((4, "1"), (3, "2")):
        box = fit.boxes[index]
        assert number in text[box.y + 1]
        assert chosen[box.y + 1][box.x + 1] != plain[box.y + 1][box.x + 1]
        assert chosen[box.y + 1][box.right + fit.slide - 1].bg != DUSK.bg
    assert chosen[fit.boxes[2].y :] == plain[fit.boxes[2].y :]


@PALETTES
@pytest.mark.parametrize("size", ["50x16", "80x24", "200x60"])
def test_numbers_on_stones_can_be_read(palette: Palette, size: str) -> None:
    for start in (5, 20):
        fit = fit_heap(*SIZES[size], start, largest=start)
        back = tuple(Returned("you" if i % 2 else "opp", i + 1) for i in range(start))
        shown = [
            HeapView(start, start, chosen=start),
            HeapView(start, start, chosen=start, chosen_by="opp"),
            HeapView(start, 0, returned=back),
        ]
        for view in shown:
            rows = paint_heap(view, fit, Look(palette))
            words = [cell for row in rows for cell in row if cell.char in DIGITS | SIGNS]
            for cell in words:
                assert isinstance(cell.fg, str)
                assert isinstance(cell.bg, str)
                assert contrast(cell.fg, cell.bg) >= 5


@PALETTES
def test_outlines_stand_out(palette: Palette) -> None:
    for by in ("you", "opp"):
        view = HeapView(5, 2, ghosts=2, ghosts_by="you" if by == "you" else "opp")
        rows = paint(view, look=Look(palette))
        edge = [cell for row in rows for cell in row if cell.char in "╭╌╮╎╰╯"]
        assert edge
        for cell in edge:
            assert isinstance(cell.fg, str)
            assert isinstance(cell.bg, str)
            assert contrast(cell.fg, cell.bg) >= 3


def test_a_slide_goes_by_half_cells_and_a_fade_ends_as_an_outline() -> None:
    shots = [paint(HeapView(5, 5, chosen=2, slide=step / 6)) for step in range(7)]
    assert all(one != other for one, other in pairwise(shots))
    gone = paint(HeapView(5, 5, chosen=2, slide=2.0, fade=1.0))
    after = paint(HeapView(5, 3, ghosts=2, ghosts_by="you"))
    assert gone == after


def test_colour_comes_by_degrees() -> None:
    before = paint(HeapView(5, 5))
    shots = [
        paint(HeapView(5, 5, chosen=2, chosen_by="opp", slide=0, colour=step / 4))
        for step in range(5)
    ]
    assert shots[0] == before
    assert all(one != other for one, other in pairwise(shots))


@pytest.mark.parametrize("depth", [Depth.MANY, Depth.SIXTEEN, Depth.NONE])
def test_without_truecolor_a_fade_is_a_step(depth: Depth) -> None:
    look = Look(depth=depth)
    early = paint(HeapView(5, 5, chosen=2, fade=0.2), look=look)
    late = paint(HeapView(5, 5, chosen=2, fade=0.8), look=look)
    assert early == paint(HeapView(5, 5, chosen=2), look=look)
    assert late == paint(HeapView(5, 3, ghosts=2, ghosts_by="you"), look=look)


def test_the_light_ends_before_the_edges() -> None:
    for size in SIZES:
        for view in board():
            rows = paint(view, size)
            edge = [row[x].bg for row in rows[: len(rows) // 2] for x in (0, -1)]
            assert set(edge) == {DUSK.bg}


PLAIN = """\
         ╭──────────╮
         │    1     │
         ╰──────────╯
        ╭────────────╮
        │     2      │
        ╰────────────╯
    ▗▄▄▄▄▄▄▄▄▄▄▄▄▄▄▖
    ████████████████
    ▝▀▀▀▀▀▀▀▀▀▀▀▀▀▀▘"""
ASCII = """\
          .--------.
         [    1     ]
          '--------'
         .----------.
        [     2      ]
         '----------'
     .############.
    (##############)
     '############'"""


@pytest.mark.parametrize(("glyphs", "picture"), [(Glyphs.STONES, PLAIN), (Glyphs.ASCII, ASCII)])
def test_without_colours_shapes_say_it(glyphs: Glyphs, picture: str) -> None:
    rows = paint(board()[0], look=Look(DUSK, Depth.NONE, glyphs))
    assert to_text(rows[:9]) == picture
    reversed_cells = "".join(cell.char for row in rows for cell in row if cell.reverse)
    assert reversed_cells == ("" if glyphs is Glyphs.ASCII else " 1  2 ")


SMALL = """\
 () ()  2  1 ..



 () () () () ()"""


def test_the_smallest_pebbles_are_still_told_apart() -> None:
    fit = fit_heap(16, 12, 10, largest=20)
    view = HeapView(10, 9, chosen=2, ghosts=1, ghosts_by="opp")
    rows = paint_heap(view, fit, Look(DUSK, Depth.NONE, Glyphs.ASCII))
    assert to_text(rows[5:8]).replace("\n\n", "\n\n\n\n") == SMALL


def test_a_count_stands_where_nothing_fits() -> None:
    fit = fit_heap(9, 4, 20, largest=20)
    text = to_text(paint_heap(HeapView(20, 17, chosen=3), fit, Look()))
    assert text.strip() == "17"
