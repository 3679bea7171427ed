"""A card with the player's open invitations: each can be sent again, or withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from backend.domain.errors import NimError, NotSignedIn
from nim_tui import messages
from nim_tui.client.models import OpenInvitation
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.workers import begin
from nim_tui.text import invitations as text
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.widgets.option_list import Options

LOADING = "Asking the backend"
NONE_OPEN = "You have no open invitations. Press n in the games, and leave the name empty."
WHAT_TO_DO = "enter shows the line to send, x withdraws."


class KeepsInvitations(Protocol):
    """Open invitations of the player; `nim_tui.client.invitations.InvitationRequests`."""

    async def mine(self) -> Sequence[OpenInvitation]: ...

    async def withdraw(self, code: str) -> None: ...


class InvitationsScreen(CardScreen[OpenInvitation | None]):
    """Its result is the invitation to send again; None for none.

    Args:
        now: the time.
    """

    CSS_PATH = [CARD_STYLES, "invitations.tcss"]
    BINDINGS = [
        Binding("x", "withdraw", "withdraw it"),
        Binding("escape", "cancel", "back to the games", show=False),
    ]

    @dataclass
    class InvitationsListed(Message):
        """The invitations, or why they are not known."""

        answer: Sequence[OpenInvitation] | NimError

    def __init__(self, invitations: KeepsInvitations, now: datetime) -> None:
        super().__init__()
        self._invitations, self._now = invitations, now
        self._listed: Sequence[OpenInvitation] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Open invitations"), id="title")
            yield Options(id="invitations", markup=False)
            yield Static(Content(LOADING), id="note")

    def on_mount(self) -> None:
        self.query_one("#invitations").display = False
        begin(self, self._ask, group="invitations")

    async def _ask(self, withdrawn: str | None = None) -> None:
        try:
            if withdrawn is not None:
                await self._invitations.withdraw(withdrawn)
            answer: Sequence[OpenInvitation] | NimError = await self._invitations.mine()
        except NimError as error:
            answer = error
        self.post_message(self.InvitationsListed(answer))

    def on_invitations_screen_invitations_listed(
        self, event: InvitationsScreen.InvitationsListed
    ) -> None:
        event.stop()
        if isinstance(event.answer, NimError):
            self._note(event.answer.message)
            if isinstance(event.answer, NotSignedIn):
                self.post_message(messages.SessionLost())
            return
        self._listed = event.answer
        options = self.query_one("#invitations", OptionList)
        kept = options.highlighted or 0
        options.set_options([Option(_row(one, self._now)) for one in self._listed])
        # Textual does not grow a list whose height is automatic when its options come later.
        options.styles.height = len(self._listed)
        options.display = bool(self._listed)
        options.highlighted = min(kept, len(self._listed) - 1) if self._listed else None
        self._note(WHAT_TO_DO if self._listed else NONE_OPEN)
        if self._listed:
            options.focus()

    def _note(self, sentence: str) -> None:
        self.query_one("#note", Static).update(Content(clean(sentence, SENTENCE_WIDTH)))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._listed[event.option_index])

    def action_withdraw(self) -> None:
        """Withdraw the invitation under the highlight, after a question."""
        at = self.query_one("#invitations", OptionList).highlighted
        if at is None:
            return
        code = self._listed[at].code
        question = ConfirmScreen(f"Withdraw {clean(code)}? Nobody can take it then.", "Withdraw")
        self.app.push_screen(question, partial(self._answered, code))

    def _answered(self, code: str, answer: bool | None) -> None:  # noqa: FBT001 - Textual's callback
        if answer:
            self._note(LOADING)
            begin(self, partial(self._ask, code), group="invitations")


def _row(one: OpenInvitation, now: datetime) -> Content:
    """One invitation: its code, the heaps, and how long it can be taken."""
    heaps = " ".join(map(str, one.heaps))
    left = text.until(one.expires_at, now).removeprefix("It can be taken for ").rstrip(".")
    return Content.assemble((f"{clean(one.code)}  ", "$ink bold"), (f"{heaps}   {left}", "$muted"))
