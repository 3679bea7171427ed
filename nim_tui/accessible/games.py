"""The games of the person who is signed in: the list, a new game, and news of other boards."""

from __future__ import annotations

import argparse
import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backend.domain.clock import utc_now
from backend.domain.errors import NimError, NotSignedIn
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, RULES, Heaps, Rule
from nim_tui.accessible import invitations, spoken
from nim_tui.accessible.console import Console, QuitWanted, WentBack
from nim_tui.accessible.play import NOT_AN_ANSWER, Leave, Play
from nim_tui.client.client import NimClient
from nim_tui.client.offline import Offline
from nim_tui.matches import LiveMatch
from nim_tui.options import heaps as read_heaps
from nim_tui.screens.games.session import GamesSession, GamesUpdate
from nim_tui.text.news import News

QUESTION = "Which game? Answer its number, new, invite, code, sign out, back, or ? to hear more."
ANSWERS = (
    "1: opens game 1 of the list.",
    "new: invites somebody. new bob: invites bob.",
    "invite: an invitation for whoever has its code, also without an account yet.",
    "invitations: those that nobody has taken. withdraw CODE: ends one.",
    "code: joins a game by the code or the line that you were sent.",
    "open ID: opens a game by its id, or its beginning.",
    "next: opens the next game that waits for you.",
    "finished: your finished games.",
    "list: the list again. An empty answer does the same.",
    "sign out: ends your session here.",
    "back: leaves the list, and stays signed in. quit: leaves the program.",
)
NOTHING_WAITS = "It is not your turn in any other game."
NO_LIST = "This server keeps no list of games. Answer open and a game's id, or new."
FIRST_LIST_SECONDS = 20.0


