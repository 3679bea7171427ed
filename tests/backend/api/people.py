"""People kept in memory, for tests of the API: honest about the port, quick about passwords."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from backend.domain.errors import NoSuchPlayer, NotSignedIn, UserExists, WrongPassword
from backend.domain.people import Player, Registration, Session
from backend.service.ports import AccountClosing


class MemoryPeople:
    """An `Identity` without a database; tokens are random.

    Attributes:
        created: when accounts were created, where a test says so.
        marked: the names of the accounts that are closing.

    """

    contacts_required = False

    def __init__(self) -> None:
        self._players: dict[str, Player] = {}
        self._passwords: dict[str, str] = {}
        self._id_tokens: dict[str, str] = {}
        self._refresh_tokens: dict[str, str] = {}
        self.created: dict[str, datetime] = {}
        self.marked: set[str] = set()

    async def register(self, form: Registration) -> Player:
        key = form.username.casefold()
        if key in self._players:
            raise UserExists
        self._players[key] = Player(form.username, form.email, form.phone)
        self._passwords[key] = form.password
        return self._players[key]

    async def register_invited(self, form: Registration) -> Player:
        return await self.register(form)

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        key = username.casefold()
        if self._passwords.get(key) != password:
            raise WrongPassword
        if self._players[key].username in self.marked:
            raise AccountClosing(self._players[key].username)
        return self.session(self._players[key].username)

    def session(self, username: str) -> Session:
        """Tokens without a password."""
        id_token, refresh_token = secrets.token_hex(16), secrets.token_hex(16)
        self._id_tokens[id_token] = username
        self._refresh_tokens[refresh_token] = username
        return Session(id_token, refresh_token, 3600)

    async def refresh(self, refresh_token: str) -> Session:
        if refresh_token not in self._refresh_tokens:
            raise NotSignedIn
        return self.session(self._refresh_tokens[refresh_token])

    async def revoke(self, refresh_token: str) -> None:
        self._refresh_tokens.pop(refresh_token, None)

    async def verify(self, id_token: str) -> str:
        username = self._id_tokens.get(id_token)
        if username is None or username in self.marked:
            raise NotSignedIn
        return username

    async def owned_from(self, username: str) -> datetime | None:
        return self.created.get(username)

    async def find(self, username: str) -> Player | None:
        player = self._players.get(username.casefold())
        return None if player is None or player.username in self.marked else player

    async def update(self, player: Player) -> Player:
        self._players[player.username.casefold()] = player
        return player

    async def change_password(self, username: str, password: str, new_password: str) -> None:
        await self.sign_in(username, password)
        await self.set_password(username, new_password)

    async def set_password(self, username: str, new_password: str) -> None:
        player = await self.find(username)
        if player is None:
            raise NoSuchPlayer
        self._passwords[username.casefold()] = new_password
        for tokens in (self._id_tokens, self._refresh_tokens):
            for token in [token for token, name in tokens.items() if name == player.username]:
                del tokens[token]

    async def players(self) -> Sequence[Player]:
        return sorted(self._players.values(), key=lambda player: player.username)

    async def add(self, username: str) -> str:
        await self.register(Registration(username, "OneTime11", "nobody@example.com", None))
        return "OneTime11"

    async def reset(self, username: str) -> str:
        if username.casefold() not in self._players:
            raise NoSuchPlayer
        self._passwords[username.casefold()] = "OneTime22"
        return "OneTime22"

    async def begin_closing(self, username: str) -> Player:
        player = self._players.get(username.casefold())
        if player is None:
            raise NoSuchPlayer
        self.marked.add(player.username)
        return player

    async def closing(self, usernames: Collection[str]) -> Collection[str]:
        gone = {name for name in usernames if name.casefold() not in self._players}
        return gone | (self.marked & set(usernames))

    async def all_closing(self) -> Sequence[str]:
        return sorted(self.marked)

    async def delete(self, username: str) -> None:
        player = self._players.pop(username.casefold(), None)
        if player is None:
            raise NoSuchPlayer
        self.marked.discard(player.username)

    async def close(self) -> None:
        self._id_tokens.clear()
