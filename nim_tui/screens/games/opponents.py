"""A card with everybody that the person has played with, and the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.opponents import Opponent
from nim_tui import messages
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean
from nim_tui.widgets.option_list import Options

LOADING = "Counting your games"
NOBODY = "You have not played with anybody yet. Press n in the games to invite somebody."


class KnowsOpponents(Protocol):
    """`nim_tui.client.client.NimClient`."""

    async def opponents(self) -> Sequence[Opponent]: ...


class OpponentsScreen(CardScreen[str | None]):
    """Its result is the opponent to invite; None for nobody."""

    CSS_PATH = [CARD_STYLES, "opponents.tcss"]
    BINDINGS = [Binding("escape", "cancel", "back to the games", show=False)]

    @dataclass
    class OpponentsListed(Message):
        """The opponents, or why they are not known."""

        answer: Sequence[Opponent] | NimError

    def __init__(self, client: KnowsOpponents) -> None:
        super().__init__()
        self._client = client
        self._opponents: Sequence[Opponent] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Your opponents"), id="title")
            yield Static(Content(LOADING), id="note")

    def on_mount(self) -> None:
        begin(self, self._ask, group="opponents")

    async def _ask(self) -> None:
        try:
            answer: Sequence[Opponent] | NimError = await self._client.opponents()
        except NimError as error:
            answer = error
        self.post_message(self.OpponentsListed(answer))

    async def on_opponents_screen_opponents_listed(
        self, event: OpponentsScreen.OpponentsListed
    ) -> None:
        event.stop()
        if isinstance(event.answer, NimError):
            self._note(event.answer.message)
            if isinstance(event.answer, NotSignedIn):
                self.post_message(messages.SessionLost())
            return
        self._opponents = event.answer
        self._note("" if self._opponents else NOBODY)
        if self._opponents:
            width = max(cell_len(game_text.name(one.username)) for one in self._opponents)
            rows = [Option(_row(one, width)) for one in self._opponents]
            # With its rows from the beginning: the card gets its height from them.
            options = Options(*rows, id="opponents", markup=False)
            await self.query_one("#card").mount(options)
            options.highlighted = 0
            options.focus()

    def _note(self, text: str) -> None:
        note = self.query_one("#note", Static)
        note.update(Content(clean(text, SENTENCE_WIDTH) if text else ""))
        note.display = bool(text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._opponents[event.option_index].username)


def _row(one: Opponent, width: int) -> Content:
    """One opponent: the name, in a column of this width, and the score in words."""
    name = game_text.name(one.username)
    words = [game_text.standing(one) or "No game is decided yet"]
    words += [f"{one.open} open"] if one.open else []
    return Content.assemble(
        (f"{name}{' ' * (width + 2 - cell_len(name))}", "$ink bold"),
        (", ".join(words), "$muted"),
    )
