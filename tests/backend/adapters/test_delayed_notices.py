"""The delayed queue, on an engine: what goes in comes out, later and later, for a day."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.adapters.aws_sdk import Aws
from backend.adapters.delayed_notices import (
    PAUSES,
    TOO_OLD_SECONDS,
    Delayed,
    DelayedNotices,
    delayed_in,
)
from backend.domain.errors import Unavailable
from backend.domain.notices import Notice
from tests.aws_engines import Engine

BEGUN = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOTICE = Notice("g2", 1, "anna", "your_turn", "bert", "bert", BEGUN)


@pytest.fixture
def aws(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", ministack.endpoint)
    return ministack.aws()


def received(client: Any, url: str) -> list[Any]:
    """What the queue would hand to the function now, as Lambda words it."""
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [{"messageId": one["MessageId"], "body": one["Body"]} for one in found]


@pytest.mark.parametrize("tries", [0, 1, 2, 3, 4, 50])
async def test_a_notice_comes_back_after_a_growing_pause(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    client: Any = aws.client("sqs")
    url = client.create_queue(QueueName=f"delayed{tries}")["QueueUrl"]
    queue = DelayedNotices(aws, url, clock=lambda: 1000.0)
    asked: list[int] = []
    send = queue._client.send_message

    def undelayed(**request: Any) -> Any:
        asked.append(request.pop("DelaySeconds"))
        return send(**request)

    monkeypatch.setattr(queue._client, "send_message", undelayed)
    before = Delayed(NOTICE, tries, 900.0) if tries else None
    await queue.put_off(NOTICE, before)
    (message,) = received(client, url)
    waiting = delayed_in(message)
    assert waiting == Delayed(NOTICE, tries + 1, 900.0 if tries else 1000.0)
    assert waiting is not None
    assert (waiting.notice.actor, waiting.notice.begun) == ("bert", BEGUN)
    assert asked == [PAUSES[min(tries, len(PAUSES) - 1)]]


async def test_after_a_day_it_is_given_up(aws: Aws) -> None:
    client: Any = aws.client("sqs")
    url = client.create_queue(QueueName="old")["QueueUrl"]
    queue = DelayedNotices(aws, url, clock=lambda: TOO_OLD_SECONDS + 2.0)
    await queue.put_off(NOTICE, Delayed(NOTICE, 90, 1.0))
    assert received(client, url) == []


async def test_a_queue_that_is_gone_is_unavailable(aws: Aws) -> None:
    client: Any = aws.client("sqs")
    url = client.create_queue(QueueName="gone")["QueueUrl"]
    client.delete_queue(QueueUrl=url)
    with pytest.raises(Unavailable):
        await DelayedNotices(aws, url).put_off(NOTICE)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", json.dumps({"notice": {"a": 1}})])
def test_what_is_no_notice_is_dropped(body: str) -> None:
    assert delayed_in({"messageId": "1", "body": body}) is None
