"""The composition root: the only place that puts adapters together into a backend.

Everything is imported where it is chosen, so that a backend loads only its own, and looking at a
file loads no more than a database: a client does that at each start.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from backend.domain.clock import utc_now

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.outbox import OutboxCourier
    from backend.adapters.sqlite.ssh_keys import SqliteKeys
    from backend.api.app import Api
    from backend.api.origins import Origins
    from backend.api.rate_limits import Limits
    from backend.config.settings import BackendSettings, StoreChoice
    from backend.service.account_ports import Archive, Notes, Recovery
    from backend.service.confirmations import Confirmations
    from backend.service.delivery import Messenger
    from backend.service.newcomers import Newcomers
    from backend.service.ports import Courier, GameStore, Identity, Sender
    from backend.service.use_cases import Service
    from backend.service.watch import Watch

End: TypeAlias = Callable[[], Awaitable[None]]

# This game need not exist: reading it shows whether the store can be used.
ANY_GAME = "2222222222222222"


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend, ready to answer on the event loop that first uses it.

    Attributes:
        keys: whose ssh key is whose; None where the store keeps none. No route leads to them.

    """

    app: Api
    service: Service
    begin: Callable[[], None] = lambda: None
    end: End | None = None
    keys: SqliteKeys | None = None

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
    newcomers: Newcomers | None = None,
    limits: Limits | None = None,
    origins: Origins | None = None,
    confirmations: Confirmations | None = None,
    recovery: Recovery | None = None,
    archive: Archive | None = None,
    operator_plays: bool = False,
    watch: Watch | None = None,
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
        newcomers=newcomers,
        confirmations=confirmations,
        recovery=recovery,
        archive=archive,
        now=now,
        check_store=check_store,
    )
    app = partial(create_app, limits=limits, store_name=store_name, origins=origins, watch=watch)
    return Backend(app(service, operator_plays=operator_plays), service, begin, end)


def embedded(
    path: Path | str,
    *,
    games: GameStore | None = None,
    people: Identity | None = None,
    limits: Limits | None = None,
    operator_plays: bool = True,
) -> Backend:
    """The backend inside a client, on one SQLite file that other processes may share.

    It touches no file before its first request, counts no requests without `limits`, and sends no
    texts, because the client shows the notices itself.
    """
    from backend.adapters.sqlite.archive import SqliteArchive
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.game_store import SqliteGameStore
    from backend.adapters.sqlite.identity import SqliteIdentity
    from backend.adapters.sqlite.notes import SqliteNotes
    from backend.adapters.sqlite.ssh_keys import SqliteKeys
    from backend.service.codes import Codes
    from backend.service.confirmations import Confirmations

    database = Database(path)
    accounts = SqliteIdentity(database)
    backend = assemble(
        games=games or SqliteGameStore(database),
        people=people or accounts,
        store_name="sqlite",
        # A server that texts may use the same file one day.
        confirmations=Confirmations(Codes(SqliteNotes(database)), required=True),
        archive=SqliteArchive(database),
        limits=limits,
        operator_plays=operator_plays,
        check_store=database.check,
    )
    return replace(backend, keys=SqliteKeys(database, accounts))


def hosted(path: Path | str) -> Backend:
    """The backend that the sessions of an ssh server share: their players are strangers."""
    from backend.api.rate_limits import Limits

    return embedded(path, limits=Limits(), operator_plays=False)


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
    invitations_register: bool = False,
    limits: Limits | None = None,
    loopback: bool = False,
    sender: Sender | None = None,
    watch: Watch | None = None,
) -> Backend:
    """The backend behind a socket, on the chosen store.

    Args:
        invitations_register: whether an invitation lets somebody register where it is closed.
        loopback: whether the socket is on loopback, so that the `Host` of requests is checked.
        sender: texts the notices of a SQLite store, in place of SNS.
        watch: gets to know what it does.

    Raises:
        Unavailable: the store cannot be used.

    """
    from backend.service.watch import Watch

    origins, watch = _origins(settings, loopback=loopback), watch or Watch()
    if choice.kind == "dynamodb" or choice.path is None:
        return on_aws(
            settings,
            holds=True,
            registration_open=registration_open,
            invitations_register=invitations_register,
            limits=limits,
            origins=origins,
            watch=watch,
        )
    backend = partial(assemble, registration_open=registration_open, limits=limits, origins=origins)
    return _on_file(choice.path, settings, sender, backend, invitations_register, watch)


