"""Sign in."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from backend.domain.errors import NimError, SignInIncomplete
from nim_tui.screens.account.form import FormScreen, SignsIn
from nim_tui.widgets.credentials_form import CredentialsForm, Spec
from nim_tui.widgets.pill import Pill


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

    def __init__(self, accounts: SignsIn, *, why: str = "", name: str = "") -> None:
        super().__init__(accounts)
        self._why = why
        self._who = name

    def pills(self) -> ComposeResult:
        yield Pill(self.SEND, id="login", main=True)
        yield Static(Content("New here?"))
        yield Pill("Register", id="to-register", link=True)

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
