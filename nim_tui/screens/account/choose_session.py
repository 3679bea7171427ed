"""Choose who plays, if several people have a session on this backend."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nim_tui.screens.card import CardScreen
from nim_tui.text.sanitize import clean
from nim_tui.widgets.option_list import Options

MOST_NAME = 30


class ChooseSessionScreen(CardScreen[str | None]):
    """Its result is a name; None if it is someone else."""

    AUTO_FOCUS = "#names"
    BINDINGS = [Binding("escape", "cancel", "none of these")]

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Who is playing?"), id="title")
            names = [Option(Content(clean(name, MOST_NAME))) for name in self._names]
            other = Option(Content.styled("someone else", "$muted"))
            yield Options(*names, other, id="names", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        index = event.option_index
        self.dismiss(self._names[index] if index < len(self._names) else None)
