"""`nim-backend aws create`, `status` and `delete`: what they do, step by step.

Every step looks at what exists and does what is missing: a second run changes nothing, and an
interrupted one can be continued. Only what has our tag is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.adapters.dynamodb.tags import NOTICES, NOTICES_BY_STREAM, STACK
from backend.adapters.dynamodb.tutorial_items import adopt
from backend.config.saved import read_saved, write_saved
from backend.config.settings import BackendSettings
from backend.domain.errors import BadRequest, NimError
from backend.provision.table import GamesTable
from backend.provision.user_pool import UserPool

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

T = TypeVar("T")

STEPS = 7
"""How many reports `create` makes."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a step: the resource, its state, and whether it was changed or is missing."""

    what: str
    state: str
    changed: bool = False
    missing: bool = False


class Administration:
    """Everything on AWS for one table name. Blocking.

    Attributes:
        pool_id: the user pool; after `create`, the one that it made or found.
        client_id: the client in that pool.

    Args:
        wait: called between looks at something that takes AWS a while.
        provisioned: units for a new table; None means paying per request.
    """

    def __init__(
        self,
        aws: Aws,
        settings: BackendSettings,
        *,
        wait: Callable[[], None],
        provisioned: int | None = None,
    ) -> None:
        self._aws = aws
        self._settings = settings
        self._wait = wait
        self.pool_id = settings.user_pool_id or ""
        self.client_id = settings.client_id or ""
        self._table = GamesTable(
            aws.client("dynamodb"), settings.table, provisioned=provisioned, wait=wait
        )
        self._pool = UserPool(aws.client("cognito-idp"), known_id=settings.user_pool_id, wait=wait)

    def create(self) -> Iterator[Report]:
        """Create what is missing, with a report for each step. Raises: Unavailable."""
        name = f"table {self._settings.table}"
        made = _asked(self._table.make)
        yield Report(name, "created" if made else "exists", changed=made)
        added = _asked(self._table.add_missing_indexes)
        yield Report("indexes", "added" if added else "exist", changed=bool(added))
        on = _asked(self._table.keep_backups)
        yield Report("point-in-time recovery", "switched on" if on else "is on", changed=on)
        _asked(self._table.expire_counters)
        adopted = _asked(lambda: adopt(self._aws.client("dynamodb"), self._settings.table))
        state = f"{adopted} adopted" if adopted else "none to adopt"
        yield Report("older games", state, changed=bool(adopted))
        yield from self._create_pool()
        yield self._save()

    def _create_pool(self) -> Iterator[Report]:
        table = self._settings.table
        # Two at once would both see that there is no pool, and no client.
        with _alone(self._table):
            pool_id, made = _asked(self._pool.make)
            client_id, client_made = _asked(lambda: self._pool.make_client(pool_id))
            _asked(lambda: self._pool.add_missing_attributes(pool_id))
            _asked(lambda: self._pool.add_table(pool_id, table))
        self.pool_id, self.client_id = pool_id, client_id
        others = self._other_tables(pool_id)
        shared = f", shared with table {', '.join(others)}" if others else ""
        state = "created" if made else f"exists{shared}"
        yield Report(f"user pool {pool_id}", state, changed=made)
        state = "created" if client_made else "exists"
        yield Report(f"client {client_id}", state, changed=client_made)

    def _save(self) -> Report:
        """Save what was made, unless bare commands work on another table that exists."""
        table, bare = self._settings.table, read_saved().get("NIM_TABLE")
        if bare is not None and bare != table and self._is_there(bare):
            return Report(
                "configuration",
                f"left at table {bare}; for this one set NIM_TABLE={table}",
            )
        path = write_saved(
            {
                "AWS_REGION": self._aws.region,
                "NIM_TABLE": table,
                "USER_POOL_ID": self.pool_id,
                "COGNITO_CLIENT_ID": self.client_id,
            }
        )
        return Report("configuration", f"saved to {path}")

    def _is_there(self, table: str) -> bool:
        """Whether another table exists; what is saved for another region is taken to exist."""
        region = read_saved().get("AWS_REGION")
        if region is not None and region != self._aws.region:
            return True
        other = GamesTable(self._aws.client("dynamodb"), table, wait=self._wait)
        return _asked(other.description) is not None

    def _other_tables(self, pool_id: str) -> list[str]:
        """The tables besides ours that use the pool.

        A pool that was made before tables were noted in its tags is taken to be used by the table
        that bare commands work on.
        """
        tables = _asked(lambda: self._pool.tables(pool_id))
        saved = read_saved()
        if not tables and saved.get("USER_POOL_ID") == pool_id:
            tables = [saved["NIM_TABLE"]] if "NIM_TABLE" in saved else []
        return [table for table in tables if table != self._settings.table]

    def has_table(self) -> bool:
        """Whether the table exists. Raises: boto3's errors."""
        return self._table.description() is not None

    def status(self) -> Iterator[Report]:
        """Report what exists and what is missing. Raises: Unavailable."""
        table = f"table {self._settings.table}"
        description = _asked(self._table.description)
        if description is None:
            yield Report(table, "missing", missing=True)
        else:
            games = description.get("ItemCount", 0)
            yield Report(
                table, f"{description.get('TableStatus', '')}, about {games} items".lower()
            )
            missing = _asked(self._table.missing_indexes)
            yield Report("indexes", "missing" if missing else "exist", missing=bool(missing))
            yield from self._table_settings(description)
        pool_id = _asked(self._pool.find)
        if pool_id is None:
            yield Report("user pool", "missing", missing=True)
            return
        yield Report(f"user pool {pool_id}", "exists")
        is_open = _asked(lambda: self._pool.is_open(pool_id))
        yield Report("registration", "open to everyone" if is_open else "closed")
        client_id = _asked(lambda: self._pool.find_client(pool_id))
        found = "exists" if client_id else "missing"
        yield Report(f"client {client_id or ''}".strip(), found, missing=client_id is None)

    def _table_settings(self, description: TableDescriptionTypeDef) -> Iterator[Report]:
        """What a table that was restored, or made by other means, may lack.

        `create` switches recovery and expiry on again, `deploy` the rest.
        """
        for name, on in (
            ("point-in-time recovery", _asked(self._table.has_backups)),
            ("expiry of counters", _asked(self._table.expires_counters)),
        ):
            yield Report(name, "is on" if on else "is off", missing=not on)
        tags = _asked(self._table.tags)
        stack = tags.get(STACK)
        sends = tags.get(NOTICES) == NOTICES_BY_STREAM
        streams = bool(description.get("StreamSpecification", {}).get("StreamEnabled"))
        state = "is on" if streams else "is off"
        yield Report("stream", f"{state}, and sends notices" if sends else state)
        protected = bool(description.get("DeletionProtectionEnabled"))
        yield Report("deletion protection", "is on" if protected else "is off")
        cut_off = stack is not None and not streams
        again = " cannot see this table's changes: nim-backend aws deploy" if cut_off else ""
        yield Report("stack", f"{stack or 'not deployed'}{again}", missing=cut_off)

    def check_no_stack(self) -> None:
        """Refuse to delete what a deployed stack works on. Raises: NimError, Unavailable."""
        tags = _asked(self._table.tags)
        if STACK in tags or tags.get(NOTICES) == NOTICES_BY_STREAM:
            raise NimError(
                f"The deployed stack uses table {self._settings.table}, so nothing was deleted."
                " Remove the stack first: nim-backend aws destroy."
            )

    def would_go(self) -> list[Report]:
        """What `delete` would do, to be shown before it is done. Raises: Unavailable."""
        name = f"table {self._settings.table}"
        description = _asked(self._table.description)
        if description is None:
            table = Report(name, "does not exist")
        elif _asked(self._table.is_ours):
            items = description.get("ItemCount", 0)
            table = Report(name, f"would go, with about {items} items", changed=True)
        else:
            table = Report(name, "would be left alone: nim-backend did not create it")
        return [table, self._pool_would_go(_asked(self._pool.find))]

    def _pool_would_go(self, pool_id: str | None) -> Report:
        if pool_id is None:
            return Report("user pool", "does not exist")
        name = f"user pool {pool_id}"
        if not _asked(lambda: self._pool.is_ours(pool_id)):
            return Report(name, "would be left alone: nim-backend did not create it")
        if others := self._other_tables(pool_id):
            return Report(name, f"would stay: table {', '.join(others)} uses it")
        return Report(name, "would go, with all accounts", changed=True)

    def delete(self) -> Iterator[Report]:
        """Delete what `create` made, with all games and accounts, as `would_go` says.

        Raises:
            Unavailable: AWS cannot be reached, or refuses.

        """
        table, pool = self.would_go()
        pool_id = _asked(self._pool.find)
        if table.changed:
            _asked(self._table.delete)
        yield _done(table)
        if pool_id is not None and pool.changed:
            _asked(lambda: self._pool.delete(pool_id))
        elif pool_id is not None:
            _asked(lambda: self._pool.remove_table(pool_id, self._settings.table))
        yield _done(pool)
        self._forget(pool_id if pool.changed else None)

    def _forget(self, deleted_pool: str | None) -> None:
        """Remove from the saved configuration what no longer exists."""
        saved = read_saved()
        gone: dict[str, str | None] = {}
        if saved.get("NIM_TABLE") == self._settings.table:
            gone["NIM_TABLE"] = None
        # Without a pool the saved id is as useless as that of the deleted one.
        if deleted_pool is not None or _asked(self._pool.find) is None:
            gone |= {"USER_POOL_ID": None, "COGNITO_CLIENT_ID": None}
        if gone:
            write_saved(gone)


@contextmanager
def _alone(table: GamesTable) -> Iterator[None]:
    try:
        with table.alone():
            yield
    except (ClientError, BotoCoreError) as error:
        raise as_unavailable(error) from error


def _done(planned: Report) -> Report:
    """What was planned, as what was done."""
    for before, after in (
        ("would go, with", "deleted, with"),
        ("would be left", "left"),
        ("would stay", "stays"),
    ):
        if planned.state.startswith(before):
            return replace(planned, state=planned.state.replace(before, after, 1))
    return planned


def check_name(typed: str, table: str) -> None:
    """Refuse to delete if the typed name is wrong. Raises: BadRequest."""
    if typed.strip() != table:
        raise BadRequest("That is not the table's name, so nothing was deleted. Try again.")


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise as_unavailable(error) from error
