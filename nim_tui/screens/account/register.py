"""Create an account and sign in."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend.domain.errors import NimError
from nim_tui.screens.account.form import FormScreen, SignsIn
from nim_tui.screens.workers import begin
from nim_tui.widgets.credentials_form import CredentialsForm, Spec
from nim_tui.widgets.pill import Pill


class RegisterScreen(FormScreen):
    """Username, password, e-mail, phone. The backend decides whether the last two are required.

    Args:
        invitation: the code of an invitation, which may open a closed registration.
    """

    class ContactsNeeded(Message):
        """This backend requires an e-mail address and a phone number."""

    PLACE = "register"
    SENDER = "register"
    SEND = "Register"
    SENDING = "Registering"
    SPECS = (
        Spec("username", "username", "Username", "4 to 20 letters, digits, _ or -"),
        Spec("password", "password", "Password", "8 or more: upper, lower, digit", secret=True),
        Spec(
            "email",
            "email",
            "E-mail",
            "optional, to be let back in",
            placeholder="you@example.org",
            optional=True,
        ),
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

    def on_mount(self) -> None:
        begin(self, self._find_out, group="optional")

    async def _find_out(self) -> None:
        try:
            optional = await self._accounts.contacts_optional()
        except NimError:
            return  # the answer to the form will say what is missing
        if not optional:
            self.post_message(self.ContactsNeeded())

    def on_register_screen_contacts_needed(self, event: RegisterScreen.ContactsNeeded) -> None:
        event.stop()
        for wire, hint in (("email", ""), ("phoneNumber", "for text messages")):
            if (field := self.query_one(CredentialsForm).field(wire)) is not None:
                field.require(hint)

    async def send(self, values: Mapping[str, str]) -> None:
        await self._accounts.register(
            values["username"],
            values["password"],
            values.get("email"),
            values.get("phoneNumber"),
            self._invitation,
        )
