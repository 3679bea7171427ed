"""The settings, in one card. Each change applies at once, and is saved."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from nim_tui import messages
from nim_tui.config.settings import Settings
from nim_tui.paint import PALETTES
from nim_tui.screens.card import RowsCard
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.pill import Pill
from nim_tui.widgets.radio import Radio

Options = tuple[tuple[str, str], ...]

SWITCH: Options = (("on", "on"), ("off", "off"))
GLYPHS: Options = (("auto", "auto"), ("stones", "stones"), ("plain", "plain"), ("ascii", "ascii"))


class SettingsScreen(RowsCard[None]):
    """Posts `SettingChosen` for each change; the app saves it."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]
    AUTO_FOCUS = "#theme"
    BINDINGS = [
        Binding("escape,comma,enter", "cancel", "done", show=False),
        Binding("question_mark,f1", "app.help", "these keys", show=False),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        now = self._settings
        names = list(dict.fromkeys([*PALETTES, now.theme]))
        rows: tuple[tuple[str, str, Options, str], ...] = (
            ("theme", "Theme", tuple((name, name) for name in names), now.theme),
            ("glyphs", "Piece style", GLYPHS, now.glyphs),
            ("animation", "Motion", SWITCH, _word(on=now.animation)),
            ("confirm_moves", "Confirm moves", SWITCH, _word(on=now.confirm_moves)),
            ("bell", "Bell when unfocused", SWITCH, _word(on=now.bell)),
            ("desktop_notices", "Desktop notice", SWITCH, _word(on=now.desktop_notices)),
            ("accessible", "Lines, not screens", SWITCH, _word(on=now.accessible)),
        )
        with Vertical(id="card"):
            yield Static(Content("Settings"), id="title")
            for name, label, options, chosen in rows:
                with FocusRow():
                    yield Static(Content(label), classes="label")
                    yield Radio(options, id=name, value=chosen)
            with Horizontal(id="pills"):
                yield Pill("Done", id="done", main=True)
                yield Static(Content("More themes: ctrl+p, then theme"), id="note")

    def on_radio_option_chosen(self, event: Radio.OptionChosen) -> None:
        event.stop()
        name = str(event.radio.id)
        value: str | bool = event.radio.value
        if name not in ("theme", "glyphs"):
            value = value == "on"
        self.post_message(messages.SettingChosen(name, value))

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        self.dismiss()


def _word(*, on: bool) -> str:
    return "on" if on else "off"
