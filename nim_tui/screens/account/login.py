"""Sign in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from backend.domain.errors import NimError, SignInIncomplete
from nim_tui.screens.account.form import FormScreen, SignsIn
from nim_tui.screens.account.form_card import CODE, NEW_PASSWORD, FormCard
from nim_tui.text import account as account_text
from nim_tui.widgets.credentials_form import CredentialsForm, Spec
from nim_tui.widgets.pill import Pill

_NAME = Spec("forgotten", "username", "Username")


class LoginScreen(FormScreen):
    """Username and password; and a new password if the old one can be used only once.

    `why` is a sentence to show at first, `name` a username to fill in.
    """

    PLACE = "sign in"
    SENDER = "login"
    SEND = "Sign in"
    SENDING = "Signing in"
    SPECS = (
        Spec("username", "username", "Username"),
        Spec("password", "password", "Password", secret=True),
        Spec(
            "new-password",
            "newPassword",
            "New password",
            "8 or more: upper, lower, digit",
            secret=True,
            hidden=True,
        ),
    )

    BINDINGS = [Binding("f3", "forgot", "forgot your password", show=False)]

    def __init__(self, accounts: SignsIn, *, why: str = "", name: str = "") -> None:
        super().__init__(accounts)
        self._why = why
        self._who = name

    def pills(self) -> ComposeResult:
        yield Pill(self.SEND, id="login", main=True)
        yield Static(Content("New here?"))
        yield Pill("Register", id="to-register", link=True)

    def below(self) -> ComposeResult:
        with Horizontal(id="below"):
            yield Pill("Forgot your password?", id="to-forgot", link=True)

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        if event.pill.id == "to-forgot":
            event.stop()
            event.prevent_default()
            self.action_forgot()

    def action_forgot(self) -> None:
        """Ask for a code, and then for the new password."""
        name = self.query_one("#username", Input).value.strip()
        words = account_text.FORMS["forgot"]
        card = FormCard(
            words.title, words.note, (_NAME,), words.done, self._forgot, values={"username": name}
        )
        self.app.push_screen(card, partial(self._asked_for_code, card))

    async def _forgot(self, values: Mapping[str, str]) -> None:
        await self._accounts.forgot_password(values["username"])

    def _asked_for_code(self, card: FormCard, done: bool | None) -> None:  # noqa: FBT001 - Textual's callback
        if not done:
            return
        name, words = card.sent["username"], account_text.FORMS["reset"]
        specs = (CODE, NEW_PASSWORD)
        reset = FormCard(words.title, words.note, specs, words.done, partial(self._reset, name))
        self.app.push_screen(reset, partial(self._chose_password, name, reset))

    async def _reset(self, name: str, values: Mapping[str, str]) -> None:
        await self._accounts.reset_password(name, values["code"], values["newPassword"])

    def _chose_password(self, name: str, card: FormCard, done: bool | None) -> None:  # noqa: FBT001 - Textual's callback
        """Sign in at once with the new password."""
        if done:
            self.query_one("#username", Input).value = name
            self.query_one("#password", Input).value = card.sent["newPassword"]
            self.action_submit()

    def on_mount(self) -> None:
        if self._why:
            self.query_one(CredentialsForm).show_error(self._why)
        if self._who:
            self.query_one("#username", Input).value = self._who
            self.query_one("#password", Input).focus()

    async def send(self, values: Mapping[str, str]) -> None:
        await self._accounts.sign_in(
            values["username"], values["password"], values.get("newPassword")
        )

    def refused(self, error: NimError) -> None:
        form = self.query_one(CredentialsForm)
        new = form.field("newPassword")
        needs_new = isinstance(error, SignInIncomplete) and new is not None and not new.display
        super().refused(error)
        if needs_new and new is not None:
            new.display = True
            new.input.focus()
