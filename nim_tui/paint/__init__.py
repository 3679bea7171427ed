"""The painter: turns the view of a heap into rows of cells. It knows no screen.

A widget asks :func:`fit_heap` where objects are, hands a :class:`HeapView` and a :class:`Look`
to :func:`paint_heap`, and turns the rows into its own strips with :func:`runs`. Everything here
is pure and cached: painting the same again costs little.

The first frame needs looks and finished cells only, so what paints is loaded when its name is first
used (PEP 562).
"""

import importlib
from typing import TYPE_CHECKING, Any

from nim_tui.paint.cells import Cell, Colour, Row, Rows, Run, blank, put, runs, to_text
from nim_tui.paint.colour import contrast, hex_of, mix, xterm_hex
from nim_tui.paint.look import ASCII_MARKS, MARKS, Depth, Glyphs, Look, Marks, Side
from nim_tui.paint.palette import DUSK, OKABE, PALETTES, PAPER, Palette, ThemeColours, derive

if TYPE_CHECKING:
    from nim_tui.paint.decor import paint_pebble, paint_scene, paint_word, thumbnails
    from nim_tui.paint.fit import Box, HeapFit, Layout, fit_heap
    from nim_tui.paint.heap import paint_heap
    from nim_tui.paint.view import HeapView, Returned

__all__ = [
    "ASCII_MARKS",
    "DUSK",
    "MARKS",
    "OKABE",
    "PALETTES",
    "PAPER",
    "Box",
    "Cell",
    "Colour",
    "Depth",
    "Glyphs",
    "HeapFit",
    "HeapView",
    "Layout",
    "Look",
    "Marks",
    "Palette",
    "Returned",
    "Row",
    "Rows",
    "Run",
    "Side",
    "ThemeColours",
    "blank",
    "contrast",
    "derive",
    "fit_heap",
    "hex_of",
    "mix",
    "paint_heap",
    "paint_pebble",
    "paint_scene",
    "paint_word",
    "put",
    "runs",
    "thumbnails",
    "to_text",
    "xterm_hex",
]

_MODULES = {
    "paint_pebble": "decor",
    "paint_scene": "decor",
    "paint_word": "decor",
    "thumbnails": "decor",
    "Box": "fit",
    "HeapFit": "fit",
    "Layout": "fit",
    "fit_heap": "fit",
    "paint_heap": "heap",
    "HeapView": "view",
    "Returned": "view",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
