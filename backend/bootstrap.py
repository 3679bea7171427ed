"""The composition root: the only place that puts adapters together into a backend.

Adapters are imported where they are chosen, so that a backend loads only its own, and looking at a
file loads no more than a database.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from backend.config.settings import BackendSettings, StoreChoice, aws_settings
from backend.domain.clock import utc_now
from backend.domain.notices import SmsLimits

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.outbox import OutboxCourier
    from backend.api.app import Api
    from backend.api.rate_limits import Limits
    from backend.service.ports import Courier, GameStore, Identity, Sender
    from backend.service.use_cases import Service

End: TypeAlias = Callable[[], Awaitable[None]]

# This game need not exist: reading it shows whether the store can be used.
ANY_GAME = "2222222222222222"


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend, ready to answer on the event loop that first uses it."""

    app: Api
    service: Service
    begin: Callable[[], None] = lambda: None
    end: End | None = None

    async def start(self) -> None:
        """Read once, then start what runs beside requests: notices and deletions left over.

        Only a server calls this; a client's backend begins with its first request.

        Raises:
            Unavailable: the store cannot be used.

        """
        await self.service.games.get(ANY_GAME)
        self.service.finish_deletions()
        self.begin()

    async def close(self) -> None:
        """Answer held requests, finish running writes, release everything."""
        self.app.close_soon()
        await self.service.close()
        if self.end is not None:
            await self.end()


def assemble(
    *,
    games: GameStore,
    people: Identity,
    store_name: str,
    courier: Courier | None = None,
    begin: Callable[[], None] = lambda: None,
    end: End | None = None,
    check_store: Callable[[], None] = lambda: None,
    holds: bool = True,
    registration_open: bool = True,
    limits: Limits | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Backend:
    """A backend from its adapters; `now` is the time of day that games are dated by."""
    from backend.api import create_app
    from backend.service.use_cases import Service

    service = Service(
        games=games,
        people=people,
        courier=courier,
        holds=holds,
        registration_open=registration_open,
        now=now,
        check_store=check_store,
    )
    return Backend(create_app(service, limits=limits, store_name=store_name), service, begin, end)


def embedded(
    path: Path | str,
    *,
    games: GameStore | None = None,
    people: Identity | None = None,
) -> Backend:
    """The backend inside a client, on one SQLite file that other processes may share.

    It touches no file before its first request, counts no requests, and sends no texts, because the
    client shows the notices itself.
    """
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.game_store import SqliteGameStore
    from backend.adapters.sqlite.identity import SqliteIdentity

    database = Database(path)
    return assemble(
        games=games or SqliteGameStore(database),
        people=people or SqliteIdentity(database),
        store_name="sqlite",
        check_store=database.check,
    )


async def check_file(path: Path | str) -> None:
    """Open and migrate a SQLite file, without the backend around it, which takes much longer.

    Raises:
        DatabaseProblem: the file cannot be used; the message says what to do.
        Unavailable: other processes keep it busy.

    """
    from backend.adapters.sqlite.database import Database

    database = Database(path)
    try:
        await database.read(lambda _: None)
    finally:
        await database.close()


def served(
    choice: StoreChoice,
    settings: BackendSettings,
    *,
    registration_open: bool = True,
    limits: Limits | None = None,
    sender: Sender | None = None,
) -> Backend:
    """The backend behind a socket, on the chosen store.

    Args:
        sender: texts the notices of a SQLite store, in place of SNS.

    Raises:
        Unavailable: the store cannot be used.

    """
    if choice.kind == "dynamodb" or choice.path is None:
        return on_aws(settings, holds=True, registration_open=registration_open, limits=limits)
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.game_store import SqliteGameStore
    from backend.adapters.sqlite.identity import SqliteIdentity

    database = Database(choice.path)
    people = SqliteIdentity(database)
    courier, end = _outbox_courier(database, settings, people, sender)
    return assemble(
        games=SqliteGameStore(database),
        people=people,
        store_name="sqlite",
        check_store=database.check,
        courier=courier,
        begin=courier.start if courier else lambda: None,
        end=end,
        registration_open=registration_open,
        limits=limits,
    )


def _outbox_courier(
    database: Database, settings: BackendSettings, people: Identity, sender: Sender | None
) -> tuple[OutboxCourier | None, End | None]:
    """A courier if somebody may be texted: by `sender`, or else by SNS as the settings allow.

    The second value closes what was opened for SNS.
    """
    end = None
    if sender is None and settings.sms is not None:
        from backend.adapters.aws_sdk import Aws
        from backend.adapters.sns import SnsSender
        from backend.adapters.sqlite.text_counts import SqliteCounter

        aws = Aws(settings.region, transport=settings.aws_client)
        sender, end = SnsSender(aws, SqliteCounter(database), settings.sms), aws.aclose
    if sender is None:
        return None, None
    from backend.adapters.sqlite.outbox import OutboxCourier

    return OutboxCourier(database, people, sender), end


def straight_to_aws(
    region: str | None = None, profile: str | None = None, settings: BackendSettings | None = None
) -> Backend:
    """The backend inside a client, on DynamoDB and Cognito with the person's own credentials.

    It holds no answers, because looking for changes costs; its answers say when to ask again.

    Args:
        region: overrides the environment and the saved configuration.
        profile: of the person's AWS configuration.
        settings: replaces those from the environment and the saved configuration.

    Raises:
        Unavailable: there is no region, no credentials, or no pool is configured.

    """
    settings = settings or aws_settings(os.environ)
    if region:
        settings = replace(settings, region=region)
    return on_aws(settings, profile=profile, holds=False)


def on_aws(
    settings: BackendSettings,
    *,
    profile: str | None = None,
    holds: bool,
    sends_notices: bool = True,
    registration_open: bool = True,
    limits: Limits | None = None,
) -> Backend:
    """A backend on DynamoDB and Cognito; it sends notices unless the table's stream does.

    Raises:
        Unavailable: there is no region, no credentials, or no pool is configured.

    """
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.cognito.factory import people_of_pool
    from backend.adapters.dynamodb.account_items import AccountItems
    from backend.adapters.dynamodb.game_store import DynamoGameStore

    aws = Aws(settings.region, profile, transport=settings.aws_client)
    try:
        people = people_of_pool(aws, settings, AccountItems(aws, settings.table))
        return assemble(
            games=DynamoGameStore(aws, settings.table),
            people=people,
            courier=_direct_courier(aws, settings, people) if sends_notices else None,
            store_name="dynamodb",
            holds=holds,
            registration_open=registration_open,
            limits=limits,
        )
    except BaseException:
        aws.close()
        raise


def _direct_courier(aws: Aws, settings: BackendSettings, people: Identity) -> Courier:
    from backend.adapters.dynamodb.tags import stream_sends
    from backend.adapters.dynamodb.text_counts import DynamoCounter
    from backend.adapters.sns import SnsSender
    from backend.service.direct_courier import DirectCourier

    counter = DynamoCounter(aws, settings.table)
    return DirectCourier(
        people,
        SnsSender(aws, counter, settings.sms or SmsLimits()),
        sent_elsewhere=lambda: stream_sends(aws, settings.table),
    )
