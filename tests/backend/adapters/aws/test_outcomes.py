"""How calls to AWS end, by either way: counted, and refusals remembered until they are allowed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws.outcomes import REFUSED_SECONDS, Outcomes
from backend.adapters.aws_sdk import Aws, TransportName
from backend.service.metrics import AwsOutcome, Metrics
from backend.service.watch import Watch
from tests.backend.adapters.aws.scripted import answer, refused, scripted

GET: Any = {"TableName": "t", "Key": {"gameId": {"S": "game"}}}
NAMES = pytest.mark.parametrize("name", ["aiohttp", "boto3"])


class Counted(Metrics):
    def __init__(self) -> None:
        self.calls: list[tuple[str, AwsOutcome]] = []

    def called_aws(self, operation: str, outcome: AwsOutcome) -> None:
        self.calls.append((operation, outcome))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    backoff = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(backoff, lambda self, context: 0)


@NAMES
@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([answer({})], "ok"),
        ([refused("ThrottlingException"), answer({})], "ok"),
        ([refused("ConditionalCheckFailedException")], "condition"),
        ([refused("ThrottlingException")] * 3, "busy"),
        ([refused("AccessDeniedException")], "refused"),
        ([refused("UserNotFoundException")], "no"),
        ([refused("ExpiredTokenException")], "refused"),
        ([refused("ResourceNotFoundException")], "error"),
        ([answer({})[:-1]] * 3, "unreachable"),
    ],
)
async def test_a_call_is_counted_once_with_its_last_outcome(
    monkeypatch: pytest.MonkeyPatch,
    name: TransportName,
    answers: list[bytes],
    outcome: AwsOutcome,
) -> None:
    metrics = Counted()
    async with scripted() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
        server.script(*answers, close_after=outcome == "unreachable")
        aws = Aws("us-east-1", transport=name, watch=Watch(metrics))
        try:
            await aws.transport_to("dynamodb").send("GetItem", GET)
        except (ClientError, BotoCoreError):
            assert outcome != "ok"
        finally:
            await aws.aclose()
    assert metrics.calls == [("GetItem", outcome)]


@NAMES
async def test_what_aws_refuses_is_a_trouble_until_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    async with scripted() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
        empty = answer({"Count": 0, "ScannedCount": 0, "Items": []})
        server.script(refused("AccessDeniedException"), empty, answer({}))
        aws = Aws("us-east-1", transport=name)
        transport = aws.transport_to("dynamodb")
        assert await aws.outcomes.trouble() is None
        with pytest.raises(ClientError):
            await transport.send("GetItem", GET)
        assert await aws.outcomes.trouble() == "aws_refused"
        await transport.send("Query", {"TableName": "t"})  # that one is allowed
        assert await aws.outcomes.trouble() == "aws_refused"
        await transport.send("GetItem", GET)
        assert await aws.outcomes.trouble() is None
        await aws.aclose()


async def test_a_refusal_that_nothing_repeats_is_forgotten_after_a_while() -> None:
    now = [0.0]
    outcomes = Outcomes(Metrics(), clock=lambda: now[0])
    assert await outcomes.trouble() is None
    outcomes.note("Publish", "refused")
    outcomes.note("Publish", "unreachable")
    now[0] += REFUSED_SECONDS - 1
    assert await outcomes.trouble() == "aws_refused"
    now[0] += 1
    assert await outcomes.trouble() is None