def _on_file(
    path: Path,
    settings: BackendSettings,
    sender: Sender | None,
    assemble: Callable[..., Backend],
    invitations_register: bool,  # noqa: FBT001 (named by its only caller)
    watch: Watch,
) -> Backend:
    from backend.adapters.senders import confirmations_of, senders_on_file
    from backend.adapters.sqlite.archive import SqliteArchive
    from backend.adapters.sqlite.database import Database
    from backend.adapters.sqlite.game_store import SqliteGameStore
    from backend.adapters.sqlite.identity import SqliteIdentity
    from backend.adapters.sqlite.notes import SqliteNotes
    from backend.adapters.sqlite.ssh_keys import SqliteKeys
    from backend.adapters.sqlite.text_counts import SqliteCounter
    from backend.service.delivery import Messenger

    database = Database(path, metrics=watch.metrics)
    people, games = SqliteIdentity(database), SqliteGameStore(database)
    notes = SqliteNotes(database)
    senders, end = senders_on_file(settings, SqliteCounter(database), sender, watch)
    confirmations = confirmations_of(notes, settings, senders)
    knows = confirmations if sender is None or settings.sms else None  # or nothing sends codes
    messenger = Messenger(people, senders.notices, knows, watch.metrics)
    courier = _courier(database, messenger) if senders.notices else None
    backend = assemble(
        games=games,
        people=people,
        store_name="sqlite",
        check_store=database.check,
        courier=courier,
        begin=courier.start if courier else lambda: None,
        confirmations=confirmations,
        archive=SqliteArchive(database),
        newcomers=_newcomers(people, games, notes if invitations_register else None),
        end=end,
        watch=_watching(watch, database, sends=courier is not None),
    )
    return replace(backend, keys=SqliteKeys(database, people))


def _courier(database: Database, messenger: Messenger) -> OutboxCourier:
    from backend.adapters.sqlite.outbox import OutboxCourier

    return OutboxCourier(database, messenger)


def _watching(watch: Watch, database: Database, *, sends: bool) -> Watch:
    """Have a file looked at while it is served; `sends`: whether its outbox is emptied here."""
    from backend.adapters.sqlite.watching import SqliteWatch

    file = SqliteWatch(database)
    watch.health.ask(file.disk)
    if sends:
        watch.health.ask(file.courier)
        watch.metrics.outbox_from(file.outbox)
    return watch


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
    from backend.config.settings import aws_settings

    settings = settings or aws_settings(os.environ)
    if region:
        settings = replace(settings, region=region)
    # As in the tutorial: texts are on, and numbers are not confirmed.
    settings = replace(
        settings, sms=settings.tutorial_sms, sms_confirm=settings.sms_confirm or "none"
    )
    return on_aws(settings, profile=profile, holds=False, operator_plays=True)


def on_aws(
    settings: BackendSettings,
    *,
    profile: str | None = None,
    holds: bool,
    sends_notices: bool = True,
    registration_open: bool = True,
    invitations_register: bool = False,
    limits: Limits | None = None,
    origins: Origins | None = None,
    operator_plays: bool = False,
    watch: Watch | None = None,
) -> Backend:
    """A backend on DynamoDB and Cognito, unless they are not configured (Raises: Unavailable)."""
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.cognito.factory import people_of_pool
    from backend.adapters.dynamodb import account_items, game_store, messages
    from backend.service.watch import Watch

    watch = watch or Watch()
    aws = Aws(settings.region, profile, transport=settings.aws_client, watch=watch)
    with _closed_on_failure(aws):
        people = people_of_pool(aws, settings, account_items.AccountItems(aws, settings.table))
        sending = messages.AwsMessages(aws, settings)
        games = game_store.DynamoGameStore(aws, settings.table)
        return assemble(
            games=games,
            people=people,
            courier=sending.direct_courier(people) if sends_notices else None,
            store_name="dynamodb",
            holds=holds,
            registration_open=registration_open,
            newcomers=_newcomers(people, games, sending.notes if invitations_register else None),
            limits=limits,
            origins=origins or _origins(settings),
            confirmations=sending.confirmations,
            recovery=people.passwords,
            operator_plays=operator_plays,
            watch=watch,
        )


@contextmanager
def _closed_on_failure(aws: Aws) -> Iterator[None]:
    try:
        yield
    except BaseException:
        aws.close()
        raise


def _newcomers(people: Identity, games: GameStore, notes: Notes | None) -> Newcomers | None:
    """What lets invitations register somebody where registration is closed; None: they do not."""
    from backend.service.newcomers import Newcomers

    return None if notes is None else Newcomers(people, games.invitations, notes)


def _origins(settings: BackendSettings, *, loopback: bool = False) -> Origins:
    from backend.api.origins import Origins

    return Origins(loopback=loopback, public_url=settings.public_url)
