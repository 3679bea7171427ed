"""A yes-or-no question before what can't be undone."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from nim_tui.screens.card import CardScreen
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.widgets.pill import Pill


class ConfirmScreen(CardScreen[bool]):
    """Its result is whether the answer was yes. `enter` presses the focused pill: first no.

    Args:
        question: one sentence.
        yes, no: the texts of the pills.
        yes_first: whether yes has the focus first, where that does no harm.

    """

    BINDINGS = [
        Binding("y", "answer(True)", "yes"),
        Binding("n", "answer(False)", "no"),
        Binding("escape", "answer(False)", "no", show=False),
        Binding("left,up", "app.focus_previous", "the other answer", show=False),
        Binding("right,down", "app.focus_next", "the other answer", show=False),
    ]

    def __init__(
        self, question: str, yes: str = "Yes", no: str = "No", *, yes_first: bool = False
    ) -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no
        self._yes_first = yes_first

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(clean(self._question, SENTENCE_WIDTH)), id="question")
            with Horizontal(id="pills"):
                yield Pill(self._yes, id="yes")
                yield Pill(self._no, id="no")

    def on_mount(self) -> None:
        self.query_one("#yes" if self._yes_first else "#no", Pill).focus()

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 - an action's own argument
        """Close with the answer."""
        self.dismiss(answer)

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        self.dismiss(event.pill.id == "yes")

    def action_cancel(self) -> None:
        """A click beside the card is no."""
        self.dismiss(False)
