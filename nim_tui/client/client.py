"""The client of a backend: one method for each route, the same over every transport.

Every response becomes a model or one of the errors of `backend.domain.errors`; what no Nim backend
would send is `Unreachable`. httpx, and a backend in this process, are imported with the first
request.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.domain.errors import (
    BadRequest,
    GameOver,
    NoSuchGame,
    NoSuchRoute,
)
from backend.domain.game import EndedBy, Game, State
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from backend.domain.opponents import Opponent
from nim_tui.client import tutorial_backend
from nim_tui.client.account import AccountRequests
from nim_tui.client.address import server_url
from nim_tui.client.connection import Connection
from nim_tui.client.models import Features, GameList
from nim_tui.client.offline import Offline
from nim_tui.client.retry import Retries
from nim_tui.client.transports import (
    DirectAwsTransport,
    EmbeddedTransport,
    ServerTransport,
    Transport,
)
from nim_tui.client.watch import Pauses, WatchPace, follow

if TYPE_CHECKING:
    from nim_tui.client.decoding import Response
    from nim_tui.client.invitations import InvitationRequests

# The most pages of a list that are fetched, of 100 games each.
MOST_PAGES = 10

_GAME_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NimClient:
    """A player at one backend.

    Attributes:
        connection: carries the requests and the session.
        account: the requests about the player's own account.
        signed_in: called, in a thread, after each successful sign-in or resumption.
        pace: the pauses of the watches.
        given_name: what the person calls this place; None where it has no name.

    """

    def __init__(
        self,
        transport: Transport,
        *,
        retries: Retries | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self.connection = Connection(transport)
        self.account = AccountRequests(self.connection)
        self._retries = retries or Retries()
        self.given_name: str | None = None
        self.signed_in: Callable[[], None] | None = None
        self.pace = WatchPace(pauses or Pauses())

    @cached_property
    def invitations(self) -> InvitationRequests:
        """The requests about open invitations, which load what makes codes."""
        from nim_tui.client.invitations import InvitationRequests

        return InvitationRequests(self.connection, self._retries)

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
        """A stable key of the backend for the vault."""
        return self.connection.transport.place

    @property
    def place_name(self) -> str:
        """What people call the backend: the name that they gave it, or else the transport's."""
        return self.given_name or self.connection.transport.name

    @property
    def private(self) -> bool:
        """Whether nobody on the network can read what is sent."""
        return self.connection.transport.private

    @property
    def username(self) -> str | None:
        """The signed-in player, in the spelling of the registration."""
        return self.connection.username

    @property
    def refresh_token(self) -> str | None:
        """What the vault keeps; None where there is no session to renew."""
        return self.connection.refresh_token

    @property
    def features(self) -> Features:
        """What this backend can do, as far as its responses have shown."""
        return self.connection.features

    @property
    def slow(self) -> bool:
        """Whether the person looks elsewhere; watches then ask more rarely."""
        return self.pace.slow

    @slow.setter
    def slow(self, slow: bool) -> None:
        self.pace.slow = slow

    async def open(self) -> None:
        """Get ready to send; every request does so by itself. Raises: CannotOpen."""
        await self.connection.open()

    async def check(self) -> None:
        """Find out whether the place can be used, as cheaply as possible. Raises: CannotOpen."""
        await self.connection.check()

    async def close(self) -> None:
        """Close the connections, and a backend in this process."""
        await self.connection.close()

    async def register(
        self,
        username: str,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        invitation: str | None = None,
    ) -> None:
        """Make an account, without signing in.

        Where registration is closed, the code of an `invitation` may open it.

        Raises:
            BadRequest, UserExists, RegistrationClosed, …

        """
        body = {"username": username, "password": password}
        if email:
            body["email"] = email
        if phone:
            body["phoneNumber"] = phone
        if invitation:
            body["invitation"] = invitation
        (await self.connection.send("POST", "/users", body)).confirm()

    async def sign_in(self, username: str, password: str, new_password: str | None = None) -> None:
        """Sign in. Raises: WrongPassword, SignInIncomplete (asks for `new_password`), …"""
        await self.connection.sign_in(username, password, new_password)

    async def resume(self, refresh_token: str, username: str | None = None) -> None:
        """Continue a stored session.

        Raises:
            NotSignedIn: it is no longer good.
            Unreachable: not known yet; the session is kept and the next request tries it again.

        """
        await self.connection.resume(refresh_token, username)

    async def sign_out(self) -> None:
        """End the session, at the backend too where it can be reached; never an error."""
        await self.connection.sign_out()

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList:
        """A page of the player's games. Raises: NoSuchRoute where the backend keeps no list."""
        params = {"state": state, "limit": str(limit)}
        if cursor is not None:
            params["cursor"] = cursor
        return (await self._send_list(params)).games()

    async def opponents(self) -> tuple[Opponent, ...]:
        """Whom the player has played with, those played last first."""
        return (await self.connection.send_authorized("GET", "/opponents")).opponents()

    async def game(self, game_id: str) -> Game:
        """One game of the player's. Raises: NoSuchGame."""
        return self._game(await self.connection.send_authorized("GET", _path(game_id)))

    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> Game:
        """Invite somebody; repeating the same `request_id` returns the same game.

        Raises:
            BadRequest, NoSuchPlayer, TooManyGames.

        """
        if not self.features.refreshes:
            return await self._post(
                "/games", tutorial_backend.new_game_body(opponent, heaps, rule, days_per_move)
            )
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

        It carries the version and the heaps on the screen, so it counts once even when sent again,
        and never on a board that was not seen.

        Raises:
            MoveRefused: with the board as it stands, where the backend sends it.
            Unreachable: no response came, several times; the same move may be sent again.

        """
        path = _path(game.game_id)
        body: dict[str, Any] = {"changedHeap": f"heap{heap}", "changedHeapValue": left}
        seen = {"version": game.version, "seenHeaps": list(game.heaps)}
        if self.features.refreshes:
            return await self._retries.again(lambda: self._post(path, body | seen))
        try:
            return await self._retries.again(lambda: self._post(path, body))
        except BadRequest as refusal:
            now = await self.game(game.game_id)
            move = Move(heap, left)
            return tutorial_backend.after_refusal(game, now, self.username, move, refusal)

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
        """A new game with the roles swapped; the same one, whichever player asks first."""
        return await self._retries.again(lambda: self._post(f"{_path(game_id)}/rematch"))

    async def watch_games(self) -> AsyncGenerator[GameList | Offline, None]:
        """All of the player's open games, now and whenever they change; see `watch`."""
        params = {"state": "open", "limit": "100"}

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Response:
            return await self._send_list(params, headers, seconds)

        async for games in follow(fetch, self._all_games, self.pace):
            yield games

    async def watch_game(self, game_id: str) -> AsyncGenerator[Game | Offline, None]:
        """One game, now and whenever it changes; see `nim_tui.client.watch`."""

        async def fetch(headers: Mapping[str, str], seconds: float | None) -> Response:
            return await self.connection.send_authorized(
                "GET", _path(game_id), headers=headers, seconds=seconds
            )

        async def read(response: Response) -> Game:
            return self._game(response)

        async for game in follow(fetch, read, self.pace):
            yield game

    async def _end(self, game_id: str, route: str, ended_by: EndedBy) -> Game:
        try:
            return await self._retries.again(lambda: self._post(f"{_path(game_id)}/{route}"))
        except GameOver as over:
            # A repeated request whose first response was lost: it has ended as requested.
            game = over.game
            if game is None or game.ended_by != ended_by:
                raise
            if (game.winner == self.username) != (ended_by == "timeout"):
                raise
            if ended_by == "decline" and self.username not in (game.user2, game.invited):
                raise
            return game

    async def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Game:
        return self._game(await self.connection.send_authorized("POST", path, body))

    async def _send_list(
        self,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        if not self.features.lists:
            raise NoSuchRoute("This backend keeps no list of games. Open a game by its id.")
        return await self.connection.send_authorized(
            "GET", "/games", headers=headers, params=params, seconds=seconds
        )

    async def _all_games(self, first: Response) -> GameList:
        """The list whose first page is this response, with the pages that follow."""
        page = first.games()
        games, etag = page.games, page.etag
        for _ in range(MOST_PAGES - 1):
            if page.cursor is None:
                break
            page = await self.games("open", page.cursor)
            games += page.games
        return GameList(games, page.cursor, etag)

    def _game(self, response: Response) -> Game:
        return response.game(empty_is_missing=not self.features.refreshes)


def _path(game_id: str) -> str:
    if _GAME_ID.fullmatch(game_id) is None:
        raise NoSuchGame
    return f"/games/{game_id}"
