"""The app: opens the screens that messages ask for, and owns the session. It does no I/O itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.screen import Screen

from backend.domain.errors import NimError
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Level, Rule
from nim_tui import messages
from nim_tui.app_base import AppBase
from nim_tui.config.settings import Settings
from nim_tui.local_boards import LocalBoards, Start
from nim_tui.model.board_options import BoardOptions
from nim_tui.screens.too_small import TooSmallScreen
from nim_tui.screens.welcome import WelcomeScreen
from nim_tui.screens.workers import Listener, ListsGames, begin
from nim_tui.terminal.capabilities import Terminal
from nim_tui.text.sanitize import clean, harmless

if TYPE_CHECKING:
    from backend.domain.game import Game
    from nim_tui.account import PlayerSession, ResumeOutcome
    from nim_tui.client.client import NimClient
    from nim_tui.matches import Match
    from nim_tui.model.lessons import Lesson
    from nim_tui.screens.code import CodeChosen
    from nim_tui.tokens import Vault

SESSION_OVER = "Your session has ended. Sign in again; your games are saved."
NOTHING_WAITS = "It's not your turn in any other game."

# The exit status for a place that cannot be used.
CANNOT_OPEN = 4


class NimApp(AppBase):
    """Nim in a terminal.

    Args:
        client: the backend to play on, or what makes it, once the first frame is shown.
        vault: where sessions are stored; None is the system keyring.
        start: the first screen.
        heaps, rule, level: for boards without an account.
        user: whose session to resume, where there are several.
        game: a game of theirs, whose board opens at once.
        settings: the person's; None reads their file.
        terminal: what the terminal can show; None detects it.
        drawn: called once, when the first screen has been drawn.

    """

    def __init__(
        self,
        client: NimClient | Callable[[], NimClient],
        *,
        vault: Vault | None = None,
        start: Start = "welcome",
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        level: Level = "medium",
        user: str | None = None,
        game: Game | None = None,
        settings: Settings | None = None,
        terminal: Terminal | None = None,
        drawn: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(settings, terminal)
        self._drawn = drawn
        self._opened: NimClient | None = None if callable(client) else client
        self._open_client = client if callable(client) else (lambda: client)
        self._vault = vault
        self._start: Start = start
        self._local = LocalBoards(heaps, rule, level)
        self._user, self._game = user, game
        self._made_account: PlayerSession | None = None
        # Whether stored sessions have been looked for, and whether somebody is signed in.
        self._looked = False
        self._signed_in = False
        # The code of an invitation that waits for somebody to sign in.
        self._code: str | None = None
        # Whose session ended while their games were open: signed in again, they continue there.
        self._lost: str | None = None

    def get_default_screen(self) -> Screen[None]:
        return WelcomeScreen(covered=self._start != "welcome")

    def on_mount(self) -> None:
        if self._start == "welcome":
            self.call_after_refresh(self._drawn)
            # Not before: this imports the backend, the keyring and httpx.
            self.call_after_refresh(self._begin)
        else:
            self.call_later(self._open_start)

    async def _open_start(self) -> None:
        await self._open_board(self._local.first(self._start))
        self.screen.call_after_refresh(self._board_drawn)

    async def _board_drawn(self) -> None:
        self._drawn()
        if isinstance(welcome := self.screen_stack[0], WelcomeScreen):
            await welcome.fill()

    @property
    def _client(self) -> NimClient:
        if self._opened is None:
            self._opened = self._open_client()
        return self._opened

    @property
    def _account(self) -> PlayerSession:
        if self._made_account is None:
            from nim_tui.account import PlayerSession

            self._made_account = PlayerSession(self._client, self._vault)
        return self._made_account

    def _begin(self, *, asked: bool = False) -> None:
        """Look for a stored session; `asked`: the person wants to sign in."""
        self._looked = True
        begin(self, partial(self._resume, self._user, asked=asked), group="session")

    async def _resume(self, user: str | None, *, asked: bool = False) -> None:
        try:
            outcome = await self._account.resume(user)
        except NimError as error:
            self.post_message(messages.PlaceFailed(error.message, asked))
        else:
            self.post_message(messages.Resumed(outcome, user, asked))

    async def on_resumed(self, event: messages.Resumed) -> None:
        outcome: ResumeOutcome = event.outcome
        self._signed_in = outcome == "signed_in"
        if not self._at_welcome:
            # Do not interrupt what the person has begun meanwhile. Signing in later opens the games
            # at once.
            return
        if outcome == "signed_in":
            await self._open_games()
            if self._game is not None:
                await self.on_game_wanted(messages.GameWanted(self._game))
        elif outcome == "choose":
            from nim_tui.screens.account.choose_session import ChooseSessionScreen

            await self._open(ChooseSessionScreen(self._account.names), self._chose_session)
        elif event.asked or event.user is not None:
            user = harmless(event.user or "")
            why = f"{clean(user)} has no session here. Sign in." if user else ""
            self.post_message(messages.SignInWanted(why, user))

    @property
    def _at_welcome(self) -> bool:
        """Whether the welcome screen is current; while the app ends there is no screen."""
        stack = [one for one in self.screen_stack if not isinstance(one, TooSmallScreen)]
        return bool(stack) and isinstance(stack[-1], WelcomeScreen)

    def _chose_session(self, name: str | None) -> None:
        if name is None:
            self.post_message(messages.SignInWanted())
        else:
            begin(self, partial(self._resume, name), group="session")

    def on_place_failed(self, event: messages.PlaceFailed) -> None:
        if event.asked:
            self.post_message(messages.SignInWanted(event.why))
        elif self._at_welcome:
            self.exit(return_code=CANNOT_OPEN, message=Text(f"nim-tui: {event.why}"))
        else:
            self.post_message(messages.Announcement(event.why))

    async def action_begin(self, choice: str) -> None:
        """Open one of the welcome screen's choices, by its id."""
        openers: dict[str, Callable[[], Awaitable[None]]] = {
            "practice": self.on_practice_wanted,
            "lessons": self.on_lessons_wanted,
            "hotseat": self.on_hotseat_wanted,
            "to-login": partial(self.on_sign_in_wanted, messages.SignInWanted()),
            "to-register": self.on_register_wanted,
            "to-code": self.on_code_wanted,
        }
        if self._at_welcome:
            await openers[choice]()

    async def on_practice_wanted(self) -> None:
        # After the last lesson too, leaving the board leads to the welcome screen.
        await self._to_welcome()
        await self._open_board(self._local.practice(self.settings))

    async def on_lessons_wanted(self) -> None:
        from nim_tui.screens.lessons import LessonsScreen

        await self._open(LessonsScreen())

    async def on_lesson_wanted(self, event: messages.LessonWanted) -> None:
        from nim_tui.matches import LessonMatch
        from nim_tui.model.lessons import LESSONS

        await self._open_board(LessonMatch(LESSONS[event.index], learned=self._learned))

    def _learned(self, lesson: Lesson) -> None:
        done = self.settings.lessons_done
        if lesson.idea.value not in done:
            self.choose(lessons_done=(*done, lesson.idea.value))

    async def on_hotseat_wanted(self) -> None:
        await self._open_board(self._local.hotseat(self.settings))

    async def on_options_wanted(self, event: messages.OptionsWanted) -> None:
        from nim_tui.screens.board_options import OptionsScreen

        scores = None if event.hotseat else self._local.scores
        done = "Done" if self._at_welcome else "New game"
        then = partial(self._chose_options, hotseat=event.hotseat)
        await self._open(OptionsScreen(self._local.options(self.settings), scores, done), then)

    def _chose_options(self, options: BoardOptions | None, *, hotseat: bool) -> None:
        """Apply what was chosen; over a board, begin a new game with it."""
        if options is None:
            return
        self._local.choose(options)
        self.choose(level=options.level, hotseat_names=options.names)
        if not self._at_welcome:
            wanted = messages.HotseatWanted() if hotseat else messages.PracticeWanted()
            self.post_message(wanted)

    async def on_game_wanted(self, event: messages.GameWanted) -> None:
        from nim_tui.matches import LiveMatch

        ends = self._client.features.refreshes
        await self._open_board(LiveMatch(self._client, event.game, ends=ends))

    async def on_account_wanted(self) -> None:
        from nim_tui.screens.account.account import AccountScreen

        account, delete = self._client.account, self._account.delete
        await self._open(AccountScreen(account, delete=delete, save=self.save_export))

    def save_export(self, export: Mapping[str, Any]) -> str:
        """Save what is kept about the player, where it is theirs. Returns a sentence about it."""
        from nim_tui.config.export import save_export

        return save_export(self._client.username or "", export, allowed=not self.is_web)

    async def on_review_wanted(self, event: messages.ReviewWanted) -> None:
        from nim_tui.screens.board.screen import BoardScreen

        await self.on_game_wanted(messages.GameWanted(event.game))
        if isinstance(self.screen, BoardScreen):
            self.screen.action_review()

    async def _open_board(self, match: Match) -> None:
        from nim_tui.screens.board.screen import BoardScreen

        if isinstance(self.screen, BoardScreen):
            await self.pop_screen()
        screen = BoardScreen(match)
        if (games := self._games_screen) is not None and match.listed:
            screen.see_lobby(games.lobby)
        await self._open(screen, lambda _: self._local.keep(screen.match))

    async def on_next_game_wanted(self, event: messages.NextGameWanted) -> None:
        games = self._games_screen
        game = games.lobby.next_waiting(event.after) if games is not None else None
        none = messages.Announcement(NOTHING_WAITS)
        self.post_message(messages.GameWanted(game) if game else none)

    def on_game_seen(self, event: messages.GameSeen) -> None:
        if (games := self._games_screen) is not None:
            games.see(event.game)

    def on_lobby_changed(self, event: messages.LobbyChanged) -> None:
        from nim_tui.screens.board.screen import BoardScreen

        for screen in self.screen_stack:
            if isinstance(screen, BoardScreen) and screen.match.listed:
                screen.see_lobby(event.lobby)

    @property
    def _games_screen(self) -> ListsGames | None:
        """The list of games, wherever it is in the stack; None while nobody is signed in."""
        return next((one for one in self.screen_stack if isinstance(one, ListsGames)), None)

    async def on_sign_in_wanted(self, event: messages.SignInWanted) -> None:
        from nim_tui.screens.account.login import LoginScreen

        if self._signed_in and not event.why:
            await self.on_signed_in()
            return
        if not self._looked:
            # The first screen was a board, so stored sessions have not been looked for yet.
            self._begin(asked=True)
            return
        await self._open_form(LoginScreen(self._account, why=event.why, name=event.name))

    async def on_register_wanted(self) -> None:
        from nim_tui.screens.account.register import RegisterScreen

        await self._open_form(RegisterScreen(self._account, self._code))

    async def on_code_wanted(self) -> None:
        from nim_tui.screens.code import CodeScreen

        screen = CodeScreen(self._client, signed_in=self._signed_in)
        await self._open(screen, self._chose_code)

    def _chose_code(self, chosen: CodeChosen | None) -> None:
        """Take an invitation, now or once somebody has signed in."""
        if chosen is None:
            return
        self._code = chosen.code
        wanted = messages.SignInWanted() if chosen.has_account else messages.RegisterWanted()
        self.post_message(messages.SignedIn() if self._signed_in else wanted)

    async def _accept(self, code: str) -> None:
        try:
            game = await self._client.invitations.accept(code)
        except NimError as error:
            self.post_message(messages.Announcement(error.message))
        else:
            self.post_message(messages.GameWanted(game))

    async def _open_form(self, screen: Screen[Any]) -> None:
        from nim_tui.screens.account.form import FormScreen

        if isinstance(self.screen, FormScreen):
            await self.pop_screen()
        # A problem with the keyring matters only to somebody who signs in.
        self._show_note()
        await self._open(screen, self._left_form)

    def _left_form(self, _: None) -> None:
        self._code = None
        if self._lost is not None:
            self.post_message(messages.SignOutWanted())

    async def on_signed_in(self) -> None:
        self._signed_in = True
        self._show_note()
        lost, self._lost = self._lost, None
        if lost is not None and lost == self._client.username:
            await self._continue()
        else:
            await self._to_welcome()
            await self._open_games()
        code, self._code = self._code, None
        if code is not None:
            begin(self, partial(self._accept, code), group="code")

    async def _continue(self) -> None:
        """Close the form; the screens below it listen again."""
        from nim_tui.screens.account.form import FormScreen

        while isinstance(self.screen, FormScreen | TooSmallScreen):
            await self.pop_screen()
        self._check_size(self.size)
        for screen in self.screen_stack:
            if isinstance(screen, Listener):
                screen.listen_again()

    async def _open_games(self) -> None:
        from nim_tui.screens.games.screen import GamesScreen

        await self._open(GamesScreen(self._client))

    async def on_sign_out_wanted(self) -> None:
        self._signed_in = False
        self._lost = None
        await self._to_welcome()
        self.on_games_waiting(messages.GamesWaiting(0))
        # It never fails: the session is forgotten here in any case.
        begin(self, self._account.sign_out, group="session")

    async def on_session_lost(self) -> None:
        self._signed_in = False
        games = self._games_screen
        if games is not None and self._lost is None:
            self._lost = games.lobby.viewer
            self.post_message(messages.SignInWanted(SESSION_OVER, self._lost))

    def _show_note(self) -> None:
        if note := self._account.take_note():
            self.post_message(messages.Announcement(note))

    def on_app_blur(self) -> None:
        self._client.slow = True

    def on_app_focus(self) -> None:
        self._client.slow = False

    async def on_unmount(self) -> None:
        self._write(self._attention.end())
        if self._opened is not None:
            await self._opened.close()
