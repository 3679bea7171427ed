"""The menu: boards without an account, lessons, and the way to one's games."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from backend.domain.nim import LEVELS, Level
from nim_tui.accessible import accounts, invitations, spoken
from nim_tui.accessible.console import Console, WentBack
from nim_tui.accessible.games import Games
from nim_tui.accessible.play import NOT_AN_ANSWER, Leave, Play
from nim_tui.account import PlayerSession
from nim_tui.client.client import NimClient
from nim_tui.config.settings import Settings, save_settings
from nim_tui.launch import LaunchOptions
from nim_tui.matches import DemoMatch, HotseatMatch, LessonMatch, Match, PracticeMatch
from nim_tui.model.board_options import Scores
from nim_tui.model.lessons import LESSONS, Lesson
from nim_tui.text import lessons as lesson_text
from nim_tui.tokens import Vault

QUESTION = "Menu: practice, two players, lessons, games, code, register, or quit?"
ANSWERS = (
    "practice: against the computer. practice easy, medium or perfect: at that level.",
    "two players: at one keyboard.",
    "lessons: learn to win.",
    "games: your games with other people; sign in first.",
    "code: joins a game by the code or the line that you were sent, also without an account yet.",
    "register: makes an account.",
    "sign in: as somebody else.",
    "demo: two computers play until you answer.",
    "quit: leaves the program.",
)
SESSION_OVER = "Your session has ended. Sign in again; your games are saved."


class Menu:
    """A person at a console, from the first question to the last."""

    def __init__(
        self,
        console: Console,
        client: NimClient,
        options: LaunchOptions,
        settings: Settings,
        *,
        vault: Vault | None = None,
    ) -> None:
        self._console = console
        self._client = client
        self._options = options
        self._settings = settings
        self._session = PlayerSession(client, vault)
        # The level of the command line, where it asks for practice, else the person's own.
        self._level = options.level if options.start == "practice" else settings.level
        self._looked = self._signed_in = False
        self._scores = Scores()
        self._kept: dict[str, Match] = {}

    async def run(self) -> None:
        """Serve until the person leaves. Raises: InputEnded, QuitWanted, CannotOpen."""
        if self._options.start == "welcome":
            await self._resume(self._options.user)
            if self._signed_in:
                await self._games()
        else:
            await self._do(self._options.start)
        while True:
            answer = await self._console.ask(QUESTION)
            if answer.casefold() in ("quit", "back"):
                return
            await self._do(answer)

    async def close(self) -> None:
        """Finish what goes on in the background, and close the client."""
        await self._session.settle()
        await self._client.close()

    async def _do(self, answer: str) -> None:
        match answer.casefold().split():
            case ["practice"]:
                await self._practice()
            case ["practice", "easy" | "medium" | "perfect" as level]:
                await self._practice(next(known for known in LEVELS if known == level))
            case ["two", "players"] | ["hotseat"]:
                await self._hotseat()
            case ["lessons"] | ["lesson"]:
                await self._lessons()
            case ["demo"]:
                await self._demo()
            case ["games"] | ["list"]:
                await self._games()
            case ["code", *_]:
                await self._code(answer.split(maxsplit=1)[-1] if " " in answer else "")
            case ["nim-tui", "join", *_]:
                await self._code(answer)
            case ["sign", "in"] | ["login"]:
                self._signed_in = await accounts.sign_in(self._console, self._session)
                if self._signed_in:
                    await self._games()
            case ["register"]:
                self._signed_in = await accounts.register(self._console, self._session)
                if self._signed_in:
                    await self._games()
            case ["?"] | ["help"]:
                for line in ANSWERS:
                    self._console.say(line)
            case []:
                return
            case _:
                self._console.say(NOT_AN_ANSWER)

    # -- boards without an account -----------------------------------------------------------------

    async def _practice(self, level: Level | None = None) -> None:
        kept = self._kept.pop("practice", None) if level is None else None
        options = self._options
        match = kept or PracticeMatch(
            level or self._level, options.heaps, options.rule, scores=self._scores, pause=_at_once
        )
        await self._play("practice", match)

    async def _hotseat(self) -> None:
        names, options = self._settings.hotseat_names, self._options
        match = self._kept.pop("hotseat", None) or HotseatMatch(names, options.heaps, options.rule)
        await self._play("hotseat", match)

    async def _play(self, kind: str, match: Match) -> Leave:
        """Play, and keep a game that would be lost otherwise: coming back continues it."""
        play = Play(self._console, match, confirm=self._settings.confirm_moves)
        outcome = await play.run()
        if play.match.game.state == "open" and play.match.game.moves:
            self._kept[kind] = play.match
        return outcome

    async def _lessons(self) -> None:
        while True:
            for number, lesson in enumerate(LESSONS, 1):
                won = " Won." if lesson.idea.value in self._settings.lessons_done else ""
                self._console.say(f"Lesson {number}: {lesson_text.title(lesson)}.{won}")
            try:
                answer = await self._console.ask_for("Which lesson? Answer its number, or back.")
            except WentBack:
                return
            if not (answer.isdecimal() and 0 < int(answer[:3]) <= len(LESSONS)):
                self._console.say(NOT_AN_ANSWER)
                continue
            lesson = LESSONS[int(answer[:3]) - 1]
            match = LessonMatch(lesson, learned=self._learned, pause=_at_once)
            play = Play(self._console, match, confirm=self._settings.confirm_moves)
            if await play.run() is Leave.PRACTICE:
                await self._practice()
                return

    def _learned(self, lesson: Lesson) -> None:
        done = self._settings.lessons_done
        if lesson.idea.value in done:
            return
        self._settings = replace(self._settings, lessons_done=(*done, lesson.idea.value))
        if problem := save_settings(self._settings):
            self._console.say(spoken.sentence(problem))

    async def _demo(self) -> None:
        """Tell games of two computers until somebody answers."""
        console, options = self._console, self._options
        stopped = False

        async def pause(seconds: float) -> None:
            nonlocal stopped
            stopped = stopped or await console.answered_within(seconds)

        match = DemoMatch(options.heaps, options.rule, pause=pause)
        console.say(spoken.opening(match))
        console.say(spoken.board(match.game.heaps))
        if console.interactive:
            console.say("Press Enter to stop.")
        async for game in match.changes():
            assert isinstance(game, Game)
            # Without anybody at the keyboard the game is told to its end.
            if stopped and (console.interactive or game.game_id != match.game.game_id):
                return
            match.take_over(game)
            console.say(f"{spoken.last_move(match.game, None)} {spoken.board(match.game.heaps)}")
            if match.game.turn is None:
                console.say(spoken.turn(match.game, None))

    # -- the person's account ----------------------------------------------------------------------

    async def _resume(self, user: str | None) -> None:
        """Continue a stored session. Raises: CannotOpen."""
        self._looked = True
        outcome = await self._session.resume(user)
        if outcome == "choose":
            try:
                chosen = await accounts.choose_player(self._console, self._session)
            except WentBack:
                chosen = None
            outcome = "signed_out" if chosen is None else await self._session.resume(chosen)
        self._signed_in = outcome == "signed_in"
        if user is not None and not self._signed_in:
            self._console.say(f"{spoken.name(user)} has no session here. Answer games to sign in.")

    async def _code(self, typed: str) -> None:
        """Join a game by its code; whoever has no account here makes one first."""
        console, session = self._console, self._session
        try:
            if not (self._signed_in or self._looked):
                await self._resume(self._options.user)
            code = await invitations.look(console, self._client, typed)
            if not self._signed_in:
                known = await console.confirm("Have you an account here?")
                self._signed_in = (
                    await accounts.sign_in(console, session)
                    if known
                    else await accounts.register(console, session, code)
                )
        except WentBack:
            return
        except NimError as error:
            console.say(spoken.sentence(error.message))
            return
        if self._signed_in:
            await self._games(code)

    async def _games(self, code: str | None = None) -> None:
        """The games of the person, who signs in first where that is needed."""
        if not (self._signed_in or self._looked):
            try:
                await self._resume(self._options.user)
            except NimError as error:
                self._console.say(spoken.sentence(error.message))
                return
        self._signed_in = self._signed_in or await accounts.sign_in(self._console, self._session)
        while self._signed_in:
            who = self._client.username or ""
            games = Games(self._console, self._client, confirm=self._settings.confirm_moves)
            try:
                if not await games.run(code):
                    await self._session.sign_out()
                    self._signed_in = False
                    self._console.say("Signed out.")
                return
            except NotSignedIn:
                self._console.say(SESSION_OVER)
                code = None
                self._signed_in = await accounts.sign_in(self._console, self._session, who)


async def _at_once(seconds: float) -> None:
    """Nothing moves here that a pause would let the person watch."""
    await asyncio.sleep(0)
