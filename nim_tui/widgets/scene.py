"""The decoration of a screen: the word nim and a few cairns. Nothing here can be pressed."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from nim_tui import paint
from nim_tui.paint import Colour, Look, Rows, Run, runs
from nim_tui.paint.kept import CAIRNS, kept_scene, kept_word
from nim_tui.theme.themes import look_of


def strips(rows: Rows) -> list[Strip]:
    """Painted cells as Textual's lines."""
    return [Strip([_segment(run) for run in runs(row)]) for row in rows]


def changed_regions(before: Rows, after: Rows) -> list[Region]:
    """Where two paintings of one size differ: a box for each block of rows that do."""
    regions: list[Region] = []
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        if len(old) != len(new):
            left, right = 0, max(len(old), len(new))
        else:
            differ = [x for x, (one, two) in enumerate(zip(old, new, strict=True)) if one != two]
            left, right = differ[0], differ[-1] + 1
        top = y
        if regions and regions[-1].bottom == y:
            above = regions.pop()
            top, left, right = above.y, min(left, above.x), max(right, above.right)
        regions.append(Region(left, top, right - left, y + 1 - top))
    return regions


def _segment(run: Run) -> Segment:
    return Segment(run.text, _style(*run[1:]))


@lru_cache(maxsize=1024)
def _style(fg: Colour, bg: Colour, bold: bool, reverse: bool) -> Style:  # noqa: FBT001 (as in Run)
    return Style(color=_rich(fg), bgcolor=_rich(bg), bold=bold or None, reverse=reverse or None)


def _rich(colour: Colour) -> RichColor | None:
    if isinstance(colour, int):
        return RichColor.from_ansi(colour)
    return None if colour is None else RichColor.parse(colour)


class Painted(Widget):
    """A widget of painted cells. It paints again only when its size or look changes."""

    can_focus = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._made_for: tuple[Size, Look] | None = None
        self._strips: list[Strip] = []

    def paint(self, size: Size, look: Look) -> Rows:
        """Paint the cells for a size."""
        raise NotImplementedError

    def paint_again(self) -> None:
        """Paint again: what `paint` shows has changed."""
        self._made_for = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        wanted = (self.size, look_of(self.app))
        if wanted != self._made_for:
            self._strips = strips(self.paint(*wanted))
            self._made_for = wanted
        ground = self.visual_style.rich_style
        if y >= len(self._strips):
            return Strip.blank(self.size.width, ground)
        return self._strips[y].adjust_cell_length(self.size.width).apply_style(ground)


class Word(Painted):
    """The word nim, its dot an amber stone."""

    DEFAULT_CSS = "Word { width: 28; height: 7; }"

    def paint(self, size: Size, look: Look) -> Rows:
        return kept_word(look) or paint.paint_word(look)


class Scene(Painted):
    """Cairns on one ground: for each the number of stones and how many of them are amber."""

    def __init__(
        self,
        cairns: tuple[tuple[int, int], ...] = CAIRNS,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._cairns = cairns

    def paint(self, size: Size, look: Look) -> Rows:
        wanted = (size.width, size.height, look, self._cairns)
        return kept_scene(*wanted) or paint.paint_scene(*wanted)
