"""`nim-backend aws create`, `status` and `delete`: what they do, step by step.

Every step looks at what is there and does what is missing: run twice it changes nothing, and
stopped half way it goes on. Only what carries our tag is ever deleted.
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
    """One step's outcome: what it is about, what is so now, and whether that is new or missing."""

    what: str
    state: str
    changed: bool = False
    missing: bool = False


class Administration:
    """What we keep on AWS for one table name. Blocking.

    Args:
        wait: called between looks at something that takes AWS a while.
        provisioned: units for a new table; None pays by request.
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
        """Make what is missing, a report a step. Raises: Unavailable."""
        name = f"table {self._settings.table}"
        made = _asked(self._table.make)
        yield Report(name, "made" if made else "is there", changed=made)
        added = _asked(self._table.add_missing_indexes)
        yield Report("indexes", "added" if added else "are there", changed=bool(added))
        on = _asked(self._table.keep_backups)
        yield Report("point-in-time recovery", "switched on" if on else "is on", changed=on)
        _asked(self._table.expire_counters)
        adopted = _asked(lambda: adopt(self._aws.client("dynamodb"), self._settings.table))
        state = f"{adopted} adopted" if adopted else "none to adopt"
        yield Report("older games", state, changed=bool(adopted))
        pool_id, made = _asked(self._pool.make)
        yield Report(f"user pool {pool_id}", "made" if made else "is there", changed=made)
        client_id, made = _asked(lambda: self._pool.make_client(pool_id))
        _asked(lambda: self._pool.add_missing_attributes(pool_id))
        yield Report(f"client {client_id}", "made" if made else "is there", changed=made)
        path = write_saved(
            {
                "AWS_REGION": self._aws.region,
                "NIM_TABLE": self._settings.table,
                "USER_POOL_ID": pool_id,
                "COGNITO_CLIENT_ID": client_id,
            }
        )
        yield Report("configuration", f"saved in {path}")

    def has_table(self) -> bool:
        """Whether the table is there. Raises: boto3's errors."""
        return self._table.description() is not None

    def status(self) -> Iterator[Report]:
        """What is there and what is missing. Raises: Unavailable."""
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
            yield Report("indexes", "missing" if missing else "are there", missing=bool(missing))
        pool_id = _asked(self._pool.find)
        if pool_id is None:
            yield Report("user pool", "missing", missing=True)
            return
        yield Report(f"user pool {pool_id}", "is there")
        client_id = _asked(lambda: self._pool.find_client(pool_id))
        found = "is there" if client_id else "missing"
        yield Report(f"client {client_id or ''}".strip(), found, missing=client_id is None)

    def delete(self) -> Iterator[Report]:
        """Remove what `create` made, games and accounts with it. Raises: Unavailable."""
        table = f"table {self._settings.table}"
        if _asked(self._table.description) is None:
            yield Report(table, "is not there")
        elif _asked(self._table.is_ours):
            _asked(self._table.delete)
            yield Report(table, "deleted", changed=True)
        else:
            yield Report(table, "left alone: nim-backend did not make it")
        pool_id = _asked(self._pool.find)
        if pool_id is None:
            yield Report("user pool", "is not there")
        elif _asked(lambda: self._pool.is_ours(pool_id)):
            _asked(lambda: self._pool.delete(pool_id))
            yield Report(f"user pool {pool_id}", "deleted", changed=True)
        else:
            yield Report(f"user pool {pool_id}", "left alone: nim-backend did not make it")
        write_saved({"USER_POOL_ID": None, "COGNITO_CLIENT_ID": None, "NIM_TABLE": None})


def check_name(typed: str, table: str) -> None:
    """Refuse a deletion whose table was not named. Raises: BadRequest."""
    if typed.strip() != table:
        raise BadRequest("That is not the table's name. Nothing was deleted.")


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise as_unavailable(error) from error
