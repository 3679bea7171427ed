"""`nim-backend aws create`, `status`, `delete` and `sms`, by their command line, on an engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from backend.adapters.dynamodb.tags import STACK, table_tags
from backend.config.saved import read_saved
from backend.entrypoints import cli
from backend.provision.table import EXPIRY
from backend.provision.user_pool import POOL_NAME, UserPool
from tests.aws_engines import REGION, Engine


class Account:
    """An account with nothing of ours in it, and what a command printed."""

    def __init__(self, engine: Engine, table: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.table = table
        self._engine = engine
        self._capsys = capsys

    def client(self, service: Any) -> Any:
        return self._engine.aws().client(service)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The exit status, standard output and standard error of `nim-backend aws …`."""
        self._capsys.readouterr()
        status = cli.main(["aws", *arguments])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def pools(self) -> list[str]:
        # Other tests on this engine have made pools, too: more than one page of them.
        pages = self.client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
        found = [pool for page in pages for pool in page["UserPools"]]
        return [pool["Id"] for pool in found if pool["Name"] == POOL_NAME]


@pytest.fixture
def account(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Account]:
    table = f"nim-{secrets.token_hex(6)}"
    for name, value in {**ministack.environment, "NIM_TABLE": table}.items():
        monkeypatch.setenv(name, value)
    made = Account(ministack, table, capsys)
    yield made
    for pool in made.pools():
        made.client("cognito-idp").delete_user_pool(UserPoolId=pool)


def test_create_makes_all_and_run_again_changes_nothing(account: Account) -> None:
    status, out, err = account.run("create")
    assert (status, err) == (0, "")
    saved = read_saved()
    (pool,) = account.pools()
    assert saved["USER_POOL_ID"] == pool
    assert saved["NIM_TABLE"] == account.table
    assert saved["AWS_REGION"] == REGION
    assert f"USER_POOL_ID={pool}" in out
    assert f"COGNITO_CLIENT_ID={saved['COGNITO_CLIENT_ID']}" in out

    status, again, err = account.run("create")
    assert (status, err) == (0, "")
    assert not any(line.startswith("+") for line in again.splitlines())
    assert account.pools() == [pool]
    assert read_saved() == saved


def test_create_run_again_does_not_open_a_closed_pool(account: Account) -> None:
    account.run("create")
    (pool,) = account.pools()
    cognito = account.client("cognito-idp")
    assert UserPool(cognito).open_registration(pool, to_all=False)
    assert account.run("create")[0] == 0
    found = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["AdminCreateUserConfig"]
    assert found["AllowAdminCreateUserOnly"] is True


def test_a_new_table_pays_by_request_or_has_the_units_it_was_given(account: Account) -> None:
    assert account.run("create", "--provisioned", "5")[0] == 0
    table = account.client("dynamodb").describe_table(TableName=account.table)["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    names = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    assert names == {"user1-state", "user2-state"}


def test_the_tutorials_table_gets_its_indexes_and_its_games_are_adopted(account: Account) -> None:
    dynamodb = account.client("dynamodb")
    dynamodb.create_table(
        TableName=account.table,
        AttributeDefinitions=[{"AttributeName": "gameId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "gameId", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    names = {"gameId": "5b5ee7d8", "user1": "myfirstuser", "user2": "theseconduser"}
    item: dict[str, Any] = {name: {"S": value} for name, value in names.items()}
    item |= {"lastMoveBy": {"S": "myfirstuser"}}
    item |= {f"heap{heap}": {"N": str(count)} for heap, count in ((1, 5), (2, 4), (3, 5))}
    dynamodb.put_item(TableName=account.table, Item=item)

    assert "indexes: missing" in account.run("status")[1]
    _, out, _ = account.run("create")
    assert "+ indexes: added" in out
    assert "1 adopted" in out
    found = dynamodb.get_item(TableName=account.table, Key={"gameId": {"S": "5b5ee7d8"}})["Item"]
    assert found["state"]["S"].startswith("open#")
    # Made by somebody else, it is not ours to delete.
    assert "left alone" in account.run("delete", "--yes", account.table)[1]
    assert dynamodb.describe_table(TableName=account.table)


def test_status_says_what_is_missing_and_what_is_there(account: Account) -> None:
    status, out, _ = account.run("status")
    assert status == 1
    assert f"✗ table {account.table}: missing" in out
    assert "nim-backend aws create" in out
    account.run("create")
    status, out, _ = account.run("status")
    assert status == 0
    assert "✗" not in out
    for line in (
        "✓ point-in-time recovery: is on",
        "✓ expiry of counters: is on",
        "✓ stream: is off",
        "✓ deletion protection: is off",
        "✓ stack: not deployed",
        "✓ registration: open to everyone",
    ):
        assert line in out.splitlines()


def test_status_says_what_a_restored_table_lacks(account: Account) -> None:
    """A table that DynamoDB has restored to a point in time has neither these settings nor tags."""
    account.run("create")
    dynamodb = account.client("dynamodb")
    dynamodb.update_continuous_backups(
        TableName=account.table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    dynamodb.update_time_to_live(
        TableName=account.table,
        TimeToLiveSpecification={"Enabled": False, "AttributeName": EXPIRY},
    )
    arn = dynamodb.describe_table(TableName=account.table)["Table"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": STACK, "Value": "nim-tui"}])
    status, out, _ = account.run("status")
    assert status == 1
    assert "✗ point-in-time recovery: is off" in out
    assert "✗ expiry of counters: is off" in out
    assert "✗ stack: nim-tui cannot see this table's changes: nim-backend aws deploy" in out
    account.run("create")
    out = account.run("status")[1]
    assert "✓ point-in-time recovery: is on" in out
    assert "✓ expiry of counters: is on" in out


def test_delete_asks_for_the_tables_name_and_removes_what_create_made(account: Account) -> None:
    account.run("create")
    tags = table_tags(account.client("dynamodb"), account.table)
    assert tags == {"nim-tui:made-by": "nim-backend"}
    for arguments in (("delete",), ("delete", "--yes", "another")):
        status, out, err = account.run(*arguments)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
    assert account.pools()
    status, _, err = account.run("delete", "--yes", account.table)
    assert (status, err) == (0, "")
    assert account.pools() == []
    assert "USER_POOL_ID" not in read_saved()
    assert account.run("status")[0] == 1


def test_sms_sends_one_text_and_refuses_an_invalid_number(account: Account) -> None:
    assert account.run("sms", "+15555555555", "Hello")[:2] == (0, "Sent.\n")
    status, _, err = account.run("sms", "5555", "Hello")
    assert status == 2
    assert "+15555555555" in err


def test_an_engine_that_is_away_is_one_plain_line_and_status_4(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    status, out, err = account.run("status")
    assert (status, out) == (4, "")
    assert err == (
        "nim-backend: AWS cannot be reached. Check the network and the region, then try again.\n"
    )
