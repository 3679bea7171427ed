"""`nim-backend aws create`, `status` and `delete`: what they do, step by step.

Every step looks at what exists and does what is missing: a second run changes nothing, and an
interrupted one can be continued. Only what has our tag is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.adapters.dynamodb.tutorial_items import adopt
from backend.config.saved import write_saved
from backend.config.settings import BackendSettings
from backend.domain.errors import BadRequest
from backend.provision.table import GamesTable
from backend.provision.user_pool import UserPool

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
        self._table = GamesTable(
            aws.client("dynamodb"), settings.table, provisioned=provisioned, wait=wait
        )
        self._pool = UserPool(aws.client("cognito-idp"), known_id=settings.user_pool_id)

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
        pool_id, made = _asked(self._pool.make)
        yield Report(f"user pool {pool_id}", "created" if made else "exists", changed=made)
        client_id, made = _asked(lambda: self._pool.make_client(pool_id))
        _asked(lambda: self._pool.add_missing_attributes(pool_id))
        yield Report(f"client {client_id}", "created" if made else "exists", changed=made)
        path = write_saved(
            {
                "AWS_REGION": self._aws.region,
                "NIM_TABLE": self._settings.table,
                "USER_POOL_ID": pool_id,
                "COGNITO_CLIENT_ID": client_id,
            }
        )
        yield Report("configuration", f"saved to {path}")

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
        pool_id = _asked(self._pool.find)
        if pool_id is None:
            yield Report("user pool", "missing", missing=True)
            return
        yield Report(f"user pool {pool_id}", "exists")
        client_id = _asked(lambda: self._pool.find_client(pool_id))
        found = "exists" if client_id else "missing"
        yield Report(f"client {client_id or ''}".strip(), found, missing=client_id is None)

    def delete(self) -> Iterator[Report]:
        """Delete what `create` made, with all games and accounts. Raises: Unavailable."""
        table = f"table {self._settings.table}"
        if _asked(self._table.description) is None:
            yield Report(table, "does not exist")
        elif _asked(self._table.is_ours):
            _asked(self._table.delete)
            yield Report(table, "deleted", changed=True)
        else:
            yield Report(table, "left alone: nim-backend did not create it")
        pool_id = _asked(self._pool.find)
        if pool_id is None:
            yield Report("user pool", "does not exist")
        elif _asked(lambda: self._pool.is_ours(pool_id)):
            _asked(lambda: self._pool.delete(pool_id))
            yield Report(f"user pool {pool_id}", "deleted", changed=True)
        else:
            yield Report(f"user pool {pool_id}", "left alone: nim-backend did not create it")
        write_saved({"USER_POOL_ID": None, "COGNITO_CLIENT_ID": None, "NIM_TABLE": None})


def check_name(typed: str, table: str) -> None:
    """Refuse to delete if the typed name is wrong. Raises: BadRequest."""
    if typed.strip() != table:
        raise BadRequest("That is not the table's name, so nothing was deleted. Try again.")


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise as_unavailable(error) from error
