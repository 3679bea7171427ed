"""A card with an open invitation: its code in large letters, and the line to send."""

from __future__ import annotations

from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from nim_tui.client.models import OpenInvitation
from nim_tui.paint.letters import large
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.text import invitations as text
from nim_tui.theme.themes import look_of
from nim_tui.widgets.pill import Pill

COPIED = "Copied, if your terminal allows it. Paste the line where your friend reads it."


class LargeCode(Widget):
    """A code, as large as there is room for it."""

    DEFAULT_CSS = "LargeCode { width: 100%; height: 3; color: $you; text-style: bold; }"

    def __init__(self, code: str, *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._code = code

    def render(self) -> Content:
        rows = large(self._code)
        if look_of(self.app).ascii or len(rows[0]) > self.content_size.width:
            return Content(f"\n{' '.join(self._code)}")
        return Content("\n".join(rows))


class LineToSend(Static):
    """The line; a click copies it."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if isinstance(self.screen, InvitationScreen):
            self.screen.action_copy()


class InvitationScreen(CardScreen[None]):
    """An invitation that was just made.

    Args:
        line: what whoever takes it types.
        now: the time.
    """

    CSS_PATH = [CARD_STYLES, "invitation.tcss"]
    AUTO_FOCUS = "#copy"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS = [
        Binding("y", "copy", "copy the line"),
        Binding("escape", "cancel", "back to the games", show=False),
        Binding("left,up", "app.focus_previous", "the other button", show=False),
        Binding("right,down", "app.focus_next", "the other button", show=False),
    ]

    def __init__(self, invitation: OpenInvitation, line: str, now: datetime) -> None:
        super().__init__()
        self._invitation, self._line, self._now = invitation, line, now

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Open invitation"), id="title")
            yield LargeCode(self._invitation.code, id="code")
            yield Static(Content(text.SEND_THIS), id="about")
            yield LineToSend(Content(self._line), id="line")
            yield Static(Content(text.until(self._invitation.expires_at, self._now)), id="until")
            with Horizontal(id="pills"):
                yield Pill("Copy the line", id="copy", main=True)
                yield Pill("Done", id="done")

    def action_copy(self) -> None:
        """Copy the line to the clipboard of the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self._line)
        self.notify(COPIED, markup=False)

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == "copy":
            self.action_copy()
        else:
            self.action_cancel()
