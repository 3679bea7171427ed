"""Tables that share a user pool, and a table under a stack: `aws delete` takes only its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator

import pytest

from backend.config.saved import read_saved, write_saved
from backend.entrypoints import cli
from backend.provision.user_pool import CLIENT_NAME, POOL_NAME, UserPool
from tests.aws_engines import Engine
from tests.backend.provision.conftest import Place, install_nothing


class Account:
    """An account with nothing of ours in it, and commands for one table or another."""

    def __init__(
        self, engine: Engine, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.cognito = engine.aws().client("cognito-idp")
        self.dynamodb = engine.aws().client("dynamodb")
        self._patch = patch
        self._capsys = capsys

    def run(self, table: str, *arguments: str) -> tuple[int, str, str]:
        """The exit status and both outputs of `nim-backend aws …` for a table."""
        self._patch.setenv("NIM_TABLE", table)
        self._capsys.readouterr()
        status = cli.main(["aws", *arguments])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def pools(self) -> list[str]:
        # Other tests on this engine have made pools, too: more than one page of them.
        pages = self.cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
        found = [pool for page in pages for pool in page["UserPools"]]
        return [pool["Id"] for pool in found if pool["Name"] == POOL_NAME]

    def tables(self) -> set[str]:
        return set(self.dynamodb.list_tables()["TableNames"])


@pytest.fixture
def account(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Account]:
    for name, value in ministack.environment.items():
        monkeypatch.setenv(name, value)
    made = Account(ministack, monkeypatch, capsys)
    yield made
    for pool in made.pools():
        made.cognito.delete_user_pool(UserPoolId=pool)


def names(count: int) -> list[str]:
    return [f"nim-{number}-{secrets.token_hex(4)}" for number in range(count)]


def test_a_second_table_shares_the_pool_and_changes_nothing_for_bare_commands(
    account: Account,
) -> None:
    first, second = names(2)
    account.run(first, "create")
    saved = read_saved()
    status, out, _ = account.run(second, "create")
    assert status == 0
    (pool,) = account.pools()
    assert f"user pool {pool}: exists, shared with table {first}" in out
    assert f"NIM_TABLE={second}" in out
    assert f"USER_POOL_ID={pool}" in out
    assert read_saved() == saved
    assert saved["NIM_TABLE"] == first
    # Nor does its deletion.
    assert account.run(second, "delete", "--yes", second)[0] == 0
    assert read_saved() == saved


def test_the_last_table_takes_the_pool_with_it_and_no_other(account: Account) -> None:
    tables = names(3)
    for table in tables:
        account.run(table, "create")
    (pool,) = account.pools()
    for number, table in enumerate(tables[:2]):
        status, out, err = account.run(table, "delete", "--yes", table)
        assert (status, err) == (0, "")
        assert table not in account.tables()
        assert account.pools() == [pool]
        others = ", ".join(sorted(tables[number + 1 :]))
        assert f"user pool {pool}: would stay: table {others} uses it" in out
        assert f"user pool {pool}: stays" in out
    assert account.run(tables[2], "delete", "--yes", tables[2])[0] == 0
    assert account.pools() == []
    assert "USER_POOL_ID" not in read_saved()


def test_what_would_go_is_said_before_it_goes(account: Account) -> None:
    (table,) = names(1)
    account.run(table, "create")
    (pool,) = account.pools()
    status, out, _ = account.run(table, "delete", "--yes", table)
    assert status == 0
    lines = out.splitlines()
    before = [
        next(n for n, line in enumerate(lines) if f"{what}: would go" in line)
        for what in (f"table {table}", f"user pool {pool}")
    ]
    after = [n for n, line in enumerate(lines) if ": deleted" in line]
    assert len(after) == 2
    assert max(before) < min(after)


def test_a_pool_from_before_the_tags_stays_with_the_table_that_is_saved(account: Account) -> None:
    first, second = names(2)
    for table in (first, second):
        account.run(table, "create")
    (pool,) = account.pools()
    tags = UserPool(account.cognito)
    for table in (first, second):
        tags.remove_table(pool, table)
    assert account.run(second, "delete", "--yes", second)[0] == 0
    assert account.pools() == [pool]
    assert account.run(first, "delete", "--yes", first)[0] == 0
    assert account.pools() == []


def test_a_saved_table_that_is_gone_gives_way(account: Account) -> None:
    first, second = names(2)
    write_saved({"NIM_TABLE": first})
    account.run(second, "create")
    assert read_saved()["NIM_TABLE"] == second


@pytest.mark.parametrize("different_tables", [False, True])
def test_two_creates_at_once_end_with_one_pool_and_one_client(
    account: Account, ministack: Engine, *, different_tables: bool
) -> None:
    first, second = names(2) if different_tables else names(1) * 2
    command = [sys.executable, "-m", "backend", "aws", "create"]
    running = [
        subprocess.Popen(
            command,
            env={**os.environ, **ministack.environment, "NIM_TABLE": table},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for table in (first, second)
    ]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    (pool,) = account.pools()
    assert all(f"USER_POOL_ID={pool}" in text for text in said)
    clients = account.cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    assert [client["ClientName"] for client in clients] == [CLIENT_NAME]
    assert UserPool(account.cognito).tables(pool) == sorted({first, second})


def test_of_two_clients_created_at_once_the_older_stays(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither has seen the other's client when it creates its own."""
    account.run(*names(1), "create")
    (pool_id,) = account.pools()
    pool = UserPool(account.cognito, wait=lambda: None)
    older = pool.find_client(pool_id)
    assert older is not None
    with monkeypatch.context() as patch:
        patch.setattr(pool, "find_client", lambda _: None)
        at = {older: 1}
        patch.setattr(pool, "_created", lambda _, client_id: at.get(client_id, 2))
        assert pool.make_client(pool_id) == (older, False)
    clients = account.cognito.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]
    assert [client["ClientId"] for client in clients] == [older]
    assert pool._created(pool_id, "gone") is None


