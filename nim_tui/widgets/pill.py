"""Buttons of one row: filled if `enter` presses them, or plain like a link."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


class Pill(Widget, can_focus=True):
    """A button of one row. `main` is filled in the colour of the person here.

    Under NO_COLOR, where there are no fills, it is in brackets.
    """

    DEFAULT_CSS = """
    Pill {
        width: auto;
        height: 1;
        padding: 0 2;
        background: $key;
        color: $ink;
        text-style: bold;
        pointer: pointer;
    }
    Pill.-main { background: $you; color: $ink-you; }
    Pill:focus { background: $you; color: $ink-you; }
    Pill:hover { background: $ink; color: $bg; }
    Pill.-link { background: transparent; color: $you; padding: 0; }
    Pill.-link:focus, Pill.-link:hover { text-style: bold underline; }
    Pill:nocolor { padding: 0; background: $bg; }
    Pill.-main:nocolor, Pill:nocolor:focus { background: $you; }
    """
    BINDINGS = [Binding("enter,space", "press", "press it", show=False)]

    class Pressed(Message):
        """The pill was clicked, or had the focus when `enter` was pressed."""

        def __init__(self, pill: Pill) -> None:
            super().__init__()
            self.pill = pill

        @property
        def control(self) -> Pill:
            return self.pill

    def __init__(
        self,
        words: str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own word
        main: bool = False,
        link: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._words = words
        self.set_class(main, "-main")
        self.set_class(link, "-link")

    @property
    def words(self) -> str:
        """Its text."""
        return self._words

    @words.setter
    def words(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.refresh(layout=True)

    def render(self) -> Content:
        return Content(f"[ {self._words} ]" if self.app.no_color else self._words)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_press()

    def action_press(self) -> None:
        """Press the pill, as a click does."""
        self.post_message(self.Pressed(self))
