"""The pictures that are kept are what the painter would paint, at every size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nim_tui.paint import Depth, Glyphs, Look, paint_scene, paint_word
from nim_tui.paint.kept import CAIRNS, FOLDER, SCENE_SIZES, kept_scene, kept_word, path_of
from tests.kept_pictures import looks, painted


def name(look: Look) -> str:
    return path_of(look).stem


@pytest.mark.parametrize("look", looks(), ids=name)
def test_the_files_are_those_of_the_painter(look: Look) -> None:
    assert path_of(look).read_text("utf-8") == painted(look), "run make pictures"
    assert kept_word(look) == paint_word(look)


@pytest.mark.parametrize("size", SCENE_SIZES)
@pytest.mark.parametrize("look", looks(), ids=name)
def test_a_kept_scene_is_what_would_be_painted(look: Look, size: tuple[int, int]) -> None:
    assert kept_scene(*size, look, CAIRNS) == paint_scene(*size, look, CAIRNS)


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {path_of(look).name for look in looks()}


def test_what_is_not_kept_is_not_guessed() -> None:
    look = Look()
    width, height = SCENE_SIZES[0]
    assert kept_scene(width, height - 1, look, CAIRNS) is None
    assert kept_scene(width + 1, height, look, CAIRNS) is None
    assert kept_scene(width, height, look, ((4, 1),)) is None
    for other in (
        replace(look, depth=Depth.SIXTEEN),
        replace(look, depth=Depth.NONE),
        replace(look, glyphs=Glyphs.PLAIN),
        replace(look, palette=replace(look.palette, you="#123456")),
    ):
        assert kept_word(other) is None
        assert kept_scene(width, height, other, CAIRNS) is None


def test_what_is_read_may_be_painted_over() -> None:
    rows = kept_word(Look())
    assert rows is not None
    rows[0][0] = rows[6][27]
    assert kept_word(Look()) == paint_word(Look())
