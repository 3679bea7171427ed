"""The composition root: which adapters make which backend. Nothing else puts them together.

Adapters are imported where they are chosen, so that a backend pays only for its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.api import create_app
from backend.api.app import Api
from backend.errors import Unavailable
from backend.limits import Limits
from backend.ports import Courier, GameStore, Identity, Sender
from backend.service import Service
from backend.settings import Settings, StoreChoice

# A game that need not be there: reading it shows whether the store can be used.
ANY_GAME = "2222222222222222"


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend, ready to answer on the event loop that first uses it."""

    app: Api
    service: Service
    begin: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Read once, then begin what runs beside the requests: the notices an earlier process left.

        Only a server starts; a client's backend begins with its first request.

        Raises:
            Unavailable: the store cannot be used.

        """
        await self.service.games.get(ANY_GAME)
        self.begin()

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
    begin: Callable[[], None] = lambda: None,
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
    return Backend(create_app(service, limits=limits, store_name=store_name), service, begin)


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
    sender: Sender | None = None,
) -> Backend:
    """The backend behind a socket, on the store that was chosen; with `sender` it texts notices.

    Raises:
        Unavailable: the store cannot be used.

    """
    if choice.kind == "dynamodb" or choice.path is None:
        raise Unavailable("DynamoDB cannot be used here yet. Use --store sqlite:FILE.")
    from backend.identity.local import LocalPeople
    from backend.sqlite import Database
    from backend.stores.sqlite import SqliteGames

    database = Database(choice.path)
    people = LocalPeople(database)
    courier = None
    if sender is not None:
        from backend.outbox import OutboxCourier

        courier = OutboxCourier(database, people, sender)
    return assemble(
        games=SqliteGames(database),
        people=people,
        store_name="sqlite",
        courier=courier,
        begin=courier.start if courier else lambda: None,
        registration_open=registration_open,
        limits=limits,
    )
