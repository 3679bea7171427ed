"""A card to open a game by its id, where no list shows it."""

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

from backend.domain.errors import NimError, NoSuchGame, NotSignedIn
from backend.domain.game import Game
from nim_tui import messages
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.text.sanitize import clean
from nim_tui.theme.themes import look_of
from nim_tui.widgets.error_line import ErrorLine
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.pill import Pill

NO_ID = "Type the game id. The player who began the game can send it to you."
NO_GAME = "You have no game with the id {game_id}. Check it with the player who began the game."


class Finder(Protocol):
    """Reads games; `nim_tui.client.client.NimClient`."""

    async def game(self, game_id: str) -> Game: ...


class OpenGameScreen(CardScreen[Game | None]):
    """Its result is the game; None if none was opened."""

    CSS_PATH = [CARD_STYLES, "open_game.tcss"]
    AUTO_FOCUS = "#game-id"
    BINDINGS = [
        Binding("escape", "cancel", "back to the games", show=False),
        Binding("down", "app.focus_next", "the next row", show=False),
        Binding("up", "app.focus_previous", "the previous row", show=False),
    ]

    @dataclass
    class LookupAnswered(Message):
        """The game with the id, or why there is none."""

        game_id: str
        answer: Game | NimError

    def __init__(self, client: Finder) -> None:
        super().__init__()
        self._client = client
        self._asking = False

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("Open a game"), id="title")
            with FocusRow():
                yield Static(Content("Game id"), classes="label")
                yield Static(Content(look_of(self.app).marks.focus), classes="focus-mark")
                yield PlainInput(id="game-id", compact=True, max_length=64)
            yield ErrorLine()
            with Horizontal(id="pills"):
                yield Pill("Open", id="open", main=True)
                yield Pill("Cancel", id="cancel")

    def _error(self, message: str) -> None:
        self.query_one(ErrorLine).show(message)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._error("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Read the game; once, however often `enter` is pressed."""
        game_id = self.query_one("#game-id", Input).value.strip()
        if self._asking:
            return
        if not game_id:
            self._error(NO_ID)
            return
        self._asking = True
        self._error("")
        begin(self, partial(self._ask, game_id), group="open")

    async def _ask(self, game_id: str) -> None:
        try:
            answer: Game | NimError = await self._client.game(game_id)
        except NimError as error:
            answer = error
        self.post_message(self.LookupAnswered(game_id, answer))

    def on_open_game_screen_lookup_answered(self, event: OpenGameScreen.LookupAnswered) -> None:
        event.stop()
        self._asking = False
        if isinstance(event.answer, Game):
            self.dismiss(event.answer)
        elif isinstance(event.answer, NoSuchGame):
            self._error(NO_GAME.format(game_id=clean(event.game_id)))
        else:
            self._error(event.answer.message)
            if isinstance(event.answer, NotSignedIn):
                self.post_message(messages.SessionLost())

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == "open":
            self.action_open()
        else:
            self.action_cancel()
