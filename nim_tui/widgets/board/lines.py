"""Single lines of the board: words, pills, and the one that can be pressed."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from nim_tui.paint import Side
from nim_tui.theme.themes import look_of


class Line(Widget):
    """Words in a row of their own; `str(line.render())` gives them as text."""

    can_focus = False
    DEFAULT_CSS = "Line { width: auto; height: 1; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._content = Content()

    def show(self, content: Content) -> None:
        """Replace the words."""
        if content != self._content or content.spans != self._content.spans:
            self._content = content
            self.refresh(layout=True)

    def render(self) -> Content:
        return self._content


class Take(Line):
    """The pill with the key that does what `#selection` says; a click does it, too."""

    can_focus = True

    def render(self) -> Content:
        mark = look_of(self.app).marks.focus if self.has_focus else " "
        return Content.assemble((mark, "$ink"), self._content)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._content.cell_length + 1

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @dataclass
    class Clicked(Message):
        """The pill was clicked."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())


def pill(text: str, side: Side | None, *, bare: bool) -> Content:
    """`text` on a fill in a player's colour, or the colour of keys; `bare` is for no colours."""
    if bare:
        style = "bold reverse"
    elif side is None:
        style = "$ink on $key bold"
    else:
        style = f"$ink-{side} on ${side} bold"
    return Content.assemble((f"  {text}  ", style))
