"""The client of a backend: a method for each route, the same in every home.

Every answer becomes a value or one of the errors of `backend.errors`; what is no answer of a Nim
backend is `Unreachable`. httpx, and a backend in this process, are imported with the first request.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import (
    BadRequest,
    GameOver,
    NoSuchGame,
    NoSuchRoute,
)
from backend.game import EndedBy, Game, State
from backend.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from nim_tui import tutorial
from nim_tui.answers import (
    BadAddress,
    CannotOpen,
    Features,
    GameList,
    Offline,
    Profile,
    Unreachable,
)
from nim_tui.link import Link
from nim_tui.people import PeopleRoutes, checked
from nim_tui.retries import Retries
from nim_tui.transport import Aws, Embedded, Home, Server, server_url
from nim_tui.watch import Pace, Pauses, follow

if TYPE_CHECKING:
    from nim_tui.exchange import Answer

__all__ = [
    "BadAddress",
    "CannotOpen",
    "Features",
    "GameList",
    "NimClient",
    "Offline",
    "Profile",
    "Retries",
    "Unreachable",
]

# Pages of a list that are fetched at most, 100 games each.
MOST_PAGES = 10

_GAME_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NimClient(PeopleRoutes):
    """A player at one backend.

    Attributes:
        place: a stable key of the backend for the vault.
        place_name: what people call it.
        slow: set while nobody looks; watches then ask more rarely.
        signed_in: called, in a thread, after each successful sign-in or resumption.

    """

    def __init__(
        self,
        home: Home,
        *,
        retries: Retries | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        super().__init__(Link(home))
        self.signed_in: Callable[[], None] | None = None
        self.pace = Pace(pauses or Pauses())
        self._retries = retries or Retries()

    @classmethod
    def embedded(cls, path: str | Path) -> NimClient:
        """A backend in this process on a SQLite file, which is touched with the first request."""
        return cls(Embedded(Path(path).expanduser().absolute()))

    @classmethod
    def http(cls, url: str, *, insecure: bool = False) -> NimClient:
        """A backend on the network. Raises: BadAddress, also for plain http without `insecure`."""
        return cls(Server(server_url(url, insecure=insecure)))

    @classmethod
    def aws(cls, region: str | None = None, profile: str | None = None) -> NimClient:
        """Straight to AWS with the person's own credentials."""
        return cls(Aws(region, profile))

    def __repr__(self) -> str:
        return f"<NimClient of {self.place} as {self.username}>"

    @property
    def place(self) -> str:
        return self.link.home.place

    @property
    def place_name(self) -> str:
        return self.link.home.name

    @property
    def features(self) -> Features:
        """What this backend can do, as far as its answers have shown."""
        return self.link.features

    @property
    def slow(self) -> bool:
        return self.pace.slow

    @slow.setter
    def slow(self, slow: bool) -> None:
        self.pace.slow = slow

    async def open(self) -> None:
        """Get ready to send; every request does so by itself. Raises: CannotOpen."""
        await self.link.open()

    async def close(self) -> None:
        """Let go of connections and of a backend in this process."""
        await self.link.close()

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList:
        """A page of the player's games. Raises: NoSuchRoute where the backend keeps no list."""
        params = {"state": state, "limit": str(limit)}
        if cursor is not None:
            params["cursor"] = cursor
        return self._read_games(await self._get_list(params))

    async def game(self, game_id: str) -> Game:
        """One game of the player's. Raises: NoSuchGame."""
        return self._read_game(await self._get(_path(game_id)))

    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> Game:
        """Invite somebody; the same `request_id` again answers the same game.

        Raises:
            BadRequest, NoSuchPlayer, TooManyGames.

        """
        if not self.features.refreshes:
            wish = tutorial.invitation(opponent, heaps, rule, days_per_move)
            return await self._post("/games", wish)
        body: dict[str, Any] = {
            "opponent": opponent,
            "heaps": list(heaps),
            "rule": rule,
            "daysPerMove": days_per_move,
        }
        if request_id is None:
            return await self._post("/games", body)
        return await self._retries.again(
            lambda: self._post("/games", body | {"requestId": request_id})
        )

    async def move(self, game: Game, heap: int, left: int) -> Game:
        """Leave `left` objects in heap number `heap` of the board that `game` shows.

        It carries the version on the screen, so sent again after a lost answer it counts once.

        Raises:
            MoveRefused: with the board as it stands, where the backend sends it.
            Unreachable: no answer came, several times; the same move may be sent again.

        """
        path = _path(game.game_id)
        body: dict[str, Any] = {"changedHeap": f"heap{heap}", "changedHeapValue": left}
        if self.features.refreshes:
            return await self._retries.again(
                lambda: self._post(path, body | {"version": game.version})
            )
        try:
            return await self._retries.again(lambda: self._post(path, body))
        except BadRequest as refusal:
            now = await self.game(game.game_id)
            return tutorial.settled(game, now, self.username, Move(heap, left), refusal)

    async def resign(self, game_id: str) -> Game:
        """Give up. Raises: GameOver."""
        return await self._end(game_id, "resign", "resign")

    async def claim(self, game_id: str) -> Game:
        """Win a game whose deadline has passed. Raises: NotExpired, GameOver."""
        return await self._end(game_id, "claim", "timeout")

    async def decline(self, game_id: str) -> Game:
        """Turn an invitation down. Raises: NotYourTurn, GameOver."""
        return await self._end(game_id, "decline", "decline")

    async def rematch(self, game_id: str) -> Game:
        """The same once more with the roles swapped; one game, whoever asks first."""
        return await self._retries.again(lambda: self._post(f"{_path(game_id)}/rematch"))

    async def watch_games(self) -> AsyncGenerator[GameList | Offline, None]:
        """All of the player's open games, now and whenever they change; see `nim_tui.watch`."""
        params = {"state": "open", "limit": "100"}

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Answer:
            return await self._get_list(params, headers, seconds)

        async for games in follow(fetch, self._read_all_games, self.pace):
            yield games

    async def watch_game(self, game_id: str) -> AsyncGenerator[Game | Offline, None]:
        """One game, now and whenever it changes; see `nim_tui.watch`."""

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Answer:
            return await self._get(_path(game_id), {}, headers, seconds)

        async def read(answer: Answer) -> Game:
            return self._read_game(answer)

        async for game in follow(fetch, read, self.pace):
            yield game

    async def _end(self, game_id: str, how: str, ended_by: EndedBy) -> Game:
        try:
            return await self._retries.again(lambda: self._post(f"{_path(game_id)}/{how}"))
        except GameOver as over:
            # Sent again after a lost answer: it is as it was wished.
            game = over.game
            if game is None or game.ended_by != ended_by:
                raise
            if (game.winner == self.username) != (ended_by == "timeout"):
                raise
            return game

    async def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Game:
        return self._read_game(checked(await self.link.ask_signed("POST", path, body)))

    async def _get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        return checked(
            await self.link.ask_signed("GET", path, headers=headers, params=params, seconds=seconds)
        )

    async def _get_list(
        self,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        if not self.features.lists:
            raise NoSuchRoute("This backend keeps no list of games. Open a game by its id.")
        return await self._get("/games", params, headers, seconds)

    async def _read_all_games(self, answer: Answer) -> GameList:
        """The list that an answer begins, with the pages after it."""
        page = self._read_games(answer)
        games, etag = page.games, page.etag
        for _ in range(MOST_PAGES - 1):
            if page.cursor is None:
                break
            page = await self.games("open", page.cursor)
            games += page.games
        return GameList(games, page.cursor, etag)

    def _read_games(self, answer: Answer) -> GameList:
        from nim_tui import reading

        return reading.games(answer)

    def _read_game(self, answer: Answer) -> Game:
        from nim_tui import reading

        if not self.features.refreshes and reading.empty(answer):
            raise NoSuchGame
        return reading.game(answer)


def _path(game_id: str) -> str:
    if _GAME_ID.fullmatch(game_id) is None:
        raise NoSuchGame
    return f"/games/{game_id}"
