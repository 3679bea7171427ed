"""A real AWS account as one more engine, where `NIM_TEST_AWS` is set: docs/reliability.md says how.

What the tests create there is deleted at the end, however they end. A process that was killed
leaves its tables and pools, named `nim-test-…`: `python -m tests.real_aws` deletes them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_dynamodb import DynamoDBClient

ASKED = "NIM_TEST_AWS"
BUDGET = "NIM_TEST_AWS_REQUESTS"
PREFIX = "nim-test-"
"""What every table and pool of the tests is called; nothing else is ever deleted."""

# What the person's environment said of AWS, under names that the tests' isolation lets through.
_KEPT = "NIM_TEST_AWS_ENV_"
_FILES = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
_MOST_REQUESTS = 100_000


def is_asked_for() -> bool:
    """Whether whoever runs the tests lets them use their account."""
    return bool(os.environ.get(ASKED))


def keep_account(environment: MutableMapping[str, str]) -> None:
    """Keep what names the account before the tests forget it, for this process and its children."""
    if not environment.get(ASKED) or any(name.startswith(_KEPT) for name in environment):
        return
    for name, value in list(environment.items()):
        if name.startswith("AWS_"):
            environment[_KEPT + name] = value
    for name, file in _FILES.items():
        environment.setdefault(_KEPT + name, str(Path.home() / ".aws" / file))


def is_kept(name: str) -> bool:
    """Whether a variable names the account, or says that it may be used."""
    return name.startswith((ASKED, _KEPT))


def account() -> dict[str, str]:
    """What the person's environment said of AWS."""
    return {
        name.removeprefix(_KEPT): value
        for name, value in os.environ.items()
        if name.startswith(_KEPT)
    }


class Guard:
    """Counts the requests of one process and remembers what they create.

    Args:
        most: how many requests this process may make.

    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.spent = 0
        self._undo: list[Callable[[], object]] = []

    @classmethod
    def of_environment(cls) -> Guard:
        """The budget that the environment names, shared equally by xdist's processes."""
        processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        return cls(int(os.environ.get(BUDGET, str(_MOST_REQUESTS))) // processes)

    def count(self) -> None:
        """One more request."""
        self.spent += 1

    def require_budget(self) -> None:
        """Refuse to begin another test once the budget is spent.

        Raises:
            BudgetSpent: it is.
        """
        if self.spent >= self.most:
            raise BudgetSpent(
                f"The budget of {self.most} requests to AWS is spent;"
                f" {BUDGET} names a larger one for all processes."
            )

    def watch(self, service: str, client: Any) -> Any:
        """Count what this client of boto3 sends; what it creates is deleted at the end."""
        if service == "sns":
            raise AssertionError("No test sends a text by a real account.")
        events = client.meta.events
        events.register("before-send", self._before_send)
        events.register("after-call.dynamodb.CreateTable", partial(self._table, client))
        created = "after-call.cognito-identity-provider.CreateUserPool"
        events.register(created, partial(self._pool, client))
        return client

    def delete_all(self) -> None:
        """Delete what was created, the newest first."""
        while self._undo:
            self._undo.pop()()

    def _before_send(self, **_: Any) -> None:
        self.count()

    def _table(self, client: DynamoDBClient, parsed: Any, **_: Any) -> None:
        if "TableDescription" in parsed:
            self._undo.append(
                partial(delete_table, client, parsed["TableDescription"]["TableName"])
            )

    def _pool(self, client: CognitoIdentityProviderClient, parsed: Any, **_: Any) -> None:
        if "UserPool" in parsed:
            pool_id = parsed["UserPool"]["Id"]
            self._undo.append(partial(client.delete_user_pool, UserPoolId=pool_id))


class BudgetSpent(Exception):
    """The tests have made as many requests as they may."""


def delete_table(client: DynamoDBClient, name: str) -> None:
    """Delete a table, which may still be on its way to be created."""
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)


def delete_what_is_left() -> int:
    """Delete all tables and pools of earlier runs. Returns how many."""
    import boto3

    region = os.environ.get("AWS_REGION")  # which boto3 does not read
    table_client = boto3.client("dynamodb", region_name=region)
    pool_client = boto3.client("cognito-idp", region_name=region)
    tables = [
        name
        for page in table_client.get_paginator("list_tables").paginate()
        for name in page["TableNames"]
        if name.startswith(PREFIX)
    ]
    pools = [
        pool["Id"]
        for page in pool_client.get_paginator("list_user_pools").paginate(
            PaginationConfig={"PageSize": 60}
        )
        for pool in page["UserPools"]
        if pool["Name"].startswith(PREFIX)
    ]
    for name in tables:
        delete_table(table_client, name)
    for pool_id in pools:
        pool_client.delete_user_pool(UserPoolId=pool_id)
    return len(tables) + len(pools)


if __name__ == "__main__":
    if not is_asked_for():
        sys.exit(f"Set {ASKED}=1 to say that this account may be used.")
    print(f"Deleted {delete_what_is_left()} tables and pools.")
