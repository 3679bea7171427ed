"""People kept in memory, for tests of the API: honest about the port, quick about passwords."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from backend.domain.errors import NoSuchPlayer, NotSignedIn, UserExists, WrongPassword
from backend.domain.people import NoticesBy, Player, Registration, Session


class MemoryPeople:
    """An `Identity` without a database; tokens are random."""

    phone_required = False

    def __init__(self) -> None:
        self._players: dict[str, Player] = {}
        self._passwords: dict[str, str] = {}
        self._id_tokens: dict[str, str] = {}
        self._refresh_tokens: dict[str, str] = {}

    async def register(self, form: Registration) -> Player:
        key = form.username.casefold()
        if key in self._players:
            raise UserExists
        self._players[key] = Player(form.username, form.email, form.phone)
        self._passwords[key] = form.password
        return self._players[key]

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        key = username.casefold()
        if self._passwords.get(key) != password:
            raise WrongPassword
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
        if id_token not in self._id_tokens:
            raise NotSignedIn
        return self._id_tokens[id_token]

    async def find(self, username: str) -> Player | None:
        return self._players.get(username.casefold())

    async def update(self, username: str, *, phone: str | None, notices: NoticesBy) -> Player:
        key = username.casefold()
        self._players[key] = replace(self._players[key], phone=phone, notices=notices)
        return self._players[key]

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

    async def delete(self, username: str) -> None:
        if self._players.pop(username.casefold(), None) is None:
            raise NoSuchPlayer

    async def close(self) -> None:
        self._id_tokens.clear()
