"""Cells as pictures."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from nim_tui.paint import Cell, HeapView, Look, blank, fit_heap, paint_heap, put
from tests.svg import to_film, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def test_a_heap_becomes_shapes_and_words() -> None:
    fit = fit_heap(26, 17, 5, largest=5)
    rows = paint_heap(HeapView(5, 5, chosen=1, hover=2), fit, Look())
    root = parse(to_svg(rows, fg="#ffffff", bg="#000000", title="a < b"))
    assert (root.get("width"), root.get("height")) == (str(26 * 10 + 28), str(17 * 20 + 28))
    assert root.findtext(f"{SVG}title") == "a < b"
    assert [node.text for node in root.iter(f"{SVG}text")] == ["1", "2"]
    assert len(list(root.iter(f"{SVG}rect"))) > 100
    assert list(root.iter(f"{SVG}path"))


@pytest.mark.parametrize("char", list("▀▄█▌▐▘▝▖▗▚▞▙▛▜▟▁▇▉▏▔▕─│╌╎╭╮╰╯═║╔╗╚╝┌┐└┘├┤┬┴┼━┃●◆·•○◌"))
def test_blocks_lines_and_signs_are_shapes(char: str) -> None:
    root = parse(to_svg([[Cell(char, "#ff0000", "#000000")]], fg="#ffffff", bg="#000000"))
    assert not list(root.iter(f"{SVG}text"))
    shapes = [node for node in root.iter() if node.tag in {f"{SVG}{n}" for n in SHAPES}]
    assert len(shapes) > 1  # the first is the border


def test_a_film_draws_what_changes_from_frame_to_frame() -> None:
    first = blank(9, 2, "#000000")
    put(first, 1, 0, "Your turn", "#ffffff")
    second = [list(row) for row in first]
    put(second, 0, 1, "over", "#ff0000", bold=True)
    frames = [(1.0, first), (0.5, second), (2.5, first)]
    text = to_film(frames, fg="#ffffff", bg="#000000", title="a game")
    root = parse(text)
    layers = [node for node in root.iter(f"{SVG}g") if node.get("id")]
    assert [layer.get("id") for layer in layers] == ["f1", "f2"]
    assert [node.text for node in layers[0].iter(f"{SVG}text")] == ["over"]
    assert not list(layers[1].iter(f"{SVG}text")), "what has gone is covered"
    style = str(root.findtext(f".//{SVG}style"))
    assert "25.000%,100%{visibility:visible}" in style
    assert "37.500%,100%{visibility:visible}" in style
    assert style.count("4s step-end infinite") == 2


SHAPES = ("rect", "path", "circle")


def test_the_quadrants_cover_their_quarters_exactly() -> None:
    root = parse(to_svg([[Cell("▚", "#ff0000")]], fg="#ffffff", bg="#000000"))
    group = next(node for node in root.iter(f"{SVG}g") if node.get("fill") == "#ff0000")
    places = [
        tuple(float(rect.get(k, "")) for k in ("x", "y", "width", "height")) for rect in group
    ]
    assert places == [(0, 0, 5, 10), (5, 10, 5, 10)]


def test_hostile_text_is_only_text() -> None:
    rows = blank(30, 1)
    put(rows, 0, 0, "<script>&amp;", "#ffffff", bold=True)
    root = parse(to_svg(rows, fg="#ffffff", bg="#000000"))
    (node,) = root.iter(f"{SVG}text")
    assert node.text == "<script>&amp;"
    assert node.get("font-weight") == "bold"


def test_reverse_and_defaults_are_resolved() -> None:
    root = parse(to_svg([[Cell("x", None, None, reverse=True)]], fg="#aaaaaa", bg="#111111"))
    (node,) = root.iter(f"{SVG}text")
    assert node.get("fill") == "#111111"
    assert [rect.get("fill") for rect in root.iter(f"{SVG}rect")] == ["#111111", "#aaaaaa"]


def test_a_wide_character_takes_two_places() -> None:
    row = [Cell("漢"), Cell(""), Cell("x")]
    root = parse(to_svg([row], fg="#aaaaaa", bg="#111111"))
    texts = [(node.text, node.get("textLength")) for node in root.iter(f"{SVG}text")]
    assert texts == [("漢", "20"), ("x", "10")]


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert parse(to_svg([], fg="#ffffff", bg="#000000")).tag == f"{SVG}svg"
