"""Pictures beside the game."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nim_tui.paint import (
    ASCII_MARKS,
    DUSK,
    MARKS,
    Depth,
    Glyphs,
    Look,
    Rows,
    blank,
    paint_pebble,
    paint_scene,
    paint_word,
    put,
    runs,
    thumbnails,
    to_text,
)
from tests.nim_tui.paint.views import LOOKS


def no_surprises(rows: Rows, look: Look) -> None:
    cells = [cell for row in rows for cell in row]
    if look.ascii:
        assert all(" " <= cell.char <= "~" for cell in cells)
    if look.depth is Depth.NONE:
        assert {colour for cell in cells for colour in (cell.fg, cell.bg)} == {None}


@settings(max_examples=40)
@given(
    LOOKS,
    st.integers(1, 60),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=3),
)
def test_a_scene_fills_its_rectangle(
    look: Look, width: int, height: int, cairns: list[tuple[int, int]]
) -> None:
    rows = paint_scene(width, height, look, cairns)
    assert [len(row) for row in rows] == [width] * height
    no_surprises(rows, look)
    assert paint_scene(width, height, look, cairns) == rows


@given(LOOKS)
def test_the_word_and_the_pebble_have_their_size(look: Look) -> None:
    word, pebble = paint_word(look), paint_pebble(look, seed=3)
    assert [len(row) for row in word] == [28] * 7
    assert [len(row) for row in pebble] == [5] * 2
    assert to_text(word).strip()
    assert to_text(pebble).strip() or look.shaded
    no_surprises(word, look)
    no_surprises(pebble, look)


@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_the_dot_of_the_word_is_a_stone_of_yours(glyphs: Glyphs) -> None:
    look = Look(DUSK, Depth.SIXTEEN, glyphs)
    yours = {3, 11}
    rows = paint_word(look)
    assert any(cell.fg in yours or cell.bg in yours for row in rows[:3] for cell in row)
    assert not any(cell.fg in yours or cell.bg in yours for row in rows[3:] for cell in row)


def test_thumbnails_show_what_is_left_and_what_was_taken() -> None:
    assert thumbnails((5, 4, 3), (5, 4, 5), Look()) == [
        ("●●●●●", "text"),
        (" ", "line"),
        ("●●●●", "text"),
        ("  ", "line"),
        ("●●●", "text"),
        ("··", "line"),
    ]
    ascii_only = Look(glyphs=Glyphs.ASCII)
    text = "".join(piece for piece, _ in thumbnails((1, 0, 3), (3, 4, 5), ascii_only))
    assert text == "o..   ....  ooo.."


def test_thumbnails_of_large_heaps_are_numbers() -> None:
    assert thumbnails((20, 13, 17), (20, 20, 20), Look()) == [("20 · 13 · 17", "text")]


def test_signs_are_one_column_and_have_an_ascii_form() -> None:
    for name in MARKS.__slots__:
        sign, plain = getattr(MARKS, name), getattr(ASCII_MARKS, name)
        assert len(sign) == len(plain) == 1
        assert plain.isascii()
    assert (MARKS.of("you"), MARKS.of("opp")) == ("●", "◆")


def test_words_keep_their_ground_and_are_cut() -> None:
    rows = blank(4, 1, "#123456")
    put(rows, 2, 0, "abc", "#ffffff")
    put(rows, 0, 5, "nowhere")
    put(rows, -1, 0, "xy", bg="#000000", bold=True)
    assert to_text(rows) == "y ab"
    assert [run.text for run in runs(rows[0])] == ["y", " ", "ab"]
    assert [cell.bg for cell in rows[0]] == ["#000000", "#123456", "#123456", "#123456"]
