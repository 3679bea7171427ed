"""The first row of a screen: its name, the place that it plays on, and who is signed in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from nim_tui.text.sanitize import cut
from nim_tui.theme.themes import look_of

_GAP = "   "
_LEAST_WHERE = 4
"""Cells: less of a place's name says nothing."""


class Crumbs(Widget):
    """`nim › games  club`: the screen and, where it fits, the place that it plays on."""

    DEFAULT_CSS = "Crumbs { width: 1fr; height: 1; }"

    def __init__(self, screen: str, where: str = "") -> None:
        super().__init__()
        self._screen, self._where = screen, where

    def render(self) -> Content:
        mark = look_of(self.app).marks.place
        name = Content.assemble(("nim", "bold"), (f"  {mark}  ", "$line"), self._screen)
        left = self.size.width - name.cell_length - len(_GAP)
        if not self._where or left < _LEAST_WHERE:
            return name
        return Content.assemble(name, _GAP, (cut(self._where, left), "$muted"))


class Header(Horizontal):
    """The breadcrumbs, then what the screen adds at the right, then who is signed in."""

    DEFAULT_CSS = """
    Header { height: 1; padding: 0 3 0 2; }
    Header > #who { width: auto; color: $you; text-style: bold; margin-left: 3; pointer: pointer; }
    """

    def __init__(self, screen: str, *right: Widget, who: str = "", where: str = "") -> None:
        super().__init__()
        self._screen, self._right, self._who, self._where = screen, right, who, where

    def compose(self) -> ComposeResult:
        yield Crumbs(self._screen, self._where)
        yield from self._right
        if self._who:
            yield Static(Content(self._who), id="who")
