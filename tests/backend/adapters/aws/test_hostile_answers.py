"""Whatever answers in the place of AWS: an error of the known kind, in time, and no wrong data."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, HTTPClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.adapters import aws_sdk
from backend.adapters.aws import connections
from backend.adapters.aws.connections import Reply
from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws.protocols import GarbledAnswerError, JsonProtocol
from backend.adapters.aws.transport import SERVICES, Operation
from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.domain.errors import Unavailable
from backend.domain.nim import Move
from tests.backend.adapters.aws.scripted import Server, answer, listening
from tests.backend.adapters.game_store import minutes, new_game

GET: Any = {"TableName": "t", "Key": {"gameId": {"S": "game"}}}

GARBLED = {
    "nothing": answer(b""),
    "a web page": answer(b"<html>Sign in to the hotel</html>", kind="text/html"),
    "half of it": answer(b'{"Item": {"gameId": {"S": "ga'),
    "a list": answer(b"[]"),
    "null": answer(b"null"),
    "a number for a text": answer({"Item": {"gameId": {"S": 5}}}),
    "a text for an item": answer({"Item": "game"}),
    "a text for an attribute": answer({"Item": {"gameId": "game"}}),
    "not in UTF-8": answer(b'{"Item": {"gameId": {"S": "\xff\xfe"}}}'),
    "a hundred thousand lists": answer(b'{"Item": {"a": ' + b'{"L": [' * 100_000),
    "not compressed": answer(b"{}", headers=["Content-Encoding: gzip"])[:-2],
    "another checksum": answer({"Item": {}}, headers=["x-amz-crc32: 1"]),
    "no checksum": answer({"Item": {}}, headers=["x-amz-crc32: one"]),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a status of letters": b"HTTP/1.1 abc X\r\n\r\n",
    "a header without end": b"HTTP/1.1 200 X\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    "no length that is one": b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a piece of no length": b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "cut off": answer({"Item": {"gameId": {"S": "game"}}})[:-5],
    "cut off in its headers": b"HTTP/1.1 200 X\r\nContent-Le",
    "longer than it can be": b"HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\n{",
}


@pytest.mark.parametrize("given", GARBLED.values(), ids=GARBLED)
async def test_a_garbled_answer_is_tried_again_and_then_an_error(
    server: Server, transport: HttpTransport, given: bytes
) -> None:
    server.script(given, close_after=True)
    with pytest.raises(HTTPClientError) as error:
        await transport.send("GetItem", GET)
    assert len(server.asked) == 3
    words = as_unavailable(error.value)
    assert "cannot be reached" in words.message
    assert words.retry_after
    # Nothing of it is left for the next one.
    server.script(answer({"Item": {"gameId": {"S": "game"}}}))
    assert await transport.send("GetItem", GET) == {"Item": {"gameId": {"S": "game"}}}


@pytest.mark.parametrize("garbled", [answer(b"<html>"), answer(b"<a>"), answer(b"")])
@pytest.mark.parametrize("status", [b"200", b"400"])
async def test_a_garbled_answer_of_sns_is_an_error(
    server: Server, transport: HttpTransport, garbled: bytes, status: bytes
) -> None:
    server.script(garbled.replace(b"200", status, 1), close_after=True)
    with pytest.raises(BotoCoreError):
        await transport.send("Publish", {"PhoneNumber": "+1555", "Message": "x"})


async def test_an_answer_without_end_is_left(
    server: Server, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_BYTES", 100_000)
    piece = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.script(head + piece * 50)
    with pytest.raises(HTTPClientError):
        await transport.send("GetItem", GET)


@pytest.mark.parametrize("given", ["nothing at all", "a byte at a time"])
async def test_an_answer_that_does_not_come_is_waited_for_so_long(
    server: Server, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr(aws_sdk, "CONFIG", aws_sdk.CONFIG.merge(Config(read_timeout=0.1)))

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n")
        while given == "a byte at a time":
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.03)
        await reader.read()

    async with listening(drip) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        aws = Aws("us-east-1")
        with pytest.raises(HTTPClientError):
            await asyncio.wait_for(aws.transport_to("dynamodb").send("GetItem", GET), 10)
        await aws.aclose()
    assert server.connections == 3


async def test_a_write_that_was_not_answered_by_its_item_is_no_written_move(
    server: Server, shared: Aws
) -> None:
    server.script(answer({}))
    store = DynamoGameStore(shared, "t")
    with pytest.raises(Unavailable):
        await store.move("game", "bob", Move(1, 2), version=0, now=minutes(1))
    with pytest.raises(Unavailable):
        await store.put(new_game())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Item", "Items", "Attributes", "Count", "Responses", "S", "N", "L", "M"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@cache
def protocol_of(operation: Operation) -> JsonProtocol:
    model = botocore.session.get_session().get_service_model("dynamodb")
    return JsonProtocol(model.operation_model(operation))


@given(value=JSON_VALUES, operation=st.sampled_from([*SERVICES]).filter(lambda o: o != "Publish"))
@settings(deadline=None)
def test_any_json_is_read_as_typed_or_refused(value: Any, operation: Operation) -> None:
    protocol = protocol_of(operation)
    reply = Reply("http://x", 200, {}, json.dumps(value).encode())
    error = protocol.error(reply)
    assert isinstance(error["Error"]["Code"], str)
    assert isinstance(error["Error"]["Message"], str)
    try:
        read = protocol.decode(reply)
    except GarbledAnswerError:
        return
    for name in ("Item", "Attributes"):
        for attribute in read.get(name, {}).values():
            assert isinstance(attribute.get("S", ""), str)
            assert isinstance(attribute.get("N", ""), str)
