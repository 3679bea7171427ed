"""The first row of a screen: its name, and who is signed in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from nim_tui.theme.themes import look_of


class Crumbs(Widget):
    """`nim › games`."""

    DEFAULT_CSS = "Crumbs { width: 1fr; height: 1; }"

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def render(self) -> Content:
        mark = look_of(self.app).marks.place
        return Content.assemble(("nim", "bold"), (f"  {mark}  ", "$line"), self._place)


class Header(Horizontal):
    """The breadcrumbs, then what the screen adds at the right, then who is signed in."""

    DEFAULT_CSS = """
    Header { height: 1; padding: 0 3 0 2; }
    Header > #who { width: auto; color: $you; text-style: bold; margin-left: 3; pointer: pointer; }
    """

    def __init__(self, place: str, *right: Widget, who: str = "") -> None:
        super().__init__()
        self._place, self._right, self._who = place, right, who

    def compose(self) -> ComposeResult:
        yield Crumbs(self._place)
        yield from self._right
        if self._who:
            yield Static(Content(self._who), id="who")
