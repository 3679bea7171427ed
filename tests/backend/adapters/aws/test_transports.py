"""Both transports against the same answers: what boto3 makes of one, ours makes of it too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from xml.sax.saxutils import escape
from zlib import crc32

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws.boto3_transport import Boto3Transport
from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws.transport import AwsTransport, Operation
from backend.adapters.aws_sdk import Aws, as_unavailable, condition_failure_item, error_code
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.bootstrap import straight_to_aws
from tests.aws_engines import Cloud
from tests.backend.adapters.aws.scripted import Server, answer, refused

GET: dict[str, Any] = {"TableName": "t", "Key": {"gameId": {"S": "gäme"}}, "ConsistentRead": True}
ITEM = {"gameId": {"S": "gäme"}, "version": {"N": "3"}, "moves": {"L": [{"S": "bob 1 2 x"}]}}
CHECKSUM = crc32(b'{"Item": {}}')
XML = "text/xml"
PUBLISHED = answer(
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>id-1</MessageId></PublishResult></PublishResponse>",
    kind=XML,
)


def sns_refusal(code: str, message: str, status: int = 400) -> bytes:
    return answer(
        f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>".encode(),
        status,
        kind=XML,
    )


async def outcome(
    transport: AwsTransport, operation: Operation, request: dict[str, Any]
) -> dict[str, Any]:
    """An answer, or all that our code looks at in an error."""
    send: Any = transport.send
    try:
        return {"answer": await send(operation, request)}
    except ClientError as error:
        code, message = error_code(error), error.response["Error"]["Message"]
        return {
            "class": type(error).__name__,
            "code": code,
            # An answer that is only a status has no words of AWS; boto3 shows what there was.
            "message": "" if code.isdigit() else message,
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            "item": condition_failure_item(error),
            "operation": error.operation_name,
            "words": as_unavailable(error).message,
        }
    except BotoCoreError as error:
        return {"class": type(error).__name__, "words": as_unavailable(error).message}


ANSWERS = {
    "an item": answer({"Item": ITEM}),
    "no item": answer({}),
    "more than we read": answer({"Item": ITEM, "Later": {"x": 1}}),
    "an item and its right checksum": answer({"Item": {}}, headers=[f"x-amz-crc32: {CHECKSUM}"]),
    "every type": answer(
        {
            "Item": {
                "b": {"B": "AAEC"},
                "bool": {"BOOL": True},
                "null": {"NULL": True},
                "ss": {"SS": ["a"]},
                "ns": {"NS": ["1"]},
                "bs": {"BS": ["AAEC"]},
                "m": {"M": {"l": {"L": [{"N": "1"}]}}},
            }
        }
    ),
    "a failed condition": refused("ConditionalCheckFailedException", Item=ITEM),
    "a failed condition without its item": refused("ConditionalCheckFailedException"),
    "throttled": refused("ProvisionedThroughputExceededException"),
    "throttled otherwise": refused("ThrottlingException"),
    "throttled by its status": answer(b"", 429),
    "too many requests": refused("RequestLimitExceeded"),
    "a fault": refused("InternalServerError", 500),
    "a fault of a gateway": answer(b"<html>Bad Gateway</html>", 502, kind="text/html"),
    "away": answer(b"", 503),
    "no such table": refused("ResourceNotFoundException"),
    "denied": refused("AccessDeniedException"),
    "expired": refused("ExpiredTokenException"),
    "wrong keys": refused("UnrecognizedClientException"),
    "invalid": refused("ValidationException"),
    "unheard of": refused("SomethingNewException"),
    "a web page": answer(b"<html>Sign in to the hotel</html>", 403, kind="text/html"),
    "another place": answer(b"", 302, ["Location: http://127.0.0.1:9/"]),
    "no type": answer({"Message": "in other words"}, 400),
    "a type with an address": answer({"__type": "a.b#Denied:http://x/y", "message": "m"}, 400),
}


@pytest.mark.parametrize("given", ANSWERS.values(), ids=ANSWERS)
async def test_the_outcome_and_the_tries_are_boto3s(
    server: Server, both: Sequence[AwsTransport], given: bytes
) -> None:
    seen = []
    for transport in both:
        server.script(given)
        found = await outcome(transport, "GetItem", GET)
        seen.append((found, len(server.asked)))
    theirs, ours = seen
    assert ours == theirs


TEXTS = {
    "taken": PUBLISHED,
    "opted out": sns_refusal("OptedOut", "the phone has opted out & so on"),
    "no number": sns_refusal("InvalidParameter", "Invalid parameter: PhoneNumber"),
    "throttled": sns_refusal("Throttling", "Rate exceeded"),
    "a fault": sns_refusal("InternalError", "x", 500),
    "a fault without words": answer(b"", 503, kind=XML),
}


@pytest.mark.parametrize("given", TEXTS.values(), ids=TEXTS)
async def test_a_texts_outcome_and_tries_are_boto3s(
    server: Server, both: Sequence[AwsTransport], given: bytes
) -> None:
    seen = []
    for transport in both:
        server.script(given)
        found = await outcome(transport, "Publish", {"PhoneNumber": "+1555", "Message": "it’s & ü"})
        seen.append((found, len(server.asked), sorted(server.asked[0].body.split(b"&"))))
    theirs, ours = seen
    assert ours == theirs


async def test_the_request_is_boto3s(server: Server, both: Sequence[AwsTransport]) -> None:
    seen = []
    for transport in both:
        server.script(answer({}))
        await transport.send("GetItem", {"TableName": "t", "Key": {"gameId": {"S": "gäme"}}})
        (asked,) = server.asked
        same = ("host", "x-amz-target", "content-type", "accept-encoding")
        headers = {name: asked.headers[name] for name in same}
        signed = asked.headers["authorization"].partition("Credential=")[2].split("/")[0]
        seen.append((asked.target, headers, signed, asked.json))
    assert seen[0] == seen[1]


@pytest.fixture(params=["aiohttp", "boto3"])
async def fresh(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[AwsTransport]:
    """A transport of a client that nothing was tried with."""
    aws = Aws("us-east-1", transport=request.param)
    yield aws.transport_to("dynamodb")
    await aws.aclose()


async def test_a_try_that_succeeds_gives_its_place_in_the_budget_back(
    server: Server, fresh: AwsTransport
) -> None:
    """Botocore allows a client some 35 tries that come to nothing."""
    for _ in range(60):
        server.script(b"", answer({"Item": ITEM}))
        found = await fresh.send("GetItem", {"TableName": "t", "Key": {}})
        assert found == {"Item": ITEM}


async def test_a_client_whose_tries_come_to_nothing_stops_trying(
    server: Server, fresh: AwsTransport
) -> None:
    counts = []
    for _ in range(40):
        server.script(refused("InternalServerError", 500))
        await outcome(fresh, "GetItem", GET)
        counts.append(len(server.asked))
    assert (counts[0], counts[-1]) == (3, 1)


@pytest.mark.parametrize(
    ("said", "kind"), [("", HttpTransport), ("aiohttp", HttpTransport), ("boto3", Boto3Transport)]
)
async def test_the_environment_says_which_one_a_backend_has(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, said: str, kind: type
) -> None:
    monkeypatch.setenv("NIM_AWS_CLIENT", said)
    backend = straight_to_aws()
    games: Any = backend.service.games
    assert isinstance(games, DynamoGameStore)
    assert type(games._transport) is kind
    await backend.start()
    await backend.close()
