"""A choice between a few options in a row: with left and right, or a click."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from nim_tui.theme.themes import look_of


class Radio(Widget, can_focus=True):
    """`options` are (text, value). At first `value` is chosen, or else the first option."""

    DEFAULT_CSS = "Radio { height: 1; width: 1fr; }"
    BINDINGS = [
        Binding("left", "step(-1)", "the previous option", show=False),
        Binding("right,space", "step(1)", "the next option", show=False),
    ]

    chosen: reactive[int] = reactive(0, init=False)

    class OptionChosen(Message):
        """Another option was chosen."""

        def __init__(self, radio: Radio) -> None:
            super().__init__()
            self.radio = radio

        @property
        def control(self) -> Radio:
            return self.radio

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        id: str,  # noqa: A002 - Textual's own word
        value: str = "",
    ) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        values = [each for _, each in self._options]
        self.set_reactive(Radio.chosen, values.index(value) if value in values else 0)

    @property
    def value(self) -> str:
        """The value of the chosen option."""
        return self._options[self.chosen][1]

    def watch_chosen(self) -> None:
        """Post each change at once."""
        self.post_message(self.OptionChosen(self))

    def action_step(self, by: int) -> None:
        """Go to another option; wrap around at the ends."""
        self.chosen = (self.chosen + by) % len(self._options)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        option = event.style.meta.get("option")
        if option is not None:
            self.chosen = int(option)

    def render(self) -> Content:
        focus = Content.styled(look_of(self.app).marks.focus if self.has_focus else " ", "$you")
        room = self.content_size.width - 1
        # The widest form that fits; the narrowest has no brackets.
        forms = (self._row(" (%s) ", " "), self._row("(%s) ", " "), self._row("%s", " "))
        fitting = next((row for row in forms if row.cell_length <= room), forms[-1])
        return focus.append(fitting)

    def _row(self, box: str, gap: str) -> Content:
        """All options; `box` comes before each, with its dot, if it is chosen, in place of `%s`."""
        mark = look_of(self.app).marks.you
        before, after = box.split("%s")
        options = []
        for index, (words, _) in enumerate(self._options):
            here = index == self.chosen
            option = Content.assemble(
                before.lstrip() if not index else before,
                (mark if here else " ", "$you"),
                after,
                (words, "$ink bold" if here else "$muted"),
            )
            options.append(option.stylize(Style.from_meta({"option": index})))
        return Content(gap).join(options)
