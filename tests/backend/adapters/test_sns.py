"""Texts through SNS in moto, read back from it; the caps counted in DynamoDB and in SQLite."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.text_counts import SqliteCounter
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome, SmsLimits
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


_keys = itertools.count()


def sender(
    moto: Engine,
    counter: DailyCounter,
    *,
    day: datetime = NOON,
    per_number: int = 9,
    in_all: int = 90,
    per_account: int = 900,
) -> SnsSender:
    limits = SmsLimits(("+1", "+49"), per_number, in_all, per_account)
    return SnsSender(moto.aws(), counter, limits, now=lambda: day)


async def text(sender: SnsSender, phone: str, *, key: str = "", by: str = "ana") -> Outcome:
    """Send a text, a new one unless a key says which."""
    return await sender.send(phone, "x", key=key or f"new {next(_keys)}", by=by)


async def test_a_text_arrives_at_its_number(moto: Engine, counter: DailyCounter) -> None:
    before = sent(PHONE)
    assert await sender(moto, counter).send(PHONE, "Hello", key="1", by="ana") == "sent"
    assert sent(PHONE) == [*before, "Hello"]


@pytest.mark.parametrize("phone", ["+4355555550001", "+999123456789", "15555550001", "+1", ""])
async def test_numbers_of_other_countries_and_no_numbers_are_refused_before_sns(
    moto: Engine, counter: DailyCounter, phone: str
) -> None:
    assert await text(sender(moto, counter), phone) == "refused"
    assert sent(phone) == []


async def test_a_number_has_its_share_of_a_day_and_another_tomorrow(
    moto: Engine, counter: DailyCounter
) -> None:
    today = sender(moto, counter, per_number=2)
    phone = "+15555550777"
    assert [await text(today, phone) for _ in range(3)] == ["sent", "sent", "refused"]
    assert await text(today, "+15555550778") == "sent"
    tomorrow = sender(moto, counter, per_number=2, day=NOON.replace(day=23))
    assert await text(tomorrow, phone) == "sent"


async def test_all_together_have_a_cap_too(moto: Engine, counter: DailyCounter) -> None:
    few = sender(moto, counter, in_all=2)
    phones = [f"+4955555550{number}00" for number in range(3)]
    assert [await text(few, phone) for phone in phones] == ["sent", "sent", "refused"]


async def test_an_account_has_its_share_too_and_others_theirs(
    moto: Engine, counter: DailyCounter
) -> None:
    few = sender(moto, counter, per_account=2)
    phones = [f"+4955555551{number}00" for number in range(4)]
    assert [await text(few, phone) for phone in phones] == ["sent", "sent", "refused", "refused"]
    assert await text(few, phones[0], by="bob") == "sent"


async def test_many_processes_at_once_never_exceed_a_cap(
    moto: Engine, counter: DailyCounter
) -> None:
    senders = [sender(moto, counter, in_all=47) for _ in range(4)]
    phones = [f"+4955555552{number:03}" for number in range(80)]
    outcomes = await asyncio.gather(
        *(text(senders[number % 4], phone) for number, phone in enumerate(phones))
    )
    # Three of them took a lease, one took what was left, and then nobody had any.
    assert Counter(outcomes) == {"sent": 47, "refused": 33}


async def test_what_a_process_has_not_used_is_there_for_others_once_it_ends(
    moto: Engine, counter: DailyCounter
) -> None:
    first, second = (sender(moto, counter, in_all=20) for _ in range(2))
    assert await text(first, PHONE) == "sent"
    assert await text(second, PHONE) == "refused"
    await first.close()
    assert [await text(second, PHONE) for _ in range(8)] == ["sent"] * 8


async def test_a_refused_text_takes_no_place_of_any_cap(
    moto: Engine, counter: DailyCounter
) -> None:
    few = sender(moto, counter, per_number=1, in_all=3, per_account=2)
    one, two, three = (f"+4955555553{number}00" for number in range(3))
    assert [await text(few, one) for _ in range(3)] == ["sent", "refused", "refused"]
    assert await text(few, two) == "sent"
    # The account has none left, which takes none of the last place of all.
    assert [await text(few, three) for _ in range(3)] == ["refused"] * 3
    assert await text(few, three, by="bob") == "sent"


class Network:
    """Stands in the way to SNS, and raises what it is given, one error a text."""

    def __init__(self, *errors: BotoCoreError | ClientError) -> None:
        self.errors = list(errors)
        self.published = 0

    async def send(self, operation: str, request: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.published += 1

    async def close(self) -> None:
        """Nothing is open."""


THROTTLED = ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "Publish")
AWAY = EndpointConnectionError(endpoint_url="https://sns")
LOST = ReadTimeoutError(endpoint_url="https://sns")


@pytest.mark.parametrize("error", [THROTTLED, AWAY], ids=["throttled", "away"])
async def test_a_failed_text_gives_its_place_back_and_counts_once_for_its_number(
    moto: Engine,
    counter: DailyCounter,
    monkeypatch: pytest.MonkeyPatch,
    error: BotoCoreError | ClientError,
) -> None:
    few = sender(moto, counter, per_number=2, in_all=2)
    monkeypatch.setattr(few, "_transport", Network(*[error] * 5))
    for _ in range(5):
        with pytest.raises(Unavailable):
            await text(few, PHONE, key="first")
    assert await text(few, PHONE, key="first") == "sent"
    assert await text(few, PHONE, key="second") == "sent"
    assert await text(few, PHONE, key="third") == "refused"


async def test_a_text_whose_answer_is_lost_keeps_its_place_and_takes_no_other(
    moto: Engine, counter: DailyCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = sender(moto, counter, in_all=2)
    monkeypatch.setattr(few, "_transport", Network(LOST, LOST))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await text(few, PHONE, key="first")
    assert await text(few, PHONE, key="second") == "sent"
    assert await text(few, PHONE, key="third") == "refused"
    assert await text(few, PHONE, key="first") == "sent"


async def test_another_process_that_tries_a_text_again_does_not_count_it_again(
    moto: Engine, counter: DailyCounter
) -> None:
    for _ in range(2):
        assert await text(sender(moto, counter, per_number=1), PHONE, key="same") == "sent"
    assert await text(sender(moto, counter, per_number=1), PHONE, key="other") == "refused"


@pytest.mark.parametrize("limits", [SmsLimits(("+1",), per_number=0), SmsLimits(("+1",), in_all=0)])
async def test_a_cap_of_none_allows_none(
    moto: Engine, counter: DailyCounter, limits: SmsLimits
) -> None:
    assert await text(SnsSender(moto.aws(), counter, limits), PHONE) == "refused"


async def test_the_table_contains_no_phone_number(moto: Engine) -> None:
    table = new_table(moto.aws())
    await text(sender(moto, DynamoCounter(moto.aws(), table)), PHONE)
    items = moto.aws().client("dynamodb").scan(TableName=table)["Items"]
    assert len(items) == 3
    assert all("expires" in item for item in items)
    assert "5555550001" not in str(items)


async def test_codes_have_caps_of_their_own(moto: Engine, counter: DailyCounter) -> None:
    limits = SmsLimits(("+1",), per_number=1, in_all=1, per_account=1)
    codes = SnsSender(moto.aws(), counter, limits, purpose="sms#code", now=lambda: NOON)
    notices = SnsSender(moto.aws(), counter, limits, now=lambda: NOON)
    phone = "+15555550808"
    assert [await text(codes, phone) for _ in range(2)] == ["sent", "refused"]
    assert [await text(notices, phone) for _ in range(2)] == ["sent", "refused"]


async def test_no_code_counts_for_the_notices_that_its_account_may_cause(
    moto: Engine, counter: DailyCounter
) -> None:
    limits = SmsLimits(("+1",), per_account=1)
    codes = SnsSender(moto.aws(), counter, limits, purpose="sms#code", now=lambda: NOON)
    assert [await text(codes, "+15555550809") for _ in range(2)] == ["sent", "sent"]


async def test_a_name_has_one_share_however_it_is_written(
    moto: Engine, counter: DailyCounter
) -> None:
    few = sender(moto, counter, per_account=2)
    outcomes = [await text(few, PHONE, by=name) for name in ("anna", "Anna", "ANNA")]
    assert outcomes == ["sent", "sent", "refused"]
