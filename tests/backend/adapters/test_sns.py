"""Texts through SNS in moto, read back from it; the caps counted in DynamoDB and in SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.text_counts import SqliteCounter
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome, SmsLimits
from backend.service.ports import DailyCounter
from backend.service.text_caps import ActorCap, daily_name
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


class Throttled:
    """An SNS that is too busy until it is told otherwise."""

    def __init__(self, moto: Engine) -> None:
        self.busy = True
        self._aws = moto.aws()
        self._sns = self._aws.client("sns")

    def client(self, _: str) -> Any:
        return self

    async def call(self, function: Callable[[], Any]) -> Any:
        if self.busy:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "Publish")
        return function()

    def publish(self, **request: str) -> Any:
        return self._sns.publish(**request)


async def test_only_what_was_sent_counts(moto: Engine, counter: DailyCounter) -> None:
    throttled = Throttled(moto)
    limits = SmsLimits(("+1",), per_number=1, in_all=1)
    text = SnsSender(throttled, counter, limits, now=lambda: NOON)  # type: ignore[arg-type]  # passes for Aws
    for _ in range(5):
        with pytest.raises(Unavailable):
            await text.send("+15555550909", "x")
    throttled.busy = False
    assert [await text.send("+15555550909", "x") for _ in range(2)] == ["sent", "refused"]
    # The refusal, too, leaves what there is for others.
    assert await text.send("+15555550910", "x") == "refused"
    assert await counter.count(daily_name(NOON, "sms", "+15555550910"), 1)


async def test_codes_have_caps_of_their_own(moto: Engine, counter: DailyCounter) -> None:
    limits = SmsLimits(("+1",), per_number=1, in_all=1)
    codes = SnsSender(moto.aws(), counter, limits, purpose="sms#code", now=lambda: NOON)
    notices = SnsSender(moto.aws(), counter, limits, now=lambda: NOON)
    phone = "+15555550808"
    assert [await codes.send(phone, "x") for _ in range(2)] == ["sent", "refused"]
    assert [await notices.send(phone, "x") for _ in range(2)] == ["sent", "refused"]


async def test_one_players_doings_have_a_cap_and_count_only_what_was_sent(
    moto: Engine, counter: DailyCounter
) -> None:
    cap = ActorCap(counter, 2, now=lambda: NOON)

    async def later() -> Outcome:
        return "later"

    async def fails() -> Outcome:
        raise Unavailable

    async def sends() -> Outcome:
        return "sent"

    for _ in range(5):
        assert await cap.send("anna", later) == "later"
        with pytest.raises(Unavailable):
            await cap.send("anna", fails)
    assert [await cap.send(name, sends) for name in ("anna", "Anna", "anna", "bert")] == [
        "sent", "sent", None, "sent"
    ]  # fmt: skip
