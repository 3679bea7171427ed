"""The pictures of the first screen, painted beforehand: painting them took a fifth of its time.

They are kept for our own themes with shaded stones, in files that ``make pictures`` writes from the
painter in ``decor``; a test compares the two. The scene is kept in two sizes: those that it has on
the first screen at 80 by 24 and at 120 by 40.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from nim_tui.paint.cells import Cell, Colour, Rows
from nim_tui.paint.look import Depth, Glyphs, Look
from nim_tui.paint.palette import PALETTES

CAIRNS = ((5, 1), (4, 0), (5, 0))
SCENE_SIZES = ((36, 19), (66, 30))
"""The columns and rows of the kept scenes."""

DEPTHS = (Depth.TRUE, Depth.MANY)
FOLDER = Path(__file__).with_name("kept")
# A colour of a picture is written as the character with this number plus its place in the list.
_FIRST = 0x100


def kept_word(look: Look) -> Rows | None:
    """What `decor.paint_word` would paint; None if that is not kept."""
    return _read("word", look) if _has(look) else None


def kept_scene(
    width: int, height: int, look: Look, cairns: Sequence[tuple[int, int]]
) -> Rows | None:
    """What `decor.paint_scene` would paint; None if that is not kept."""
    if (width, height) not in SCENE_SIZES or cairns != CAIRNS or not _has(look):
        return None
    return _read(f"scene {width}x{height}", look)


def path_of(look: Look) -> Path:
    """The file of the pictures in a look."""
    return FOLDER / f"{look.palette.name}-{look.depth.name.lower()}.txt"


@lru_cache(maxsize=4)
def _blocks(path: Path) -> dict[str, str]:
    """The pictures of a file, each as text, by their names."""
    blocks = path.read_text("utf-8").removesuffix("\n").split("\n\n")
    return dict(block.split("\n", 1) for block in blocks)


def _read(name: str, look: Look) -> Rows:
    """A picture in a look, from what `write` wrote."""
    listed, *lines = _blocks(path_of(look))[name].split("\n")
    colours = [_colour(text) for text in listed.split()]
    return [_row(line, colours) for line in lines]


def write(pictures: dict[str, Rows]) -> str:
    """Pictures as text: a name, the colours, and for each row its characters and their colours.

    Bold and reverse are lost: shaded pictures have neither.
    """
    blocks = []
    for name, rows in pictures.items():
        used = dict.fromkeys(
            colour for row in rows for cell in row for colour in (cell.fg, cell.bg)
        )
        letter = {colour: chr(_FIRST + place) for place, colour in enumerate(used)}
        lines = [
            "".join(
                [cell.char for cell in row]
                + [letter[cell.fg] for cell in row]
                + [letter[cell.bg] for cell in row]
            )
            for row in rows
        ]
        listed = " ".join("-" if colour is None else str(colour) for colour in used)
        blocks.append("\n".join([name, listed, *lines]))
    return "\n\n".join(blocks) + "\n"


def _has(look: Look) -> bool:
    ours = PALETTES.get(look.palette.name) == look.palette
    return ours and look.depth in DEPTHS and look.glyphs is Glyphs.STONES


def _colour(text: str) -> Colour:
    if text == "-":
        return None
    return text if text.startswith("#") else int(text)


def _row(line: str, colours: list[Colour]) -> list[Cell]:
    width = len(line) // 3
    return [
        Cell(char, colours[ord(fg) - _FIRST], colours[ord(bg) - _FIRST])
        for char, fg, bg in zip(line, line[width:], line[2 * width :], strict=False)
    ]
