"""Writes the pictures that `nim_tui.paint.kept` has for the first screen, from the painter."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from nim_tui.paint import PALETTES, Look, paint_scene, paint_word
from nim_tui.paint.kept import CAIRNS, DEPTHS, FOLDER, SCENE_SIZES, path_of, write


def looks() -> Iterator[Look]:
    """The looks whose pictures are kept."""
    for palette in PALETTES.values():
        for depth in DEPTHS:
            yield Look(palette, depth)


def painted(look: Look) -> str:
    """The text of a look's file."""
    scenes = {
        f"scene {width}x{height}": paint_scene(width, height, look, CAIRNS)
        for width, height in SCENE_SIZES
    }
    return write({"word": paint_word(look), **scenes})


def main() -> int:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for look in looks():
        path_of(look).write_text(painted(look), "utf-8")
        print(path_of(look))
    return 0


if __name__ == "__main__":
    sys.exit(main())