class Games:
    """The list of games at a console, kept up to date while it is used."""

    def __init__(self, console: Console, client: NimClient, *, confirm: bool = False) -> None:
        self._console = console
        self._client = client
        self._confirm = confirm
        self._session = GamesSession(client.username or "")
        self._listed: Sequence[Game] = ()
        self._playing: Play | None = None
        self._first = asyncio.Event()
        self._ended: NimError | None = None
        # Asking twice for the same game, after a lost answer, must not make two.
        self._requests: dict[tuple[str, Heaps, Rule, int | None], str] = {}

    async def run(self, code: str | None = None) -> bool:
        """Serve the list until the person leaves it; first the game of an invitation's `code`.

        Returns:
            Whether they are still signed in.

        Raises:
            InputEnded, QuitWanted, NotSignedIn.

        """
        async with self._watching():
            if code is None:
                self._tell()
            else:
                await self._do(["accept", code])
            while True:
                words = (await self._console.ask(QUESTION)).split()
                if isinstance(self._ended, NotSignedIn):
                    raise self._ended
                match [word.casefold() for word in words]:
                    case ["back"]:
                        return True
                    case ["sign", "out"] | ["signout"]:
                        return False
                    case ["quit"]:
                        raise QuitWanted
                    case _:
                        await self._do(words)

    async def _do(self, words: Sequence[str]) -> None:
        """Do what was answered."""
        try:
            match [word.casefold() for word in words]:
                case [] | ["list"]:
                    self._tell()
                case ["?"] | ["help"]:
                    for line in ANSWERS:
                        self._console.say(line)
                case ["finished"]:
                    await self._tell_finished()
                case ["next"]:
                    await self._open_next(None)
                case ["new"] | ["new", _]:
                    await self._new(words[1] if len(words) == 2 else "")
                case ["invite"]:
                    await self._invite()
                case ["invitations"]:
                    await invitations.tell_mine(self._console, self._client)
                case ["withdraw", _]:
                    await invitations.withdraw(self._console, self._client, words[1])
                case ["accept", code]:
                    await self._open(await self._client.invitations.accept(code))
                case ["code", *_] | ["nim-tui", "join", *_]:
                    typed = " ".join(words if words[0] == "nim-tui" else words[1:])
                    await self._open(await invitations.take(self._console, self._client, typed))
                case ["open", _]:
                    await self._open(await self._find(words[1]))
                case [number] if number.isdecimal() and 0 < int(number[:6]) <= len(self._listed):
                    await self._open(self._listed[int(number[:6]) - 1])
                case _:
                    self._console.say(NOT_AN_ANSWER)
        except WentBack:
            self._tell()
        except NotSignedIn:
            raise
        except NimError as error:
            self._console.say(spoken.sentence(error.message))

    async def _find(self, beginning: str) -> Game:
        from nim_tui.shell.ids import find_game

        if self._session.state.listless:
            return await self._client.game(beginning)
        return await find_game(self._client, beginning)

    # -- the list and its news ---------------------------------------------------------------------

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Keep the list up to date, from the first answer on."""
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.wait(
                [watch, first := asyncio.create_task(self._first.wait())],
                timeout=FIRST_LIST_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            first.cancel()
            yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _watch(self) -> None:
        try:
            async for seen in self._client.watch_games():
                if isinstance(seen, Offline):
                    if self._session.state.offline is None:
                        self._console.say(f"Offline: {spoken.sentence(seen.message)}")
                    self._session.lost(seen)
                else:
                    if self._session.state.offline is not None:
                        self._console.say("Connected again.")
                    await self._take_in(self._session.listed(seen.games))
                self._first.set()
        except NimError as error:
            self._ended = error
            signed_in = self._session.failed(error)
            if not self._session.state.listless:
                again = "" if signed_in else " Answer anything to go on."
                self._console.say(f"{spoken.sentence(error.message)}{again}")

    async def _take_in(self, update: GamesUpdate) -> None:
        self._announce(update.news)
        if update.load_finished:
            try:
                page = await self._client.games("done")
            except NotSignedIn:
                raise
            except NimError:
                self._session.finished_failed()  # the next change asks for them again
            else:
                more = page.cursor is not None
                self._announce(self._session.finished(page.games, more=more).news)

    def _announce(self, news: Sequence[News]) -> None:
        """Say what has happened in other games than the one that is being played."""
        playing = self._playing.match.game.game_id if self._playing else None
        for item in news:
            if item.game_id != playing:
                self._console.say(f"News: {spoken.sentence(item.text)}")

    def _tell(self) -> None:
        lobby, say = self._session.lobby, self._console.say
        me = spoken.name(self._client.username or "")
        say(f"Player: {me}. Place: {spoken.name(self._client.place_name)}.")
        if self._session.state.listless:
            say(NO_LIST)
            return
        say(f"Waiting for you: {len(lobby.your_turn)}. For your opponents: {len(lobby.waiting)}.")
        self._tell_games([*lobby.your_turn, *lobby.waiting])

    async def _tell_finished(self) -> None:
        page = await self._client.games("done")
        self._console.say(f"Finished games: {len(page.games)}, the latest first.")
        self._tell_games(page.games)

    def _tell_games(self, games: Sequence[Game]) -> None:
        self._listed = games
        for number, game in enumerate(games, 1):
            self._console.say(spoken.row(number, game, self._session.lobby.viewer, utc_now()))

    # -- boards ------------------------------------------------------------------------------------

    async def _open(self, game: Game) -> None:
        ends = self._client.features.refreshes
        self._session.add(game)
        play = Play(self._console, LiveMatch(self._client, game, ends=ends), confirm=self._confirm)
        self._playing = play
        try:
            outcome = await play.run()
        finally:
            self._playing = None
            self._session.see(play.match.game)
        if outcome is Leave.NEXT:
            await self._open_next(play.match.game.game_id)
        else:
            self._tell()

    async def _open_next(self, after: str | None) -> None:
        if (game := self._session.lobby.next_waiting(after)) is None:
            self._console.say(NOTHING_WAITS)
        else:
            await self._open(game)

    async def _new(self, opponent: str) -> None:
        """Ask for what a game needs, and invite."""
        ask = self._console.ask_for
        opponent = opponent or await ask("Opponent: which username? An empty answer goes back.")
        if not opponent:
            raise WentBack
        heaps, rule, days = await self._start()
        wanted = (opponent, heaps, rule, days)
        request_id = self._requests.setdefault(wanted, secrets.token_hex(16))
        game = await self._client.new_game(
            opponent, heaps=heaps, rule=rule, days_per_move=days, request_id=request_id
        )
        del self._requests[wanted]
        if self._session.state.listless:
            self._console.say(f"Game id: {spoken.name(game.game_id)}. Send it to your opponent.")
        await self._open(game)

    async def _invite(self) -> None:
        """Ask for what a game needs, and make an invitation that anybody may take."""
        heaps, rule, days = await self._start()
        wanted = ("", heaps, rule, days)
        request_id = self._requests.setdefault(wanted, secrets.token_hex(16))
        made = await self._client.invitations.make(
            heaps=heaps, rule=rule, days_per_move=days, request_id=request_id
        )
        del self._requests[wanted]
        invitations.tell(self._console, self._client, made)

    async def _start(self) -> tuple[Heaps, Rule, int | None]:
        return await self._heaps(), await self._rule(), await self._days()

    async def _heaps(self) -> Heaps:
        question = "Heaps? Three numbers. An empty answer is 5 4 5."
        while answer := await self._console.ask_for(question):
            try:
                return read_heaps(",".join(answer.replace(",", " ").split()))
            except argparse.ArgumentTypeError as error:
                self._console.say(f"Heaps: {spoken.sentence(str(error))}")
        return DEFAULT_HEAPS

    async def _rule(self) -> Rule:
        question = (
            "Rule? misere: the last object loses. normal: it wins. An empty answer is misere."
        )
        while answer := (await self._console.ask_for(question)).casefold():
            for rule in RULES:
                if answer.replace("è", "e") == rule:
                    return rule
        return "misere"

    async def _days(self) -> int | None:
        question = "Days for each move? 1 to 14. An empty answer is no limit."
        while answer := await self._console.ask_for(question):
            if answer.isdecimal() and 1 <= int(answer[:4]) <= 14:
                return int(answer)
        return None
