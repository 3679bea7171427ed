"""A card to invite somebody: opponent, heaps, rule, and time limit for each move."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from backend.domain.errors import NimError, NoSuchPlayer, NotSignedIn
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Rule, valid_heaps
from backend.domain.opponents import Opponent
from nim_tui import messages
from nim_tui.client.models import Features, OpenInvitation
from nim_tui.paint import thumbnails
from nim_tui.screens.card import CARD_STYLES, CardScreen
from nim_tui.screens.workers import begin
from nim_tui.text.sanitize import clean, harmless
from nim_tui.theme.themes import look_of
from nim_tui.widgets.error_line import ErrorLine
from nim_tui.widgets.focus_row import FocusRow
from nim_tui.widgets.inputs import PlainInput
from nim_tui.widgets.pill import Pill
from nim_tui.widgets.radio import Radio

ANYBODY = "Invite anybody"
ANYBODY_FIRST = "whoever joins moves first"
NO_OPPONENT = "Type your opponent's username."
HEAPS_WRONG = "Type three numbers from 0 to 20, with at least two objects in all, like 5 4 5."


class MakesInvitations(Protocol):
    """Makes open invitations; `nim_tui.client.invitations.InvitationRequests`."""

    async def make(
        self,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> OpenInvitation: ...


class Inviter(Protocol):
    """Creates games; `nim_tui.client.client.NimClient`."""

    @property
    def features(self) -> Features: ...

    @property
    def invitations(self) -> MakesInvitations: ...

    async def opponents(self) -> Sequence[Opponent]: ...

    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> Game: ...


@dataclass(frozen=True)
class WantedGame:
    """What is asked for. Asking twice for the same must not create two games.

    An empty opponent is whoever takes the open invitation.
    """

    opponent: str
    heaps: Heaps
    rule: Rule
    days: int | None


def read_heaps(text: str) -> Heaps | None:
    """`5 4 5`, `5,4,5` or `5-4-5`; empty is the default; None if the board is not valid."""
    words = text.replace(",", " ").replace("-", " ").replace("·", " ").split()
    if not words:
        return DEFAULT_HEAPS
    if any(len(word) > 2 or not (word.isascii() and word.isdigit()) for word in words):
        return None
    counts = tuple(int(word) for word in words)
    if not valid_heaps(counts):
        return None
    one, two, three = counts
    return one, two, three


class NewGameScreen(CardScreen[Game | OpenInvitation | None]):
    """Its result is the new game, or the open invitation; None if no one was invited."""

    CSS_PATH = [CARD_STYLES, "new_game.tcss"]
    AUTO_FOCUS = "#opponent"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS = [
        Binding("enter", "start", "invite", show=False),
        Binding("f1", "app.help", "these keys", show=False),
        Binding("escape", "cancel", "back to the games", show=False),
        Binding("down", "app.focus_next", "the next row", show=False),
        Binding("up", "app.focus_previous", "the previous row", show=False),
    ]

    @dataclass
    class Made(Message):
        """The game, or the open invitation, was created."""

        made: Game | OpenInvitation

    @dataclass
    class Refused(Message):
        """No game was created."""

        error: NimError
        opponent: str

    @dataclass
    class OpponentsKnown(Message):
        """The names that the field completes."""

        names: tuple[str, ...]

    def __init__(self, client: Inviter, opponent: str = "") -> None:
        super().__init__()
        self._client = client
        self._given = opponent
        self._sending = False
        self._asked: WantedGame | None = None
        self._request_id = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Static(Content("New game"), id="title")
            with FocusRow():
                yield Static(Content("Opponent"), classes="label")
                yield Static(Content(look_of(self.app).marks.focus), classes="focus-mark")
                yield PlainInput(
                    self._given,
                    id="opponent",
                    compact=True,
                    max_length=60,
                    placeholder="a name, or nobody",
                    select_on_focus=False,
                )
            with FocusRow():
                yield Static(Content("Heaps"), classes="label")
                yield Static(Content(look_of(self.app).marks.focus), classes="focus-mark")
                heaps = " ".join(map(str, DEFAULT_HEAPS))
                yield PlainInput(heaps, id="heaps", compact=True, max_length=12)
                yield Static(id="board")
            with FocusRow():
                yield Static(Content("Rule"), classes="label")
                yield Radio((("misère", "misere"), ("normal", "normal")), id="rule")
            with FocusRow():
                yield Static(Content("Each move"), classes="label")
                days = (("no limit", ""), ("1 d", "1"), ("3 d", "3"), ("7 d", "7"))
                yield Radio(days, id="days")
            yield ErrorLine()
            with Horizontal(id="pills"):
                yield Pill("Invite", id="start", main=True)
                yield Pill("Cancel", id="cancel")
                yield Static(id="first", markup=False)

    def on_mount(self) -> None:
        self._show()
        if self._client.features.refreshes:
            begin(self, self._ask_names, group="opponents")

    async def _ask_names(self) -> None:
        # Without them the field completes nothing; whatever is wrong, inviting meets it, too.
        with suppress(NimError):
            names = tuple(one.username for one in await self._client.opponents())
            self.post_message(self.OpponentsKnown(names))

    def on_new_game_screen_opponents_known(self, event: NewGameScreen.OpponentsKnown) -> None:
        event.stop()
        field = self.query_one("#opponent", Input)
        # A name that cannot be typed cannot be completed either.
        names = [name for name in event.names if name == harmless(name)]
        field.suggester = SuggestFromList(names, case_sensitive=False)

    @property
    def _opponent(self) -> str:
        return self.query_one("#opponent", Input).value.strip()

    def _show(self) -> None:
        """Show what follows from what was typed: the pill's text, who moves first, the board."""
        name = clean(self._opponent) if self._opponent else ""
        if not self._sending:
            self.query_one("#start", Pill).words = f"Invite {name}" if name else ANYBODY
        first = f"{name} moves first" if name else ANYBODY_FIRST
        self.query_one("#first", Static).update(Content(first))
        heaps = read_heaps(self.query_one("#heaps", Input).value)
        board = Content("?")
        if heaps is not None:
            styles = {"text": "$ink", "line": "$line"}
            texts = thumbnails(heaps, heaps, look_of(self.app))
            board = Content.assemble(*((text, styles[token]) for text, token in texts))
        self.query_one("#board", Static).update(board)

    def _error(self, message: str) -> None:
        self.query_one(ErrorLine).show(message)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._error("")
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        """Invite; once, however often `enter` is pressed."""
        heaps = read_heaps(self.query_one("#heaps", Input).value)
        if self._sending:
            return
        if not self._opponent and not self._client.features.refreshes:
            self._error(NO_OPPONENT)
            self.query_one("#opponent", Input).focus()
            return
        if heaps is None:
            self._error(HEAPS_WRONG)
            self.query_one("#heaps", Input).focus()
            return
        days = self.query_one("#days", Radio).value
        rule: Rule = "normal" if self.query_one("#rule", Radio).value == "normal" else "misere"
        wanted = WantedGame(self._opponent, heaps, rule, int(days) if days else None)
        if wanted != self._asked:
            # The same again, after a lost answer, must not be a second game.
            self._asked, self._request_id = wanted, secrets.token_hex(16)
        self._sending = True
        self._error("")
        self.query_one("#start", Pill).words = "Inviting"
        begin(self, partial(self._invite, wanted, self._request_id), group="invite")

    async def _invite(self, wanted: WantedGame, request_id: str) -> None:
        try:
            made = await self._make(wanted, request_id)
        except NimError as error:
            self.post_message(self.Refused(error, wanted.opponent))
        else:
            self.post_message(self.Made(made))

    async def _make(self, wanted: WantedGame, request_id: str) -> Game | OpenInvitation:
        if not wanted.opponent:
            return await self._client.invitations.make(
                heaps=wanted.heaps,
                rule=wanted.rule,
                days_per_move=wanted.days,
                request_id=request_id,
            )
        return await self._client.new_game(
            wanted.opponent,
            heaps=wanted.heaps,
            rule=wanted.rule,
            days_per_move=wanted.days,
            request_id=request_id,
        )

    def on_new_game_screen_made(self, event: NewGameScreen.Made) -> None:
        event.stop()
        self.dismiss(event.made)

    def on_new_game_screen_refused(self, event: NewGameScreen.Refused) -> None:
        event.stop()
        self._sending = False
        self._show()
        if isinstance(event.error, NoSuchPlayer):
            self._error(unknown_player(event.opponent))
            self.query_one("#opponent", Input).focus()
        else:
            self._error(event.error.message)
            if isinstance(event.error, NotSignedIn):
                self.post_message(messages.SessionLost())

    def on_pill_pressed(self, event: Pill.Pressed) -> None:
        event.stop()
        if event.pill.id == "start":
            self.action_start()
        else:
            self.action_cancel()


def unknown_player(opponent: str) -> str:
    """The error for an unknown name, and how a new player gets one."""
    return (
        f"Nobody here is called {clean(opponent)}. Check the spelling. "
        "Somebody without an account: leave the name empty, and send them the code."
    )
