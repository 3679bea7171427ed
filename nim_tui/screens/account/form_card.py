"""A small form in a card: it is sent once at a time, and shows what was wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend.domain.errors import NimError, NotSignedIn
from nim_tui import messages
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.widgets.credentials_form import CredentialsForm, Spec
from nim_tui.widgets.pill import Pill

Send: TypeAlias = Callable[[Mapping[str, str]], Awaitable[None]]

STYLES = Path(__file__).parent

CODE = Spec("code", "code", "Code", "8 digits")
PASSWORD = Spec("password", "password", "Password", secret=True)
NEW_PASSWORD = Spec(
    "new-password",
    "newPassword",
    "New password",
    "8 or more: upper, lower, digit",
    secret=True,
)


class FormCard(CardScreen[bool]):
    """Its result is whether the form was sent and accepted.

    Attributes:
        sent: what was sent last, by the names on the wire.

    Args:
        title: one line.
        note: one or two sentences.
        specs: the fields.
        done: the text of the pill that sends.
        send: sends what was typed; raises NimError.
        values: what the fields hold at first, by their names on the wire.
    """

    CSS_PATH = [CARD_STYLES, STYLES / "form.tcss", STYLES / "account.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    AUTO_FOCUS = "FormCard Input"
    BINDINGS = [
        Binding("enter", "submit", "send the form", show=False),
        Binding("f1", "app.help", "these keys", show=False),
        Binding("escape", "cancel", "change nothing", show=False),
        Binding("down", "app.focus_next", "the next field", show=False),
        Binding("up", "app.focus_previous", "the previous field", show=False),
    ]

    @dataclass
    class CardAnswered(Message):
        """The backend has answered: `error` is None if all went well."""

        error: NimError | None

    def __init__(
        self,
        title: str,
        note: str,
        specs: Sequence[Spec],
        done: str,
        send: Send,
        *,
        values: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._note, self._done = title, note, done
        self._specs = tuple(specs)
        self._send = send
        self._values = values or {}
        self._sending = False
        self.sent: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content(self._title), id="title")
            yield Static(Content(self._note), id="note")
            yield CredentialsForm(self._specs)
            with Horizontal(id="pills"):
                yield Pill(self._done, id="done", main=True)
                yield Pill("Cancel", id="cancel")

    def on_mount(self) -> None:
        for field in self.query_one(CredentialsForm).fields:
            field.input.value = self._values.get(field.spec.wire, "")

    def action_submit(self) -> None:
        """Send the form, if it is complete."""
        self.query_one(CredentialsForm).submit()

    def action_cancel(self) -> None:
        """Close without sending anything."""
        self.dismiss(False)

    def on_credentials_form_submitted(self, event: CredentialsForm.Submitted) -> None:
        event.stop()
        if not self._sending:
            self._sending = True
            self.sent = event.values
            begin(self, partial(self._ask, event.values), group="form")

    async def _ask(self, values: Mapping[str, str]) -> None:
        try:
            await self._send(values)
        except NimError as error:
            self.post_message(self.CardAnswered(error))
        else:
            self.post_message(self.CardAnswered(None))

    def on_form_card_card_answered(self, event: FormCard.CardAnswered) -> None:
        event.stop()
        self._sending = False
        if event.error is None:
            self.dismiss(True)
            return
        self.query_one(CredentialsForm).show_problems(event.error.fields, event.error.message)
        if isinstance(event.error, NotSignedIn):
            self.post_message(messages.SessionLost())

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == "done":
            self.action_submit()
        else:
            self.action_cancel()
