"""What the forms have in common: they are sent once, and show what was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message

from backend.domain.errors import NimError
from nim_tui import messages
from nim_tui.screens.layer import Layer
from nim_tui.screens.workers import begin
from nim_tui.widgets.credentials_form import CredentialsForm, Spec
from nim_tui.widgets.header import Header
from nim_tui.widgets.keys import Hint, KeysFooter
from nim_tui.widgets.pill import Pill
from nim_tui.widgets.scene import Scene


class SignsIn(Protocol):
    """Signs people in and registers them; `nim_tui.account.PlayerSession`."""

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> None: ...

    async def register(
        self,
        username: str,
        password: str,
        email: str | None,
        phone: str | None,
        invitation: str | None = None,
    ) -> None: ...

    async def forgot_password(self, username: str) -> None: ...

    async def reset_password(self, username: str, code: str, new_password: str) -> None: ...

    async def contacts_optional(self) -> bool: ...


class FormScreen(Layer[None]):
    """A form, the pill that sends it, and the way to the other form.

    A worker runs `send`; its result comes back as a message.
    """

    CSS_PATH = "form.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-wide"), (110, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high"), (34, "-tall")]
    AUTO_FOCUS = "#username"
    BINDINGS = [
        Binding("enter", "submit", "send the form", show=False),
        Binding("f2", "other_form", "switch to the other form", show=False),
        Binding("escape", "back", "back", show=False),
        Binding("down", "app.focus_next", "the next field", show=False),
        Binding("up", "app.focus_previous", "the previous field", show=False),
    ]

    PLACE: ClassVar[str]
    SPECS: ClassVar[tuple[Spec, ...]]
    SENDER: ClassVar[str]
    """The id of the pill that sends; below, its text, and its text while the form is on its way."""
    SEND: ClassVar[str]
    SENDING: ClassVar[str]

    @dataclass
    class FormAnswered(Message):
        """The backend has answered: `error` is None if all went well."""

        error: NimError | None

    def __init__(self, accounts: SignsIn) -> None:
        super().__init__()
        self._accounts = accounts
        self._sending = False

    async def send(self, values: Mapping[str, str]) -> None:
        """Send the form. Raises: NimError."""
        raise NotImplementedError

    def pills(self) -> ComposeResult:
        """The pill that sends, and the way to the other form."""
        raise NotImplementedError

    def below(self) -> ComposeResult:
        """What stands below the pills."""
        yield from ()

    def compose(self) -> ComposeResult:
        yield Header(self.PLACE)
        with Horizontal(id="columns"):
            with Vertical(id="form"):
                yield CredentialsForm(self.SPECS)
                with Horizontal(id="pills"):
                    yield from self.pills()
                yield from self.below()
            yield Scene(((4, 1),), id="scene")
        yield KeysFooter(
            (
                Hint("enter", self.SEND.lower(), "screen.submit"),
                Hint("tab", "next field", "app.focus_next"),
                Hint("esc", "back", "screen.back"),
                Hint("f1", "help", "app.help"),
            )
        )

    def action_back(self) -> None:
        """Back to the previous screen."""
        self.dismiss()

    def action_submit(self) -> None:
        """Send the form, if it is complete."""
        self.query_one(CredentialsForm).submit()

    def on_credentials_form_submitted(self, event: CredentialsForm.Submitted) -> None:
        event.stop()
        if self._sending:
            return
        self._sending = True
        self._say(self.SENDING)
        begin(self, partial(self._send, event.values), group="form")

    async def _send(self, values: Mapping[str, str]) -> None:
        try:
            await self.send(values)
        except NimError as error:
            self.post_message(self.FormAnswered(error))
        else:
            self.post_message(self.FormAnswered(None))

    def on_form_screen_form_answered(self, event: FormScreen.FormAnswered) -> None:
        event.stop()
        self._sending = False
        self._say(self.SEND)
        if event.error is None:
            self.post_message(messages.SignedIn())
        else:
            self.refused(event.error)

    def refused(self, error: NimError) -> None:
        """Show what was wrong; everything typed stays."""
        self.query_one(CredentialsForm).show_problems(error.fields, error.message)

    def _say(self, words: str) -> None:
        self.query_one(f"#{self.SENDER}", Pill).words = words

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == self.SENDER:
            self.action_submit()
        else:
            self.action_other_form()

    def action_other_form(self) -> None:
        """From signing in to registering, or back."""
        if self.query("#to-register"):
            self.post_message(messages.RegisterWanted())
        else:
            self.post_message(messages.SignInWanted())
