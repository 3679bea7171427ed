"""What our transport does by itself: kept connections, clocks that differ, calls given up."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws_sdk import Aws
from tests.backend.adapters.aws.scripted import Server, answer, refused

GET: Any = {"TableName": "t", "Key": {"gameId": {"S": "game"}}}
NOTHING = answer({})
HOUR = 3600


async def test_one_connection_carries_many_calls(server: Server, transport: HttpTransport) -> None:
    server.script(NOTHING)
    for _ in range(5):
        await transport.send("GetItem", GET)
    assert (len(server.asked), server.connections) == (5, 1)


async def test_sixteen_calls_at_once_have_sixteen_connections_and_keep_them(
    server: Server, transport: HttpTransport
) -> None:
    server.script(NOTHING)
    for _ in range(3):
        await asyncio.gather(*(transport.send("GetItem", GET) for _ in range(16)))
    assert (len(server.asked), server.connections) == (48, 16)


async def test_a_connection_that_aws_has_closed_meanwhile_is_no_error(
    server: Server, transport: HttpTransport
) -> None:
    server.script(NOTHING, close_after=True)
    for _ in range(5):
        await transport.send("GetItem", GET)
    assert len(server.asked) >= 5


async def test_a_call_that_is_given_up_leaves_the_next_ones_alone(
    server: Server, transport: HttpTransport
) -> None:
    server.script(b"HTTP/1.1 200 X\r\nContent-Length: 30\r\n\r\n{")
    call = asyncio.create_task(transport.send("GetItem", GET))
    await server.was_asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    server.script(answer({"Item": {"a": {"S": "b"}}}))
    assert await transport.send("GetItem", GET) == {"Item": {"a": {"S": "b"}}}


async def test_what_comes_after_the_end_opens_nothing_any_more(
    server: Server, transport: HttpTransport
) -> None:
    server.script(NOTHING)
    await transport.send("GetItem", GET)
    await transport.close()
    with pytest.raises(ConnectionClosedError):
        await transport.send("GetItem", GET)
    assert (len(server.asked), server.connections) == (1, 1)


def dated(seconds_from_now: float) -> str:
    return "Date: " + formatdate(time.time() + seconds_from_now, usegmt=True)


def signed_at(server: Server) -> list[float]:
    """How far from now each request was signed, in hours, rounded."""
    moments = [
        time.mktime(time.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")) - time.timezone
        for asked in server.asked
    ]
    return [round((moment - time.time()) / HOUR) for moment in moments]


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed"])
async def test_signatures_go_by_the_clock_of_aws_from_the_first_refusal_on(
    server: Server, transport: HttpTransport, code: str
) -> None:
    for hours in (-5, 3):
        server.script(refused(code, 403, [dated(hours * HOUR)]), NOTHING)
        await transport.send("GetItem", GET)
        await transport.send("GetItem", GET)
        assert signed_at(server)[1:] == [hours, hours]


@pytest.mark.parametrize(
    "headers", [[dated(0)], [], ["Date: yesterday"], ["Date: Mon, 99 Foo 2026 99:99:99 GMT"]]
)
async def test_a_wrong_signature_at_the_right_time_is_refused_at_once(
    server: Server, transport: HttpTransport, headers: list[str]
) -> None:
    server.script(refused("InvalidSignatureException", 403, headers))
    with pytest.raises(ClientError):
        await transport.send("GetItem", GET)
    assert len(server.asked) == 1


async def test_a_clock_that_never_fits_ends_the_tries(
    server: Server, transport: HttpTransport
) -> None:
    answers = [
        refused("InvalidSignatureException", 403, [dated(n * HOUR)]) for n in range(9, 0, -1)
    ]
    server.script(*answers)
    with pytest.raises(ClientError):
        await transport.send("GetItem", GET)
    assert len(server.asked) == 2


async def test_an_endpoint_may_have_a_path(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{server.port}/aws/x%20y")
    seen = []
    for name in ("boto3", "aiohttp"):
        aws = Aws("us-east-1", transport=name)
        server.script(NOTHING)
        await aws.transport_to("dynamodb").send("GetItem", GET)
        seen.append(server.asked[0].target)
        await aws.aclose()
    assert seen[0] == seen[1]
