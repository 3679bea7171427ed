"""One choice of a few, in a row: left and right go from one to the next, a click takes one."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from nim_tui.theme import look_of


class Radio(Widget, can_focus=True):
    """`options` are (words, value). The first is chosen at the beginning."""

    DEFAULT_CSS = "Radio { height: 1; width: 1fr; }"
    BINDINGS = [
        Binding("left", "step(-1)", "the option before", show=False),
        Binding("right,space", "step(1)", "the next option", show=False),
    ]

    chosen: reactive[int] = reactive(0)

    def __init__(self, options: Sequence[tuple[str, str]], *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._options = tuple(options)

    @property
    def value(self) -> str:
        """The value of the chosen option."""
        return self._options[self.chosen][1]

    def action_step(self, by: int) -> None:
        """To the next option, round at the ends."""
        self.chosen = (self.chosen + by) % len(self._options)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        option = event.style.meta.get("option")
        if option is not None:
            self.chosen = int(option)

    def render(self) -> Content:
        marks = look_of(self.app).marks
        pieces: list[Content] = []
        for index, (words, _) in enumerate(self._options):
            here = index == self.chosen
            dot = Content.assemble("(", (marks.you if here else " ", "$you"), ")")
            piece = Content.assemble(dot, (f" {words}", "$ink bold" if here else "$muted"))
            pieces.append(piece.stylize(Style.from_meta({"option": index})))
        focus = Content.styled(marks.focus if self.has_focus else " ", "$you")
        wide, close = (Content(gap).join(pieces) for gap in ("  ", " "))
        room = self.content_size.width - 1
        return focus.append(wide if wide.cell_length <= room else close)
