"""A card for the code of an invitation: what it invites to, and the way to its board."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from backend.domain.errors import NimError, NoSuchInvitation
from nim_tui.client.invitations import Code
from nim_tui.client.models import OpenInvitation
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.text import invitations as text
from nim_tui.theme.themes import look_of
from nim_tui.widgets.error_line import ErrorLine
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.pill import Pill

NO_CODE = "Type the code, like k3v9x-2ma4q, or paste the line that you were sent."


class ShowsOffers(Protocol):
    """Looks at open invitations; `nim_tui.client.invitations.InvitationRequests`."""

    async def look(self, code: str) -> OpenInvitation: ...


class HasInvitations(Protocol):
    """`nim_tui.client.client.NimClient`."""

    @property
    def invitations(self) -> ShowsOffers: ...

    @property
    def place(self) -> str: ...

    @property
    def place_name(self) -> str: ...


@dataclass(frozen=True)
class CodeChosen:
    """The result: an invitation to take, and whether the person has an account here."""

    code: str
    has_account: bool


class CodeScreen(CardScreen[CodeChosen | None]):
    """First it asks for the code; then it shows what the code invites to, and how to go on.

    Args:
        signed_in: whether somebody is signed in, who can join at once.
    """

    CSS_PATH = [CARD_STYLES, "code.tcss"]
    AUTO_FOCUS = "#code"
    BINDINGS = [
        Binding("enter", "next", "look at the code, then join", show=False),
        Binding("f1", "app.help", "these keys", show=False),
        Binding("escape", "cancel", "back", show=False),
        Binding("down", "app.focus_next", "the next row", show=False),
        Binding("up", "app.focus_previous", "the previous row", show=False),
    ]

    @dataclass
    class OfferShown(Message):
        """What the code invites to, or why to nothing."""

        code: str
        answer: OpenInvitation | NimError

    def __init__(self, client: HasInvitations, *, signed_in: bool) -> None:
        super().__init__()
        self._client = client
        self._signed_in = signed_in
        self._asking = ""
        self._offered = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Join a game"), id="title")
            with FocusRow():
                yield Static(Content("Code"), classes="label")
                yield Static(Content(look_of(self.app).marks.focus), classes="focus-mark")
                yield PlainInput(id="code", compact=True, max_length=400, placeholder="xxxxx-xxxxx")
            yield Static(id="offer", markup=False)
            yield ErrorLine()
            with Horizontal(id="pills"):
                yield Pill("Look", id="join", main=True)
                yield Pill("Sign in", id="sign-in")
                yield Pill("Cancel", id="cancel")

    def on_mount(self) -> None:
        self._show(None)

    def _show(self, offer: OpenInvitation | None) -> None:
        """Show an offer and how to go on; without one, what to type."""
        go_on = "Join" if self._signed_in else "Register"
        self.query_one("#join", Pill).words = go_on if offer else "Look"
        self.query_one("#sign-in").display = bool(offer) and not self._signed_in
        self.query_one("#offer", Static).update(Content(offer.sentence if offer else ""))

    def _error(self, message: str) -> None:
        self.query_one(ErrorLine).show(message)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._asking = self._offered = ""
        self._error("")
        self._show(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_next()

    def action_next(self) -> None:
        """Look at the code; then join."""
        if self._offered:
            self.dismiss(CodeChosen(self._offered, has_account=False))
        elif not self._asking:
            self._look(self.query_one("#code", Input).value)

    def _look(self, typed: str) -> None:
        if not typed.strip():
            self._error(NO_CODE)
            return
        try:
            code = Code.read(typed)
        except NimError as error:
            self._error(error.message)
            return
        if code.server is not None and not code.is_at(self._client.place):
            self._error(text.elsewhere(code.server, code.code))
            return
        self._asking = code.code
        self._error("")
        begin(self, partial(self._ask, code.code), group="code", exclusive=True)

    async def _ask(self, code: str) -> None:
        try:
            answer: OpenInvitation | NimError = await self._client.invitations.look(code)
        except NimError as error:
            answer = error
        self.post_message(self.OfferShown(code, answer))

    def on_code_screen_offer_shown(self, event: CodeScreen.OfferShown) -> None:
        event.stop()
        if event.code != self._asking:
            return  # something else has been typed since
        self._asking = ""
        if isinstance(event.answer, OpenInvitation):
            self._offered = event.code
            self._show(event.answer)
            self.query_one("#join").focus()
        elif isinstance(event.answer, NoSuchInvitation):
            self._error(text.unknown(self._client.place_name))
        else:
            self._error(event.answer.message)

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        match event.pill.id:
            case "join":
                self.action_next()
            case "sign-in":
                self.dismiss(CodeChosen(self._offered, has_account=True))
            case _:
                self.action_cancel()
