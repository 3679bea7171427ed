"""The options of practice or hotseat, in one card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from backend.domain.nim import LEVELS
from nim_tui.model.board_options import HEAPS_CHOICES, MOST_NAME, BoardOptions, Scores
from nim_tui.screens.card import CARD_STYLES, RowsCard
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import harmless
from nim_tui.theme.themes import look_of
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.pill import Pill
from nim_tui.widgets.radio import Radio

if TYPE_CHECKING:
    from backend.domain.nim import Level, Rule
    from nim_tui.model.board_options import First, HeapsChoice

SAME_NAMES = "The names must be different. Change one of them."

RULES = (("last object loses", "misere"), ("it wins", "normal"))


class OptionsScreen(RowsCard[BoardOptions | None]):
    """Its result is what was chosen; None if nothing changes.

    Args:
        options: the current choice.
        scores: the results so far in practice; None for the card of hotseat.
        done: the text of the pill.

    """

    CSS_PATH = [CARD_STYLES, "board_options.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-normal")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS = [
        Binding("enter", "done", "take these", show=False, priority=True),
        Binding("f1", "app.help", "these keys", show=False),
        Binding("escape", "cancel", "change nothing", show=False),
    ]

    def __init__(self, options: BoardOptions, scores: Scores | None, done: str) -> None:
        super().__init__()
        self._options, self._scores, self._pill = options, scores, done

    def compose(self) -> ComposeResult:
        now = self._options
        hotseat = self._scores is None
        with Vertical(id="card"):
            yield Static(Content("Two at this keyboard" if hotseat else "Practice"), id="title")
            if self._scores is None:
                yield from self._names()
                first = (("first named", "amber"), ("second named", "blue"))
            else:
                levels = tuple((level, level) for level in LEVELS)
                yield _row("Level", Radio(levels, id="level", value=now.level))
                first = (("you", "amber"), ("the computer", "blue"))
            heaps = tuple((choice, choice) for choice in HEAPS_CHOICES)
            yield _row("Heaps", Radio(heaps, id="heaps", value=now.heaps))
            yield _row("Rule", Radio(RULES, id="rule", value=now.rule))
            yield _row("Moves first", Radio(first, id="first", value=now.first))
            yield Static(Content(self._so_far), id="note", markup=False)
            yield Pill(self._pill, id="done", main=True)

    def _names(self) -> Iterator[Widget]:
        marks = look_of(self.app).marks
        for number, (mark, name) in enumerate(
            zip((marks.you, marks.opp), self._options.names, strict=True), 1
        ):
            field = PlainInput(name, id=f"name{number}", compact=True, max_length=MOST_NAME)
            focus = Static(Content(marks.focus), classes="focus-mark")
            yield FocusRow(Static(Content(f"Name {mark}"), classes="label"), focus, field)

    @property
    def _so_far(self) -> str:
        """The results against each level."""
        return game_text.scores(self._scores) if self._scores is not None else ""

    def on_mount(self) -> None:
        self.query_one("Input, Radio").focus()

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        self.action_done()

    def action_done(self) -> None:
        """Close with what is chosen."""
        chosen = replace(
            self._options,
            heaps=cast("HeapsChoice", self._value("heaps")),
            rule=cast("Rule", self._value("rule")),
            first=cast("First", self._value("first")),
        )
        if self._scores is not None:
            chosen = replace(chosen, level=cast("Level", self._value("level")))
        else:
            one, two = (self._typed(number) for number in (1, 2))
            if one.casefold() == two.casefold():
                self.query_one("#note", Static).update(Content.styled(SAME_NAMES, "$bad"))
                return
            chosen = replace(chosen, names=(one, two))
        self.dismiss(chosen)

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Radio).value

    def _typed(self, number: int) -> str:
        """What was typed; if the field is empty, the name from before."""
        typed = harmless(self.query_one(f"#name{number}", PlainInput).value).strip()
        return typed or self._options.names[number - 1]


def _row(label: str, field: Widget) -> FocusRow:
    return FocusRow(Static(Content(label), classes="label"), field)
