"""Two people at the API: signed requests in one line each."""

from __future__ import annotations

from typing import Any

import httpx

from backend.domain.people import Registration
from tests.backend.api.people import MemoryPeople

PASSWORD = "Password1"


class Table:
    """People who are signed in, by name."""

    def __init__(self, http: httpx.AsyncClient, people: MemoryPeople) -> None:
        self.http = http
        self._people = people
        self._tokens: dict[str, str] = {}

    async def join(self, name: str) -> None:
        """A new account, signed in."""
        await self._people.register(Registration(name, PASSWORD, f"{name}@example.com", None))
        self._tokens[name] = self._people.session(name).id_token

    def token(self, name: str) -> str:
        """A player's ID token."""
        return self._tokens[name]

    async def get(self, name: str, path: str, **headers: str) -> httpx.Response:
        """GET as `name`; header names with _ for -."""
        signed = {"Authorization": self._tokens[name]}
        signed |= {header.replace("_", "-"): value for header, value in headers.items()}
        return await self.http.get(path, headers=signed)

    async def post(self, name: str, path: str, body: Any = None) -> httpx.Response:
        """POST as `name`, with a body as JSON where there is one."""
        headers = {"Authorization": self._tokens[name]}
        return await self.http.post(path, json=body, headers=headers)

    async def delete(self, name: str, path: str) -> httpx.Response:
        """DELETE as `name`."""
        return await self.http.delete(path, headers={"Authorization": self._tokens[name]})

    async def start(self, name: str, opponent: str, **more: Any) -> dict[str, Any]:
        """A new game."""
        answer = await self.post(name, "/games", {"opponent": opponent, **more})
        assert answer.status_code == 200, answer.text
        game: dict[str, Any] = answer.json()
        return game

    async def move(
        self, name: str, game: dict[str, Any], heap: str, left: int, version: int | None = None
    ) -> httpx.Response:
        """A move, with the version where one is given."""
        body: dict[str, Any] = {"changedHeap": heap, "changedHeapValue": left}
        if version is not None:
            body["version"] = version
        return await self.post(name, f"/games/{game['gameId']}", body)
