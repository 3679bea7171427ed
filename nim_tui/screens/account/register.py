"""Create an account and sign in."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from nim_tui.screens.account.form import FormScreen, SignsIn
from nim_tui.widgets.credentials_form import Spec
from nim_tui.widgets.pill import Pill


class RegisterScreen(FormScreen):
    """Username, password, e-mail, phone. The backend decides whether a phone is required.

    Args:
        invitation: the code of an invitation, which may open a closed registration.
    """

    PLACE = "register"
    SENDER = "register"
    SEND = "Register"
    SENDING = "Registering"
    SPECS = (
        Spec("username", "username", "Username", "4 to 20 letters, digits, _ or -"),
        Spec("password", "password", "Password", "8 or more: upper, lower, digit", secret=True),
        Spec("email", "email", "E-mail", placeholder="you@example.org"),
        Spec(
            "phone",
            "phoneNumber",
            "Phone",
            "optional, for text messages",
            placeholder="+15555555555",
            optional=True,
        ),
    )

    def pills(self) -> ComposeResult:
        yield Pill(self.SEND, id="register", main=True)
        yield Static(Content("Have an account?"))
        yield Pill("Sign in", id="to-login", link=True)

    def __init__(self, accounts: SignsIn, invitation: str | None = None) -> None:
        super().__init__(accounts)
        self._invitation = invitation

    async def send(self, values: Mapping[str, str]) -> None:
        await self._accounts.register(
            values["username"],
            values["password"],
            values["email"],
            values.get("phoneNumber"),
            self._invitation,
        )
