"""The composition root: which adapters make which backend. Nothing else puts them together.

Adapters are imported where they are chosen, so that a backend pays only for its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.api import create_app
from backend.api.app import Api
from backend.errors import Unavailable
from backend.limits import Limits
from backend.ports import Courier, GameStore, Identity
from backend.service import Service
from backend.settings import Settings, StoreChoice


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend, ready to answer on the event loop that first uses it."""

    app: Api
    service: Service

    async def check(self) -> None:
        """Read once: a store that cannot be used is told at the start. Raises: Unavailable."""
        await self.service.games.get("2222222222222222")

    async def close(self) -> None:
        """Answer what is held, finish what is being written, let go of everything."""
        self.app.close_soon()
        await self.service.close()


def assemble(
    *,
    games: GameStore,
    people: Identity,
    store_name: str,
    courier: Courier | None = None,
    holds: bool = True,
    registration_open: bool = True,
    limits: Limits | None = None,
) -> Backend:
    """A backend from its adapters."""
    service = Service(
        games=games,
        people=people,
        courier=courier,
        holds=holds,
        registration_open=registration_open,
    )
    return Backend(create_app(service, limits=limits, store_name=store_name), service)


def embedded(
    path: Path | str,
    *,
    games: GameStore | None = None,
    people: Identity | None = None,
) -> Backend:
    """The backend inside a client, on one SQLite file that other processes may share.

    It touches no file before its first request, counts nobody's requests, and sends no texts: the
    client shows the notices itself.
    """
    from backend.identity.local import LocalPeople
    from backend.sqlite import Database
    from backend.stores.sqlite import SqliteGames

    database = Database(path)
    return assemble(
        games=games or SqliteGames(database),
        people=people or LocalPeople(database),
        store_name="sqlite",
    )


def served(
    choice: StoreChoice,
    settings: Settings,
    *,
    registration_open: bool = True,
    limits: Limits | None = None,
) -> Backend:
    """The backend behind a socket, on the store that was chosen. Raises: Unavailable."""
    if choice.kind == "dynamodb" or choice.path is None:
        raise Unavailable("DynamoDB cannot be used here yet. Use --store sqlite:FILE.")
    from backend.identity.local import LocalPeople
    from backend.sqlite import Database
    from backend.stores.sqlite import SqliteGames

    database = Database(choice.path)
    return assemble(
        games=SqliteGames(database),
        people=LocalPeople(database),
        store_name="sqlite",
        registration_open=registration_open,
        limits=limits,
    )
