"""The client of a backend: a method for each route, the same in every home.

Every answer becomes a value or one of the errors of `domain.errors`; what is no answer of a Nim
backend is `Unreachable`. httpx, and a backend in this process, are imported with the first request.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from backend.domain.errors import (
    BadRequest,
    GameOver,
    NimError,
    NoSuchGame,
    NoSuchRoute,
    NotSignedIn,
    WrongPassword,
)
from backend.domain.game import EndedBy, Game, State
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from nim_tui.client import tutorial_backend
from nim_tui.client.connection import Connection
from nim_tui.client.models import Features, GameList, Offline, Profile
from nim_tui.client.retry import Retries
from nim_tui.client.transports import (
    DirectAwsTransport,
    EmbeddedTransport,
    ServerTransport,
    Transport,
    server_url,
)
from nim_tui.client.watch import Pauses, WatchPace, follow

if TYPE_CHECKING:
    from nim_tui.client.http import Response

# Pages of a list that are fetched at most, 100 games each.
MOST_PAGES = 10

_GAME_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NimClient:
    """A player at one backend.

    Attributes:
        place: a stable key of the backend for the vault.
        place_name: what people call it.
        slow: set while nobody looks; watches then ask more rarely.
        signed_in: called, in a thread, after each successful sign-in or resumption.
        username: who is signed in, in the spelling of the registration.
        refresh_token: what the vault keeps; None where there is no session to renew.

    """

    def __init__(
        self,
        home: Transport,
        *,
        retries: Retries | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self.link = Connection(home)
        self.signed_in: Callable[[], None] | None = None
        self.pace = WatchPace(pauses or Pauses())
        self._retries = retries or Retries()

    @classmethod
    def embedded(cls, path: str | Path) -> NimClient:
        """A backend in this process on a SQLite file, which is touched with the first request."""
        return cls(EmbeddedTransport(Path(path).expanduser().absolute()))

    @classmethod
    def http(cls, url: str, *, insecure: bool = False) -> NimClient:
        """A backend on the network. Raises: BadAddress, also for plain http without `insecure`."""
        return cls(ServerTransport(server_url(url, insecure=insecure)))

    @classmethod
    def aws(cls, region: str | None = None, profile: str | None = None) -> NimClient:
        """Straight to AWS with the person's own credentials."""
        return cls(DirectAwsTransport(region, profile))

    def __repr__(self) -> str:
        return f"<NimClient of {self.place} as {self.username}>"

    @property
    def place(self) -> str:
        return self.link.home.place

    @property
    def place_name(self) -> str:
        return self.link.home.name

    @property
    def username(self) -> str | None:
        return self.link.username

    @property
    def refresh_token(self) -> str | None:
        return self.link.refresh_token

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

    async def register(
        self, username: str, password: str, email: str, phone: str | None = None
    ) -> None:
        """Make an account; it is not signed in by that. Raises: BadRequest, UserExists, …"""
        body = {"username": username, "password": password, "email": email}
        if phone:
            body["phoneNumber"] = phone
        checked(await self.link.ask("POST", "/users", body))

    async def sign_in(self, username: str, password: str, new_password: str | None = None) -> None:
        """Sign in. Raises: WrongPassword, SignInIncomplete (asks for `new_password`), …"""
        body = {"username": username, "password": password}
        if new_password is not None:
            body["newPassword"] = new_password
        answer = await self.link.ask("POST", "/login", body)
        try:
            checked(answer)
        except NotSignedIn as error:
            raise WrongPassword from error
        self.link.begin(username, answer)

    async def resume(self, refresh_token: str, username: str | None = None) -> None:
        """Go on with a kept session.

        Raises:
            NotSignedIn: it is no longer good.
            Unreachable: not known yet; the session is kept and the next request tries it again.

        """
        self.link.restore(refresh_token, username)
        await self.link.renew()

    async def sign_out(self) -> None:
        """End the session, at the backend too where it can be reached; never an error."""
        token = self.refresh_token
        self.link.forget()
        if token is None:
            return
        try:
            await self.link.ask("POST", "/logout", {"refreshToken": token}, seconds=3)
        except NimError:
            return  # the token dies of age; here it is forgotten already

    async def me(self) -> Profile:
        """The player's own account."""
        answer = checked(await self.link.ask_signed("GET", "/me"))
        from nim_tui.client import decoding

        return decoding.profile(answer)

    async def change_me(
        self,
        *,
        phone: str | None = None,
        notices: Literal["sms", "none"] | None = None,
    ) -> Profile:
        """Change the own phone number (`""` removes it) or whether notices go to it."""
        change: dict[str, Any] = {}
        if phone is not None:
            change["phoneNumber"] = phone or None
        if notices is not None:
            change["notices"] = notices
        answer = checked(await self.link.ask_signed("PATCH", "/me", change))
        from nim_tui.client import decoding

        return decoding.profile(answer)

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
            wish = tutorial_backend.invitation(opponent, heaps, rule, days_per_move)
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
            return tutorial_backend.settled(game, now, self.username, Move(heap, left), refusal)

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
        """All of the player's open games, now and whenever they change; see `watch`."""
        params = {"state": "open", "limit": "100"}

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Response:
            return await self._get_list(params, headers, seconds)

        async for games in follow(fetch, self._read_all_games, self.pace):
            yield games

    async def watch_game(self, game_id: str) -> AsyncGenerator[Game | Offline, None]:
        """One game, now and whenever it changes; see `nim_tui.client.watch`."""

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Response:
            return await self._get(_path(game_id), {}, headers, seconds)

        async def read(answer: Response) -> Game:
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
    ) -> Response:
        return checked(
            await self.link.ask_signed("GET", path, headers=headers, params=params, seconds=seconds)
        )

    async def _get_list(
        self,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        if not self.features.lists:
            raise NoSuchRoute("This backend keeps no list of games. Open a game by its id.")
        return await self._get("/games", params, headers, seconds)

    async def _read_all_games(self, answer: Response) -> GameList:
        """The list that an answer begins, with the pages after it."""
        page = self._read_games(answer)
        games, etag = page.games, page.etag
        for _ in range(MOST_PAGES - 1):
            if page.cursor is None:
                break
            page = await self.games("open", page.cursor)
            games += page.games
        return GameList(games, page.cursor, etag)

    def _read_games(self, answer: Response) -> GameList:
        from nim_tui.client import decoding

        return decoding.games(answer)

    def _read_game(self, answer: Response) -> Game:
        from nim_tui.client import decoding

        if not self.features.refreshes and decoding.empty(answer):
            raise NoSuchGame
        return decoding.game(answer)


def checked(answer: Response) -> Response:
    """The answer, when it is no refusal. Raises: NimError."""
    if answer.status in (200, 204, 304):
        return answer
    from nim_tui.client import decoding

    raise decoding.refused(answer)


def _path(game_id: str) -> str:
    if _GAME_ID.fullmatch(game_id) is None:
        raise NoSuchGame
    return f"/games/{game_id}"