def test_a_pool_that_goes_between_two_looks_is_passed_over(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.run(*names(1), "create")
    (kept,) = account.pools()
    pool = UserPool(account.cognito, wait=lambda: None)
    listed = ["us-east-1_gone00000", kept]
    monkeypatch.setattr(pool, "_named", lambda: listed)
    assert pool.find() == kept
    assert pool._one_of_all(kept) == (kept, True)
    listed.remove(kept)
    assert pool.find() is None


async def test_under_a_stack_nothing_goes(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    deployment = place.deployment(install_nothing)
    await asyncio.to_thread(lambda: list(deployment.deploy(open_registration=False)))
    pool = read_saved()["USER_POOL_ID"]
    capsys.readouterr()
    assert cli.main(["aws", "delete", "--yes", place.table]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "nim-backend aws destroy" in said.err
    aws = place.engine.aws()
    table = aws.client("dynamodb").describe_table(TableName=place.table)["Table"]
    assert table["DeletionProtectionEnabled"]
    assert aws.client("cognito-idp").describe_user_pool(UserPoolId=pool)
    assert read_saved()["USER_POOL_ID"] == pool

    # Another table's stack is no less in use, and a second table does not take its address.
    reports = await asyncio.to_thread(lambda: list(deployment.destroy(delete_games=False)))
    assert any(
        report.what == "registration"
        and report.state.startswith("stays closed")
        and report.state.endswith("nim-backend aws deploy --open-registration")
        for report in reports
    )
    assert cli.main(["aws", "delete", "--yes", place.table]) == 0


def test_an_interrupted_deployment_counts_as_a_stack(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = place.deployment(install_nothing).deploy(open_registration=False)
    for report in steps:
        if report.what == "registration":
            break
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    assert cli.main(["aws", "delete", "--yes", place.table]) == 1
    assert cli.main(["aws", "destroy", "--yes", place.table]) == 0
    assert cli.main(["aws", "delete", "--yes", place.table]) == 0
    assert "deleted" in capsys.readouterr().out
