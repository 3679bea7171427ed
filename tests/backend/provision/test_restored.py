"""A table that was restored to a point in time, brought back into use as docs/aws.md says."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.config.saved import read_saved
from backend.domain.nim import Move
from backend.entrypoints import cli
from tests.aws_engines import Engine
from tests.backend.adapters.game_store import minutes, new_game, played
from tests.backend.provision.conftest import Place

PAGE = Path(__file__).parents[3] / "docs" / "aws.md"


def restore(dynamodb: Any, source: str, target: str) -> None:
    """What RestoreTableToPointInTime leaves: items and indexes, no tags and none of the settings.

    By hand, because ministack refuses to restore a table that has indexes.
    """
    table = dynamodb.describe_table(TableName=source)["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in table["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=target,
        KeySchema=table["KeySchema"],
        AttributeDefinitions=table["AttributeDefinitions"],
        GlobalSecondaryIndexes=indexes,
        BillingMode="PAY_PER_REQUEST",
    )
    for item in dynamodb.scan(TableName=source)["Items"]:
        dynamodb.put_item(TableName=target, Item=item)


async def test_the_games_of_yesterday_are_played_on_in_a_table_of_another_name(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = f"nim-{secrets.token_hex(6)}"
    restored = f"{table}-2"
    for name, value in {**ministack.environment, "NIM_TABLE": table}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["aws", "create"]) == 0
    pool = read_saved()["USER_POOL_ID"]
    aws = ministack.aws()
    store = DynamoGameStore(aws, table)
    yesterday = await played(store, new_game(), (1, 2))
    restore(aws.client("dynamodb"), table, restored)
    today = await store.move("game", "ana", Move(2, 0), version=1, now=minutes(5))
    assert today.applied

    monkeypatch.setenv("NIM_TABLE", restored)
    capsys.readouterr()
    assert cli.main(["aws", "status"]) == 1
    assert "✗ point-in-time recovery: is off" in capsys.readouterr().out
    assert cli.main(["aws", "create"]) == 0
    said = capsys.readouterr().out
    assert f"user pool {pool}: exists, shared with table {table}" in said
    assert cli.main(["aws", "status"]) == 0
    back = DynamoGameStore(aws, restored)
    assert await back.get("game") == yesterday
    assert [game.game_id for game in (await back.list("ana", "open", 10, None)).games] == ["game"]
    # What `aws create` did not make, `aws delete` leaves alone.
    assert cli.main(["aws", "delete", "--yes", restored]) == 0
    assert f"table {restored}: left alone" in capsys.readouterr().out


def test_a_restored_table_gets_a_stack_of_its_own(ministack: Engine) -> None:
    table = f"nim-{secrets.token_hex(6)}"
    assert Place(ministack, f"{table}-2").stack == f"nim-tui-{table}-2"
    page = PAGE.read_text("utf-8")
    assert f"`{Place(ministack, 'turn-based-game-2').stack}`" in page
