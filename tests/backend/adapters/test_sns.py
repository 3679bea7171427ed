"""Texts through SNS in moto, read back from it; the caps counted in DynamoDB and in SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.text_counts import SqliteCounter
from backend.domain.notices import SmsLimits
from backend.service.ports import DailyCounter
from tests.aws_engines import REGION, Engine, new_table

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PHONE = "+15555550001"


@pytest.fixture(autouse=True)
def sns_of_moto(moto: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in moto.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["dynamodb", "sqlite"])
async def counter(
    request: pytest.FixtureRequest, tmp_path: Path, moto: Engine
) -> AsyncIterator[DailyCounter]:
    if request.param == "dynamodb":
        yield DynamoCounter(moto.aws(), new_table(moto.aws()))
        return
    database = Database(tmp_path / "games.db")
    yield SqliteCounter(database)
    await database.close()


def sent(phone: str) -> list[str]:
    """The texts that moto's SNS has for a number, the newest last."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    messages = sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages
    return [text for number, text in messages.values() if number == phone]


def sender(
    moto: Engine,
    counter: DailyCounter,
    *,
    per_number: int = 9,
    in_all: int = 9,
    day: datetime = NOON,
) -> SnsSender:
    limits = SmsLimits(("+1", "+49"), per_number=per_number, in_all=in_all)
    return SnsSender(moto.aws(), counter, limits, now=lambda: day)


async def test_a_text_arrives_at_its_number(moto: Engine, counter: DailyCounter) -> None:
    before = sent(PHONE)
    assert await sender(moto, counter).send(PHONE, "Nim: it is your turn.") == "sent"
    assert sent(PHONE) == [*before, "Nim: it is your turn."]


@pytest.mark.parametrize("phone", ["+4355555550001", "+999123456789", "15555550001", "+1", ""])
async def test_numbers_of_other_countries_and_no_numbers_are_refused_before_sns(
    moto: Engine, counter: DailyCounter, phone: str
) -> None:
    assert await sender(moto, counter).send(phone, "no") == "refused"
    assert sent(phone) == []


async def test_a_number_has_its_share_of_a_day_and_another_tomorrow(
    moto: Engine, counter: DailyCounter
) -> None:
    today = sender(moto, counter, per_number=2)
    phone = "+15555550777"
    assert [await today.send(phone, "x") for _ in range(3)] == ["sent", "sent", "refused"]
    assert await today.send("+15555550778", "x") == "sent"
    tomorrow = sender(moto, counter, per_number=2, day=NOON.replace(day=23))
    assert await tomorrow.send(phone, "x") == "sent"


async def test_all_together_have_a_cap_too(moto: Engine, counter: DailyCounter) -> None:
    few = sender(moto, counter, in_all=2)
    phones = [f"+4955555550{number}00" for number in range(3)]
    assert [await few.send(phone, "x") for phone in phones] == ["sent", "sent", "refused"]


async def test_the_table_contains_no_phone_number(moto: Engine) -> None:
    table = new_table(moto.aws())
    await sender(moto, DynamoCounter(moto.aws(), table)).send(PHONE, "x")
    items = moto.aws().client("dynamodb").scan(TableName=table)["Items"]
    assert len(items) == 2
    assert all("expires" in item for item in items)
    assert "5555550001" not in str(items)
